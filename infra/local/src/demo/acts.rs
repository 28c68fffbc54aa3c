//! Acts that both stories have.

pub(super) mod again;
pub(super) mod end;
pub(super) mod operator;
