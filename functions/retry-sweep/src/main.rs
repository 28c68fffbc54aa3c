//! retry-sweep
fn main() {}
