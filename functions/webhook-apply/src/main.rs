//! webhook-apply
fn main() {}
