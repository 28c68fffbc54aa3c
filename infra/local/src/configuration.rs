//! The configuration that a local stack gets: what is usual here, and over it the fields of a `--config` file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use domain::configuration::{ApiContract, Configuration, ConfigurationDocument};
use domain::notification::Milestone;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::error::LocalError;
use crate::outside::{TEMPLATE_LANGUAGE, template};

/// Fields of the configuration that differ from what is usual locally.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides(Map<String, Value>);

/// What follows from where the stack runs.
#[derive(Debug)]
pub(crate) struct Surroundings<'a> {
    pub(crate) org_id: u64,
    pub(crate) contract: ApiContract,
    pub(crate) namespace: Uuid,
    pub(crate) opensolar_url: &'a str,
    pub(crate) whatsapp_url: &'a str,
    pub(crate) stage_map: BTreeMap<String, &'static str>,
}

impl Overrides {
    /// Reads a `--config` file, and refuses what no configuration could be made of.
    ///
    /// # Errors
    /// [`LocalError::Input`] that names the field.
    pub fn read(file: &Path) -> Result<Self, LocalError> {
        let text = fs::read_to_string(file).map_err(LocalError::file("read", file))?;
        Self::parse(&text).map_err(|reason| LocalError::Input { file: file.to_owned(), reason })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let overrides = Self(serde_json::from_str(text).map_err(|error| error.to_string())?);
        // Whatever stands around it, the file's own fields have to be right: better said before anything is started.
        checked(overrides.over(Surroundings::anywhere().usual()))?;
        Ok(overrides)
    }

    /// These fields, as a file would have them; what is wrong with them shows when they are used.
    pub(crate) fn of(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    /// A field's value.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field)
    }

    /// The whole document, checked as the functions will check it; else which field is wrong, and how.
    pub(crate) fn document(&self, surroundings: &Surroundings<'_>) -> Result<ConfigurationDocument, String> {
        let usual = surroundings.usual();
        let mut fields = self.over(usual.clone());
        // Where the stack was pointed to by the command line or this file, it was pointed to as a whole.
        for field in ["org_id", "api_contract", "api_base_url", "whatsapp_base_url"] {
            fields.insert(field.to_owned(), usual[field].clone());
        }
        checked(fields)
    }

    fn over(&self, mut usual: Map<String, Value>) -> Map<String, Value> {
        usual.extend(self.0.clone());
        usual
    }
}

fn checked(fields: Map<String, Value>) -> Result<ConfigurationDocument, String> {
    let read = serde_path_to_error::deserialize(Value::Object(fields));
    let document: ConfigurationDocument = read.map_err(|error| {
        let field = error.path().to_string();
        // An unknown field is named by the error itself.
        if field == "." { error.inner().to_string() } else { format!("field {field}: {}", error.inner()) }
    })?;
    Configuration::try_from(&document).map_err(|error| error.to_string())?;
    Ok(document)
}

impl Surroundings<'_> {
    fn anywhere() -> Self {
        Surroundings {
            org_id: 1,
            contract: ApiContract::Live,
            namespace: Uuid::nil(),
            opensolar_url: "http://127.0.0.1",
            whatsapp_url: "http://127.0.0.1",
            stage_map: BTreeMap::new(),
        }
    }

    fn usual(&self) -> Map<String, Value> {
        let message = |milestone| {
            let template = json!({"name": template(milestone), "language": TEMPLATE_LANGUAGE});
            (milestone.as_str().to_owned(), json!({"tell": true, "templates": [template]}))
        };
        let messages: Map<String, Value> = Milestone::ALL.into_iter().map(message).collect();
        let fields = json!({
            "organization_name": "Example Solar",
            "org_id": self.org_id,
            "api_contract": self.contract,
            "namespace": self.namespace,
            "api_base_url": self.opensolar_url,
            // The fakes are on this machine, their links are not.
            "proposal_hosts": [match self.contract {
                ApiContract::Live => "opensolar.example.com",
                ApiContract::Design => "relay.example.com",
            }],
            "whatsapp_base_url": self.whatsapp_url,
            "whatsapp_phone_number_id": "100000000000001",
            // Whoever tries something out at night wants to see the message.
            "quiet_hours": null,
            "stage_map": self.stage_map,
            "messages": messages,
        });
        fields.as_object().cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(fields: Value) -> Result<ConfigurationDocument, String> {
        Overrides(fields.as_object().cloned().unwrap_or_default()).document(&Surroundings::anywhere())
    }

    #[test]
    fn what_is_usual_is_enough_and_nobody_is_left_alone_at_night() {
        let document = document(json!({})).expect("a configuration");
        assert_eq!(document.quiet_hours, None);
        assert_eq!(document.messages.len(), Milestone::ALL.len());
    }

    #[test]
    fn a_given_field_goes_over_the_usual_one() {
        let fields = json!({"organization_name": "Ours", "stage_map": {"6545": "in_progress"}});
        let document = document(fields).expect("a configuration");
        assert_eq!(document.organization_name, "Ours");
        assert_eq!(document.stage_map["6545"], "in_progress");
    }

    #[test]
    fn the_servers_are_those_that_the_stack_was_pointed_to() {
        let document = document(json!({"api_base_url": "https://api.example.com"})).expect("a configuration");
        assert_eq!(document.api_base_url.as_str(), "http://127.0.0.1/");
    }

    #[test]
    fn a_field_of_a_file_that_cannot_be_used_is_named() {
        for (fields, named) in [
            (json!({"org_id": "Example"}), "org_id"),
            (json!({"api_base_url": "api.example.com"}), "api_base_url"),
            (json!({"api_timeout": 0}), "api_timeout"),
            (json!({"api_timeout": "soon"}), "api_timeout"),
            (json!({"stage_map": {"6545": "sold"}}), "stage_map"),
            (json!({"quiet_hours": {"from": "20:00"}}), "quiet_hours"),
            (json!({"colour": "blue"}), "colour"),
        ] {
            let reason = Overrides::parse(&fields.to_string()).expect_err(named);
            assert!(reason.contains(named) && !reason.contains('\n'), "{reason}");
        }
    }
}
