//! Free text or an approved template: WhatsApp's customer decides, by when they last wrote.

use chrono::{DateTime, TimeDelta, Utc};

/// Text or template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Free text, within WhatsApp's 24-hour window.
    Text,
    /// An approved template.
    Template,
}

impl Channel {
    /// Its name in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Template => "template",
        }
    }

    /// The channel of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Text, Self::Template].into_iter().find(|channel| channel.as_str() == name)
    }
}

/// WhatsApp takes free text this long after the customer's last message
/// (Meta, "customer service window"), less five minutes for clocks and queues.
pub const TEXT_WINDOW: TimeDelta = TimeDelta::minutes(24 * 60 - 5);

/// Text while the window is known to be open, else template.
pub fn channel_for(last_inbound_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Channel {
    match last_inbound_at {
        Some(at) if now - at < TEXT_WINDOW => Channel::Text,
        Some(_) | None => Channel::Template,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_for_an_open_window_only() {
        let now: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().expect("a time");
        assert_eq!(channel_for(Some(now - TimeDelta::hours(23)), now), Channel::Text);
        assert_eq!(channel_for(Some(now - TimeDelta::hours(24)), now), Channel::Template);
        assert_eq!(channel_for(None, now), Channel::Template);
    }
}
