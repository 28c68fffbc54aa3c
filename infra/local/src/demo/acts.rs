//! The story, act by act.

pub(super) mod design;
pub(super) mod end;
pub(super) mod repeat;
pub(super) mod requests;
