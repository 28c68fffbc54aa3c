//! What a customer is told: the milestones, their words, and the ledger that keeps each to one message.

mod channel;
mod ledger;
mod milestone;
mod news;
mod reminder;

pub use channel::{Channel, TEXT_WINDOW, channel_for};
pub use ledger::{NEWS_MAX_AGE, Notice, NoticeKey, NoticeState, SkippedBecause};
pub use milestone::{Milestone, Parameter};
pub use news::{FollowUp, News, on_one_line};
pub use reminder::reminder_at;
