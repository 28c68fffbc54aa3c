//! status-sweep
fn main() {}
