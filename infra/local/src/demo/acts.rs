//! The story, act by act.

pub(super) mod changes;
pub(super) mod design;
pub(super) mod early;
pub(super) mod end;
pub(super) mod missed;
pub(super) mod operator;
pub(super) mod repeat;
pub(super) mod requests;
