use domain::configuration::{Configuration, ConfigurationDocument, DesignRule};
use domain::ids::OrgId;
use domain::ports::{Change, StoreError};

use super::{Bench, Case, case};
use crate::builders::{configuration, configuration_document};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(there_is_no_configuration_until_one_is_activated),
        case(activating_again_replaces_the_configuration),
        case(another_organisations_configuration_takes_its_place),
        case(a_configuration_that_is_no_longer_valid_is_an_error_that_names_its_field),
    ]
}

async fn active(bench: &Bench) -> Option<Configuration> {
    bench.store.configuration().await.expect("the store answers")
}

fn activate(document: ConfigurationDocument) -> [Change; 1] {
    [Change::ActivateConfiguration(document)]
}

async fn there_is_no_configuration_until_one_is_activated(bench: Bench) {
    assert_eq!(active(&bench).await, None);
    bench.commit(activate(configuration_document())).await;
    assert_eq!(active(&bench).await, Some(configuration()));
}

async fn activating_again_replaces_the_configuration(bench: Bench) {
    let rules = [DesignRule::SystemSized, DesignRule::ProposalReady, DesignRule::Stages(vec![1, 2])];
    for design_complete in rules {
        let document = ConfigurationDocument { design_complete, quiet_hours: None, ..configuration_document() };
        bench.commit(activate(document.clone())).await;
        let expected = Configuration::try_from(&document).expect("valid");
        assert_eq!(active(&bench).await, Some(expected));
    }
}

async fn another_organisations_configuration_takes_its_place(bench: Bench) {
    for org_id in [1234, 5678, 1234].map(OrgId) {
        bench.commit(activate(ConfigurationDocument { org_id, ..configuration_document() })).await;
        assert_eq!(active(&bench).await.map(|config| config.account.org), Some(org_id));
    }
}

async fn a_configuration_that_is_no_longer_valid_is_an_error_that_names_its_field(bench: Bench) {
    bench.commit(activate(ConfigurationDocument { api_timeout: 0, ..configuration_document() })).await;
    match bench.store.configuration().await {
        Err(StoreError::Unreadable { problem }) => assert!(problem.contains("api_timeout"), "{problem}"),
        outcome => panic!("an error was expected, not {outcome:?}"),
    }
}
