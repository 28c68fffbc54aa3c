//! The picture of a project after an event that tells a fact by itself.

use chrono::{DateTime, Utc};

use crate::configuration::Configuration;
use crate::project::{Observed, Told, Word};
use crate::remote::ProjectStatus;
use crate::webhook::{Fact, Telling};

/// The picture after an event, and whether the event had a word to say in it. What happened once keeps its first moment,
/// what may change is as the latest event says: any order of the same events makes the same picture.
pub fn after_event(
    before: Option<&Observed>,
    told: &mut Told,
    telling: &Telling,
    config: &Configuration,
    now: DateTime<Utc>,
) -> (Observed, Word) {
    let mut seen = before.cloned().unwrap_or_else(|| Observed::nothing_yet(now));
    let at = telling.at;
    Told::learn(&mut told.last_body, at, telling.body_sha256.clone());
    let word = match &telling.fact {
        Fact::Status(status) => {
            let word = Told::learn(&mut told.status, at, status.clone());
            if word == Word::Latest {
                seen.is_installed = is_complete(status);
                seen.status = Some(status.clone());
            }
            word
        }
        Fact::DesignComplete => {
            seen.design_complete = true;
            Word::Latest
        }
        Fact::ProposalSent(link) => {
            seen.proposal_sent_at = first(seen.proposal_sent_at, at);
            let word = Told::learn(&mut told.proposal_link, at, link.clone());
            // A read may have shown a later one, which nobody was told of before the proposal was sent.
            seen.proposal_link = told.proposal_link.as_ref().map(|latest| latest.value.clone());
            word
        }
        Fact::ContractSigned => {
            seen.first_signed_at = first(seen.first_signed_at, at);
            seen.is_sold = true;
            Word::Latest
        }
        Fact::InstallationScheduled(date) => {
            let day = date.day(config.time_zone);
            let word = Told::learn(&mut told.installation_day, at, day);
            if word == Word::Latest {
                (seen.installation_day, seen.last_day) = (Some(day), Some(day));
                seen.day_is_from_calendar = false;
            }
            word
        }
    };
    (seen, word)
}

fn first(known: Option<DateTime<Utc>>, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    Some(known.map_or(at, |known| known.min(at)))
}

/// Then the system stands.
fn is_complete(status: &ProjectStatus) -> bool {
    status.as_str().eq_ignore_ascii_case("complete")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};

    use super::*;
    use crate::configuration::ConfigurationDocument;
    use crate::remote::{InstallationDate, ProposalLink};

    fn config() -> Configuration {
        let document: ConfigurationDocument = serde_json::from_str(
            r#"{"organization_name": "Example Solar", "org_id": 1, "whatsapp_phone_number_id": "100000000000001",
                "namespace": "6f0f4f0e-0000-4000-8000-000000000001", "api_contract": "design"}"#,
        )
        .expect("a document");
        Configuration::try_from(&document).expect("valid")
    }

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_176_000 + 60 * minute, 0).expect("a time")
    }

    fn any_fact() -> impl Strategy<Value = Fact> {
        let word = select(vec!["lead", "Contract", "contract", "complete", "odd", "Odd"]);
        let day = (1_u32..4).prop_map(|day| chrono::NaiveDate::from_ymd_opt(2026, 12, day).expect("a day"));
        prop_oneof![
            word.prop_map(|word| Fact::Status(ProjectStatus::parse(word).expect("a word"))),
            Just(Fact::DesignComplete),
            (1..4).prop_map(|number| {
                let link = format!("https://opensolar.example.com/p/{number}");
                Fact::ProposalSent(ProposalLink::parse(&link).expect("a link"))
            }),
            Just(Fact::ContractSigned),
            day.prop_map(|day| Fact::InstallationScheduled(InstallationDate::Day(day))),
        ]
    }

    fn any_telling() -> impl Strategy<Value = Telling> {
        (any_fact(), 0_i64..6).prop_map(|(fact, minute)| {
            let body_sha256 = format!("{fact:?} {minute}");
            Telling { at: at(minute), fact, body_sha256 }
        })
    }

    /// The same tellings in another order, and some of them twice.
    fn twice_told() -> impl Strategy<Value = (Vec<Telling>, Vec<Telling>)> {
        prop::collection::vec(any_telling(), 1..10).prop_flat_map(|told| {
            let again = subsequence(told.clone(), 0..=told.len());
            let first = told.clone();
            (Just(told), again.prop_map(move |again| [first.clone(), again].concat()).prop_shuffle())
        })
    }

    fn after(tellings: &[Telling]) -> (Option<Observed>, Told) {
        let (config, mut told, mut seen) = (config(), Told::default(), None);
        for telling in tellings {
            seen = Some(after_event(seen.as_ref(), &mut told, telling, &config, at(60)).0);
        }
        (seen, told)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn order_and_repetition_make_no_difference((told, mixed) in twice_told()) {
            prop_assert_eq!(after(&told), after(&mixed));
        }
    }

    #[test]
    fn what_happened_once_keeps_its_first_moment_and_what_may_change_its_last_word() {
        let tell = |minute, fact: Fact| Telling { at: at(minute), fact, body_sha256: String::new() };
        let status = |word| Fact::Status(ProjectStatus::parse(word).expect("a word"));
        let (seen, _) = after(&[
            tell(5, Fact::ContractSigned),
            tell(3, Fact::ContractSigned),
            tell(4, status("complete")),
            tell(6, status("contract")),
            tell(5, status("installation")),
        ]);
        let seen = seen.expect("a picture");
        assert_eq!((seen.first_signed_at, seen.is_sold, seen.is_installed), (Some(at(3)), true, false));
        assert_eq!(seen.status.as_ref().map(ProjectStatus::as_str), Some("contract"));
    }
}
