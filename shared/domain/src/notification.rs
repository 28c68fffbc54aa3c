//! What a customer is told: the milestones, what is news and may be told, its words, and the ledger that keeps each to
//! one message.

mod channel;
mod first_seen;
mod ledger;
mod milestone;
mod news;
mod reminder;
mod telling;

pub use channel::{Channel, TEXT_WINDOW, channel_for};
pub use first_seen::{Look, Seen, news, news_again};
pub use ledger::{NEWS_MAX_AGE, Notice, NoticeKey, NoticeState, SkippedBecause};
pub use milestone::{Milestone, Parameter};
pub use news::{FollowUp, News, on_one_line};
pub use reminder::reminder_at;
pub use telling::{as_it_holds, first_state, leads_elsewhere, not_to_be_told, out_of_sight, switched_off, untrue};
