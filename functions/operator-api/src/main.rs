//! operator-api
fn main() {}
