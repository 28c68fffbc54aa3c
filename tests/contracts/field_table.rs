//! The README's table of fields: derived from the code, field by field, and compared with what is written there.

mod back;
mod page;
mod there;

use std::collections::BTreeSet;

use domain::configuration::{Configuration, ConfigurationDocument};

use crate::kept;

/// Around the tables in the README.
const BEGIN: &str = "<!-- fields: begin, written by the test `contracts` -->";
const END: &str = "<!-- fields: end -->";

#[test]
fn the_table_in_the_readme_is_what_the_code_does() {
    let tables = [page::there(&there::derive()), page::back(&back::derive())].join("\n\n");
    kept::section_is("README.md", BEGIN, END, &tables);
}

/// In which of the situations something happens.
type Situations = BTreeSet<usize>;

/// Everything as it is by default.
fn configuration() -> Configuration {
    configured(|_| {})
}

fn configured(change: impl FnOnce(&mut ConfigurationDocument)) -> Configuration {
    let least = r#"{"organization_name": "Example Solar", "org_id": 1234,
        "namespace": "6f0f4f0e-0000-4000-8000-000000000001", "whatsapp_phone_number_id": "100000000000001"}"#;
    let mut document: ConfigurationDocument = serde_json::from_str(least).expect("a document");
    change(&mut document);
    Configuration::try_from(&document).expect("valid")
}
