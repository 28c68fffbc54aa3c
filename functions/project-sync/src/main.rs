//! project-sync
fn main() {}
