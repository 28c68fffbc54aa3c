//! The settings of [`ORG`].

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::configuration::{
    ApiContract, Configuration, ConfigurationDocument, CustomFact, DesignRule, MessageRuleDocument, QuietHoursDocument,
    Quotas, TemplateDocument,
};
use domain::notification::Milestone;
use uuid::Uuid;

use super::{NOON, ORG};

/// A document with every field filled in, and with servers that do not exist.
pub fn configuration_document() -> ConfigurationDocument {
    let templates = Milestone::ALL.map(|milestone| {
        let name = format!("example_{}", milestone.as_str());
        let template = TemplateDocument { name, language: "en".to_owned(), parameters: None, body: None };
        (milestone, MessageRuleDocument { tell: true, templates: vec![template] })
    });
    let stages = [("6541", "pending"), ("6544", "scheduled"), ("6545", "in_progress"), ("6546", "completed")];
    ConfigurationDocument {
        organization_name: "Example Solar".to_owned(),
        org_id: ORG,
        namespace: Uuid::from_u128(0x6f0f_4f0e_0000_4000_8000_0000_0000_0001),
        api_base_url: "https://opensolar.example.com".parse().expect("an address"),
        api_contract: ApiContract::Live,
        api_timeout: 30,
        api_retry_count: 3,
        quotas: Quotas { others_per_minute: 40, ..Quotas::default() },
        auto_sync_enabled: true,
        trusted_since: Some(NOON - TimeDelta::days(365)),
        settle_after: 600,
        custom_project_info: (1..).map(|slot: u8| slot.to_string()).zip(CustomFact::ALL).collect(),
        webhook_enabled: true,
        country: "ZW".to_owned(),
        calling_code: "263".to_owned(),
        time_zone: "Africa/Harare".to_owned(),
        quiet_hours: Some(QuietHoursDocument { from: "20:00".to_owned(), until: "07:00".to_owned() }),
        stage_map: stages.map(|(stage, status)| (stage.to_owned(), status.to_owned())).into(),
        design_complete: DesignRule::Stages(vec![6542, 6543]),
        messages: BTreeMap::from(templates),
        proposal_hosts: vec!["opensolar.example.com".to_owned()],
        whatsapp_base_url: "https://whatsapp.example.com".parse().expect("an address"),
        whatsapp_api_version: "v23.0".to_owned(),
        whatsapp_phone_number_id: "100000000000001".to_owned(),
    }
}

/// The same, checked.
pub fn configuration() -> Configuration {
    Configuration::try_from(&configuration_document()).expect("a valid document")
}
