//! How a delivery reaches its endpoint.

use serde::{Deserialize, Serialize};

use super::Alternative;

/// What happens between a change and its last attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliveryQuirks {
    /// Which statuses count as delivered? (U, presumed 2xx)
    pub success: SuccessCode,
    /// How often is a delivery tried? (U; D that it is tried again)
    pub attempts: Attempts,
    /// Does a retry keep its `event_id`? (U)
    pub retry_event_id: RetryEventId,
    /// Does a retry keep its `timestamp`? (U)
    pub retry_timestamp: RetryTimestamp,
    /// Does an endpoint that never answers lose its registration? (U)
    pub failing_hook: FailingHook,
    /// How often does one change arrive? (U, presumed at least once)
    pub copies: Copies,
    /// In which order do deliveries come? (U, presumed any)
    pub order: DeliveryOrder,
    /// Which `Content-Type` do they have? (U)
    pub content_type: ContentType,
    /// How long may an endpoint take? (U)
    pub patience: Patience,
}

/// What counts as delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuccessCode {
    /// Any 2xx.
    #[default]
    Any2xx,
    /// 200 alone.
    Only200,
}

/// How often a delivery is tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attempts {
    /// Four times, 50, 200 and 800 ms apart.
    #[default]
    Four,
    /// Twice.
    Two,
    /// Once.
    One,
}

/// The `event_id` of a retry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryEventId {
    /// The same.
    #[default]
    Kept,
    /// Another each time.
    New,
}

/// The `timestamp` of a retry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryTimestamp {
    /// The same, so the body is the same to the byte.
    #[default]
    Kept,
    /// That of the attempt.
    Fresh,
}

/// What becomes of a registration whose deliveries fail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailingHook {
    /// It stays.
    #[default]
    KeptEnabled,
    /// It is disabled once three deliveries in a row were given up.
    DisabledAfterThree,
}

/// How often one change arrives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Copies {
    /// Once.
    #[default]
    One,
    /// Twice, the same.
    Two,
    /// Twice, with an `event_id` each.
    TwoWithOwnIds,
}

/// The order of deliveries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryOrder {
    /// As it happened.
    #[default]
    AsHappened,
    /// Those of one call or one act come the other way round.
    ReversedPerChange,
}

/// The header of a delivery.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContentType {
    /// `application/json`.
    #[default]
    Json,
    /// `application/json; charset=utf-8`.
    JsonWithCharset,
    /// `text/plain`.
    TextPlain,
}

/// How long an endpoint may take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Patience {
    /// 10 s.
    #[default]
    TenSeconds,
    /// 1 s.
    OneSecond,
}

/// The other answers.
pub(super) const ALTERNATIVES: &[Alternative] = &[
    ("delivery.success: only200", |quirks| quirks.delivery.success = SuccessCode::Only200),
    ("delivery.attempts: two", |quirks| quirks.delivery.attempts = Attempts::Two),
    ("delivery.attempts: one", |quirks| quirks.delivery.attempts = Attempts::One),
    ("delivery.retry_event_id: new", |quirks| quirks.delivery.retry_event_id = RetryEventId::New),
    ("delivery.retry_timestamp: fresh", |quirks| quirks.delivery.retry_timestamp = RetryTimestamp::Fresh),
    ("delivery.failing_hook: disabled_after_three", |quirks| {
        quirks.delivery.failing_hook = FailingHook::DisabledAfterThree
    }),
    ("delivery.copies: two", |quirks| quirks.delivery.copies = Copies::Two),
    ("delivery.copies: two_with_own_ids", |quirks| quirks.delivery.copies = Copies::TwoWithOwnIds),
    ("delivery.order: reversed_per_change", |quirks| quirks.delivery.order = DeliveryOrder::ReversedPerChange),
    ("delivery.content_type: json_with_charset", |quirks| quirks.delivery.content_type = ContentType::JsonWithCharset),
    ("delivery.content_type: text_plain", |quirks| quirks.delivery.content_type = ContentType::TextPlain),
    ("delivery.patience: one_second", |quirks| quirks.delivery.patience = Patience::OneSecond),
];
