//! The messages' words.

use chrono::NaiveDate;

use super::{Milestone, Parameter};
use crate::remote::ProposalLink;

/// A milestone with the facts that its message tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The design is complete.
    DesignComplete,
    /// The proposal can be read here.
    ProposalSent(ProposalLink),
    /// The contract is signed.
    ContractSigned,
    /// It is installed on this day.
    InstallationScheduled(NaiveDate),
    /// It is installed on this day, and that is tomorrow.
    InstallationReminder(NaiveDate),
}

/// Whether a message may promise another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowUp {
    /// A reminder is going to follow.
    Reminder,
    /// Nothing follows by itself.
    Nothing,
}

impl News {
    /// Which milestone this is.
    pub fn milestone(&self) -> Milestone {
        match self {
            Self::DesignComplete => Milestone::DesignComplete,
            Self::ProposalSent(_) => Milestone::ProposalSent,
            Self::ContractSigned => Milestone::ContractSigned,
            Self::InstallationScheduled(_) => Milestone::InstallationScheduled,
            Self::InstallationReminder(_) => Milestone::InstallationReminder,
        }
    }

    /// The message as free text, for within WhatsApp's 24-hour window.
    pub fn text(&self, first_name: &str, follow_up: FollowUp) -> String {
        match self {
            Self::DesignComplete => format!(
                "Good news, {first_name}: the design of your solar system is complete. \
                 You will get a detailed proposal from us next."
            ),
            Self::ProposalSent(link) => format!(
                "☀️ {first_name}, your solar proposal is ready: {}\n\
                 Please look through it and ask us anything that is unclear.",
                link.as_str()
            ),
            Self::ContractSigned => format!(
                "🎉 Thank you for signing, {first_name}! We look forward to installing your system. \
                 Our team will be in touch to agree on a date."
            ),
            Self::InstallationScheduled(day) => {
                let promise = match follow_up {
                    FollowUp::Reminder => " A reminder will follow on the day before.",
                    FollowUp::Nothing => "",
                };
                format!(
                    "📅 {first_name}, your installation is scheduled for {}. \
                     Our technicians will be there on time.{promise}",
                    spelled_out(*day)
                )
            }
            Self::InstallationReminder(day) => format!(
                "📅 A reminder, {first_name}: your installation is tomorrow, {}. \
                 Our technicians will be there on time.",
                spelled_out(*day)
            ),
        }
    }

    /// What a template is given for one of its places; nothing for a fact that this message does not have.
    pub fn parameter(&self, parameter: Parameter, first_name: &str) -> Option<String> {
        match (parameter, self) {
            (Parameter::FirstName, _) => Some(on_one_line(first_name)),
            (Parameter::ProposalLink, Self::ProposalSent(link)) => Some(link.as_str().to_owned()),
            (Parameter::InstallationDate, Self::InstallationScheduled(day) | Self::InstallationReminder(day)) => {
                Some(spelled_out(*day))
            }
            (
                Parameter::ProposalLink,
                Self::DesignComplete
                | Self::ContractSigned
                | Self::InstallationScheduled(_)
                | Self::InstallationReminder(_),
            )
            | (Parameter::InstallationDate, Self::DesignComplete | Self::ProposalSent(_) | Self::ContractSigned) => {
                None
            }
        }
    }
}

/// The text without line breaks, tabs and runs of spaces, which WhatsApp refuses in a template's parameter
/// (error 132018).
pub fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// In English whatever the template's language: Meta has no templates in Shona or Ndebele, so that is what installers
/// here write in.
fn spelled_out(day: NaiveDate) -> String {
    day.format("%A, %-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Option<NaiveDate> = NaiveDate::from_ymd_opt(2026, 12, 4);

    fn every_news() -> [News; 5] {
        let link = "https://opensolar.example.com/share/9000001/?token=example";
        let day = DAY.expect("a day");
        [
            News::DesignComplete,
            News::ProposalSent(ProposalLink::parse(link).expect("a link")),
            News::ContractSigned,
            News::InstallationScheduled(day),
            News::InstallationReminder(day),
        ]
    }

    #[test]
    fn every_text_says_what_it_has_to_say() {
        let words: [&[&str]; 5] = [
            &["Good news, Tariro", "design", "complete", "proposal"],
            &["☀️ Tariro", "ready: https://opensolar.example.com/share/9000001/?token=example\n", "ask us"],
            &["🎉 Thank you for signing, Tariro!", "look forward", "in touch", "date"],
            &["📅 Tariro", "scheduled for Friday, 4 December 2026.", "on time", "reminder"],
            &["📅 A reminder, Tariro", "tomorrow, Friday, 4 December 2026.", "on time"],
        ];
        for (news, words) in every_news().iter().zip(words) {
            let text = news.text("Tariro", FollowUp::Reminder);
            assert!(words.iter().all(|word| text.contains(word)), "{text}");
        }
    }

    #[test]
    fn no_reminder_is_promised_that_does_not_come() {
        for news in every_news() {
            let text = news.text("Tariro", FollowUp::Nothing);
            assert_eq!(text.contains("reminder"), news.milestone() == Milestone::InstallationReminder, "{text}");
        }
    }

    #[test]
    fn a_template_gets_the_facts_that_its_milestone_has_and_no_others() {
        for news in every_news() {
            for parameter in Parameter::ALL {
                let is_there = news.milestone().parameters().contains(&parameter);
                assert_eq!(news.parameter(parameter, "Tariro").is_some(), is_there, "{news:?} {parameter:?}");
            }
        }
        let [.., reminder] = every_news();
        assert_eq!(reminder.parameter(Parameter::InstallationDate, "").as_deref(), Some("Friday, 4 December 2026"));
    }

    #[test]
    fn a_name_never_breaks_a_templates_line() {
        let name = News::DesignComplete.parameter(Parameter::FirstName, " Tariro\n  Rudo\t");
        assert_eq!(name.as_deref(), Some("Tariro Rudo"));
    }
}
