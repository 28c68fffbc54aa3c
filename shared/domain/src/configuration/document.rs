//! The settings as operators write them and as the store keeps them, and how they are checked.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use super::messages::messages;
use super::{
    Account, ApiContract, Configuration, CustomFact, DesignRule, MessageRuleDocument, ProposalHosts, QuietHours,
    Quotas, WhatsAppSender,
};
use crate::ids::OrgId;
use crate::notification::Milestone;
use crate::phone::CallingCode;
use crate::request::CrmStatus;

/// A configuration as operators write it and as the store keeps it. Every field left out has the default named here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigurationDocument {
    /// For people.
    pub organization_name: String,
    /// OpenSolar's id of the organisation.
    pub org_id: OrgId,
    /// A UUID of this stack's own; never change it while requests are being created.
    pub namespace: Uuid,
    /// Default `https://api.opensolar.com`.
    #[serde(default = "default::api_base_url")]
    pub api_base_url: Url,
    /// `live` or `design`; default `live`.
    #[serde(default = "default::api_contract")]
    pub api_contract: ApiContract,
    /// Seconds, 1 to 30; default 30.
    #[serde(default = "default::api_timeout")]
    pub api_timeout: u64,
    /// 0 to 10; default 3.
    #[serde(default = "default::api_retry_count")]
    pub api_retry_count: u32,
    /// Default what OpenSolar publishes.
    #[serde(default)]
    pub quotas: Quotas,
    /// Default true.
    #[serde(default = "default::on")]
    pub auto_sync_enabled: bool,
    /// Requests older than this start as if a create of theirs were in doubt; default none. Set it to the present
    /// when the table was restored, when the stack is new beside projects of an older one, and before a backfill.
    #[serde(default)]
    pub trusted_since: Option<DateTime<Utc>>,
    /// Seconds, 1 to 3,600, that a write in doubt is left alone before it is looked for; default 600.
    #[serde(default = "default::settle_after")]
    pub settle_after: u32,
    /// Number of OpenSolar's free field (as text: JSON has no other keys), `1` to `5`, to the fact that goes into it;
    /// default order number, assessment number, preferred time, installation type and the CRM's id, in this order.
    /// A fact left out goes into the notes. With the contract `design`, whose custom fields have names, it says nothing.
    #[serde(default = "default::custom_project_info")]
    pub custom_project_info: BTreeMap<String, CustomFact>,
    /// Default true.
    #[serde(default = "default::on")]
    pub webhook_enabled: bool,
    /// Default `ZW`.
    #[serde(default = "default::country")]
    pub country: String,
    /// Default `263`, Zimbabwe's.
    #[serde(default = "default::calling_code")]
    pub calling_code: String,
    /// IANA name of Africa, or `UTC` (the others are not compiled in); default `Africa/Harare`.
    #[serde(default = "default::time_zone")]
    pub time_zone: String,
    /// Default 20:00 to 07:00; `null` for none.
    #[serde(default = "default::quiet_hours")]
    pub quiet_hours: Option<QuietHoursDocument>,
    /// Stage id (as text: JSON has no other keys) to `pending`, `scheduled`, `in_progress` or `completed`.
    #[serde(default)]
    pub stage_map: BTreeMap<String, String>,
    /// Default `system_sized`.
    #[serde(default = "default::design_complete")]
    pub design_complete: DesignRule,
    /// By milestone; one left out is told, in text only.
    #[serde(default)]
    pub messages: BTreeMap<Milestone, MessageRuleDocument>,
    /// Hosts that customers are sent links to, each with those below it; default the domain of `api_base_url`.
    #[serde(default)]
    pub proposal_hosts: Vec<String>,
    /// Default `https://graph.facebook.com`.
    #[serde(default = "default::whatsapp_base_url")]
    pub whatsapp_base_url: Url,
    /// Default `v23.0`.
    #[serde(default = "default::whatsapp_api_version")]
    pub whatsapp_api_version: String,
    /// Meta's id of the sending number: digits.
    pub whatsapp_phone_number_id: String,
}

/// Quiet hours as written: `HH:MM`, local time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHoursDocument {
    /// First quiet minute.
    pub from: String,
    /// First minute that is quiet no more.
    pub until: String,
}

/// A field of the document that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("configuration field {field}: {problem}")]
pub struct InvalidConfiguration {
    /// The field's name.
    pub field: &'static str,
    /// What it has to be.
    pub problem: &'static str,
}

pub(super) mod default {
    use std::collections::BTreeMap;

    use super::{ApiContract, CustomFact, DesignRule, QuietHoursDocument};
    use url::Url;

    pub(super) fn api_base_url() -> Url {
        Url::parse("https://api.opensolar.com").expect("a constant that a test reads")
    }
    pub(super) fn api_contract() -> ApiContract {
        ApiContract::Live
    }
    pub(super) fn api_timeout() -> u64 {
        30
    }
    pub(super) fn api_retry_count() -> u32 {
        3
    }
    pub(super) fn settle_after() -> u32 {
        600
    }
    pub(super) fn custom_project_info() -> BTreeMap<String, CustomFact> {
        (1..).map(|slot: u8| slot.to_string()).zip(CustomFact::ALL).collect()
    }
    pub(in crate::configuration) fn on() -> bool {
        true
    }
    pub(super) fn country() -> String {
        "ZW".to_owned()
    }
    pub(super) fn calling_code() -> String {
        "263".to_owned()
    }
    pub(super) fn time_zone() -> String {
        "Africa/Harare".to_owned()
    }
    #[expect(clippy::unnecessary_wraps, reason = "the field's default, and the field is optional")]
    pub(super) fn quiet_hours() -> Option<QuietHoursDocument> {
        Some(QuietHoursDocument { from: "20:00".to_owned(), until: "07:00".to_owned() })
    }
    pub(super) fn design_complete() -> DesignRule {
        DesignRule::SystemSized
    }
    pub(super) fn whatsapp_base_url() -> Url {
        Url::parse("https://graph.facebook.com").expect("a constant that a test reads")
    }
    pub(super) fn whatsapp_api_version() -> String {
        "v23.0".to_owned()
    }
}

impl TryFrom<&ConfigurationDocument> for Configuration {
    type Error = InvalidConfiguration;

    fn try_from(document: &ConfigurationDocument) -> Result<Self, InvalidConfiguration> {
        let invalid = |field, problem| InvalidConfiguration { field, problem };
        if !(1..=30).contains(&document.api_timeout) {
            return Err(invalid("api_timeout", "give 1 to 30 seconds"));
        }
        if 10 < document.api_retry_count {
            return Err(invalid("api_retry_count", "give 0 to 10"));
        }
        if document.country.len() != 2 || !document.country.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(invalid("country", "give two capital letters (ISO 3166-1)"));
        }
        let id = &document.whatsapp_phone_number_id;
        if id.is_empty() || 30 < id.len() || !id.bytes().all(|b| b.is_ascii_digit()) {
            return Err(invalid("whatsapp_phone_number_id", "give Meta's id of the sending number, digits only"));
        }
        let version = &document.whatsapp_api_version;
        if version.len() < 2
            || !version.starts_with('v')
            || !version[1..].bytes().all(|b| b.is_ascii_digit() || b == b'.')
        {
            return Err(invalid("whatsapp_api_version", "give a version such as v23.0"));
        }
        Ok(Self {
            organization_name: document.organization_name.clone(),
            account: Account {
                org: document.org_id,
                api_base_url: document.api_base_url.clone(),
                api_contract: document.api_contract,
                api_timeout: Duration::from_secs(document.api_timeout),
                api_retry_count: document.api_retry_count,
                quotas: document.quotas.checked()?,
            },
            namespace: document.namespace,
            auto_sync_enabled: document.auto_sync_enabled,
            trusted_since: document.trusted_since,
            settle_after: match document.settle_after {
                seconds @ 1..=3_600 => TimeDelta::seconds(seconds.into()),
                _ => return Err(invalid("settle_after", "give 1 to 3600 seconds")),
            },
            custom_project_info: {
                let chosen = custom_project_info(&document.custom_project_info)?;
                document.api_contract.custom_facts().unwrap_or(chosen)
            },
            webhook_enabled: document.webhook_enabled,
            country: document.country.clone(),
            calling_code: CallingCode::parse(&document.calling_code)
                .ok_or_else(|| invalid("calling_code", "give one to three digits, such as 263"))?,
            time_zone: document.time_zone.parse().map_err(|_| {
                invalid(
                    "time_zone",
                    "give an IANA name of Africa, such as Africa/Harare, or UTC: no others are compiled in",
                )
            })?,
            quiet_hours: document.quiet_hours.as_ref().map(quiet_hours).transpose()?,
            stage_map: stage_map(&document.stage_map)?,
            design_complete: document.design_complete.clone(),
            messages: messages(&document.messages)?,
            proposal_hosts: ProposalHosts::checked(&document.proposal_hosts, &document.api_base_url)?,
            whatsapp: WhatsAppSender {
                api_base_url: document.whatsapp_base_url.clone(),
                api_version: version.clone(),
                phone_number_id: id.clone(),
            },
        })
    }
}

fn quiet_hours(document: &QuietHoursDocument) -> Result<QuietHours, InvalidConfiguration> {
    let time = |raw: &str| {
        NaiveTime::parse_from_str(raw, "%H:%M")
            .map_err(|_| InvalidConfiguration { field: "quiet_hours", problem: "give from and until as HH:MM" })
    };
    let hours = QuietHours { from: time(&document.from)?, until: time(&document.until)? };
    if hours.from == hours.until {
        return Err(InvalidConfiguration {
            field: "quiet_hours",
            problem: "from and until are the same; null is none",
        });
    }
    Ok(hours)
}

fn custom_project_info(
    document: &BTreeMap<String, CustomFact>,
) -> Result<BTreeMap<u8, CustomFact>, InvalidConfiguration> {
    let invalid = || InvalidConfiguration { field: "custom_project_info", problem: "keys are \"1\" to \"5\"" };
    let slot = |raw: &String| raw.parse().ok().filter(|slot| (1..=5).contains(slot)).ok_or_else(invalid);
    document.iter().map(|(raw, fact)| Ok((slot(raw)?, *fact))).collect()
}

fn stage_map(document: &BTreeMap<String, String>) -> Result<BTreeMap<u64, CrmStatus>, InvalidConfiguration> {
    let invalid = |problem| InvalidConfiguration { field: "stage_map", problem };
    document
        .iter()
        .map(|(stage, status)| {
            let stage = stage.parse().map_err(|_| invalid("keys are OpenSolar's stage ids, whole numbers"))?;
            match CrmStatus::parse(status) {
                Some(CrmStatus::Cancelled) | None => {
                    Err(invalid("values are pending, scheduled, in_progress or completed"))
                }
                Some(status) => Ok((stage, status)),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> ConfigurationDocument {
        let least = r#"{"organization_name": "Example Solar", "org_id": 1,
            "namespace": "6f0f4f0e-0000-4000-8000-000000000001", "whatsapp_phone_number_id": "100000000000001"}"#;
        serde_json::from_str(least).expect("what is required is enough")
    }

    #[test]
    fn what_is_left_out_has_its_documented_default() {
        let config = Configuration::try_from(&document()).expect("valid");
        assert_eq!(config.account.api_base_url.as_str(), "https://api.opensolar.com/");
        assert_eq!(config.whatsapp.api_base_url.as_str(), "https://graph.facebook.com/");
        assert_eq!(config.account.api_timeout, Duration::from_secs(30));
        assert_eq!((config.account.quotas.creates_per_minute, config.account.quotas.per_day), (10, 10_000));
        assert_eq!(config.time_zone, chrono_tz::Africa::Harare);
        assert!(config.auto_sync_enabled && config.webhook_enabled && config.quiet_hours.is_some());
    }

    #[test]
    fn the_contract_is_chosen_by_its_name_and_brings_its_own_custom_fields() {
        let mut raw = serde_json::to_value(document()).expect("a document is JSON");
        raw["api_contract"] = "design".into();
        let design: ConfigurationDocument = serde_json::from_value(raw.clone()).expect("a contract");
        let config = Configuration::try_from(&design).expect("valid");
        assert_eq!(config.account.api_contract, ApiContract::Design);
        let slots: Vec<u8> = config.custom_project_info.keys().copied().collect();
        assert_eq!(slots, [1, 4, 5]);
        raw["api_contract"] = "hand-made".into();
        serde_json::from_value::<ConfigurationDocument>(raw).expect_err("no contract");
    }

    #[test]
    fn a_field_that_cannot_be_used_is_named() {
        type Spoil = fn(&mut ConfigurationDocument);
        let cases: [(&str, Spoil); 10] = [
            ("api_timeout", |d| d.api_timeout = 0),
            ("api_retry_count", |d| d.api_retry_count = 11),
            ("quotas", |d| d.quotas.creates_per_minute = 0),
            ("country", |d| d.country = "Zimbabwe".to_owned()),
            ("calling_code", |d| d.calling_code = "+263".to_owned()),
            ("time_zone", |d| d.time_zone = "Harare".to_owned()),
            ("proposal_hosts", |d| d.proposal_hosts = vec!["https://opensolar.com".to_owned()]),
            ("whatsapp_phone_number_id", |d| d.whatsapp_phone_number_id = "../me".to_owned()),
            ("whatsapp_api_version", |d| d.whatsapp_api_version = "v23/../me".to_owned()),
            ("stage_map", |d| d.stage_map = BTreeMap::from([("6541".to_owned(), "cancelled".to_owned())])),
        ];
        for (field, spoil) in cases {
            let mut document = document();
            spoil(&mut document);
            assert_eq!(Configuration::try_from(&document).expect_err(field).field, field);
        }
    }
}
