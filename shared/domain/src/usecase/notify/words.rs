//! What is sent for a ledger entry, and what the customer then reads.

use chrono::{DateTime, Utc};

use crate::configuration::{Configuration, Template};
use crate::notification::{Channel, FollowUp, Milestone, News, Notice, on_one_line, reminder_at, switched_off};
use crate::ports::MessageContent;
use crate::project::Project;

/// A message in one of its forms.
pub(super) struct Words {
    /// As WhatsApp is given it.
    pub(super) content: MessageContent,
    /// As the customer reads it.
    pub(super) body: String,
}

/// The message for this channel; nothing where no template is configured for it.
pub(super) fn words(
    notice: &Notice,
    project: &Project,
    channel: Channel,
    config: &Configuration,
    now: DateTime<Utc>,
) -> Option<Words> {
    let text = text(notice, project, config, now);
    match channel {
        Channel::Text => Some(Words { content: MessageContent::Text(text.clone()), body: text }),
        Channel::Template => {
            let rule = config.messages.get(&notice.key.milestone)?;
            let template = rule.template_for(project.desired.customer.language.as_deref())?;
            Some(filled(template, &notice.news, &form_of_address(project), text))
        }
    }
}

/// The message in its own words.
pub(super) fn text(notice: &Notice, project: &Project, config: &Configuration, now: DateTime<Utc>) -> String {
    notice.news.text(&form_of_address(project), follow_up(&notice.news, config, now))
}

/// A template says what the text says, in the words that are configured with it if they are.
fn filled(template: &Template, news: &News, name: &str, text: String) -> Words {
    let parameters: Vec<String> =
        template.parameters.iter().filter_map(|parameter| news.parameter(*parameter, name)).collect();
    let body = template.body.as_ref().map_or(text, |body| body.filled(&parameters));
    Words { content: MessageContent::Template { template: template.name.clone(), parameters }, body }
}

fn form_of_address(project: &Project) -> String {
    let name = project.desired.customer.first_name.as_deref().map(on_one_line);
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "there".to_owned())
}

/// Nobody is promised a reminder whose morning has passed, or that is switched off.
fn follow_up(news: &News, config: &Configuration, now: DateTime<Utc>) -> FollowUp {
    let News::InstallationScheduled(day) = news else { return FollowUp::Nothing };
    let is_to_come = reminder_at(*day, config.time_zone).is_some_and(|morning| now <= morning);
    match switched_off(Milestone::InstallationReminder, config) {
        None if is_to_come => FollowUp::Reminder,
        None | Some(_) => FollowUp::Nothing,
    }
}
