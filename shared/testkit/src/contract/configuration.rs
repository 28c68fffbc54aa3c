use domain::configuration::{Configuration, ConfigurationDocument, DesignRule};
use domain::ids::{OrgId, Revision};
use domain::ports::{Change, StoreError, StoredConfiguration};

use super::{Bench, Case, case};
use crate::builders::{MINUTE, NOON, ORG, configuration, configuration_document};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(there_is_no_configuration_until_one_is_activated),
        case(activating_again_replaces_the_configuration),
        case(a_configuration_is_kept_as_it_was_written_and_counted),
        case(what_was_made_from_an_older_version_is_not_activated),
        case(of_many_who_read_the_same_version_one_activates),
        case(another_organisations_configuration_takes_its_place_and_leaves_it_as_it_was),
        case(a_configuration_that_is_no_longer_valid_is_an_error_that_names_its_field),
    ]
}

const OTHER: OrgId = OrgId(5678);

async fn active(bench: &Bench) -> Option<Configuration> {
    bench.store.configuration().await.expect("the store answers")
}

async fn stored(bench: &Bench, org: OrgId) -> Option<StoredConfiguration> {
    bench.store.configuration_of(org).await.expect("the store answers")
}

fn activate(document: ConfigurationDocument, read: u64) -> [Change; 1] {
    [Change::ActivateConfiguration { document, read: Revision(read), at: NOON }]
}

fn of(org_id: OrgId) -> ConfigurationDocument {
    ConfigurationDocument { org_id, ..configuration_document() }
}

async fn there_is_no_configuration_until_one_is_activated(bench: Bench) {
    assert_eq!((active(&bench).await, stored(&bench, ORG).await), (None, None));
    bench.commit(activate(configuration_document(), 0)).await;
    assert_eq!(active(&bench).await, Some(configuration()));
}

async fn activating_again_replaces_the_configuration(bench: Bench) {
    let rules =
        [DesignRule::SystemSized, DesignRule::ProposalReady, DesignRule::SystemChanged, DesignRule::Stages(vec![1, 2])];
    for (read, design_complete) in (0..).zip(rules) {
        let document = ConfigurationDocument { design_complete, quiet_hours: None, ..configuration_document() };
        bench.commit(activate(document.clone(), read)).await;
        let expected = Configuration::try_from(&document).expect("valid");
        assert_eq!(active(&bench).await, Some(expected));
    }
}

async fn a_configuration_is_kept_as_it_was_written_and_counted(bench: Bench) {
    for read in 0..3 {
        let document = ConfigurationDocument { trusted_since: None, ..configuration_document() };
        let (version, activated_at) = (Revision(read + 1), NOON + MINUTE * i32::try_from(read).expect("few"));
        let activate =
            Change::ActivateConfiguration { document: document.clone(), read: Revision(read), at: activated_at };
        bench.commit([activate]).await;
        let expected = StoredConfiguration { document, version, activated_at };
        assert_eq!(stored(&bench, ORG).await, Some(expected));
    }
}

async fn what_was_made_from_an_older_version_is_not_activated(bench: Bench) {
    bench.refuses(activate(of(ORG), 1)).await;
    bench.commit(activate(of(ORG), 0)).await;
    bench.commit(activate(of(OTHER), 0)).await;
    let made_anew = ConfigurationDocument { auto_sync_enabled: false, ..of(ORG) };
    for read in [0, 2] {
        bench.refuses(activate(made_anew.clone(), read)).await;
    }
    assert_eq!(stored(&bench, ORG).await.map(|stored| stored.document), Some(of(ORG)));
    assert_eq!(active(&bench).await.map(|config| config.account.org), Some(OTHER));
}

async fn of_many_who_read_the_same_version_one_activates(bench: Bench) {
    let writers: Vec<_> = (1..=4)
        .map(|writer| {
            let (bench, document) = (bench.clone(), ConfigurationDocument { api_retry_count: writer, ..of(ORG) });
            tokio::spawn(async move { (writer, bench.store.commit(activate(document, 0).into()).await) })
        })
        .collect();
    let mut written = Vec::new();
    for writer in writers {
        match writer.await.expect("no writer panics") {
            (writer, Ok(())) => written.push(writer),
            (_, Err(StoreError::Conflict)) => {}
            (_, Err(error)) => panic!("{error:?}"),
        }
    }
    let now = stored(&bench, ORG).await.expect("it is there");
    assert_eq!((written, now.version), (vec![now.document.api_retry_count], Revision(1)));
}

async fn another_organisations_configuration_takes_its_place_and_leaves_it_as_it_was(bench: Bench) {
    let version = |org| {
        let bench = bench.clone();
        async move { stored(&bench, org).await.map(|stored| stored.version.0) }
    };
    let expected = [
        (ORG, 0, (Some(1), None)),
        (ORG, 1, (Some(2), None)),
        (OTHER, 0, (Some(2), Some(1))),
        (ORG, 2, (Some(3), Some(1))),
        (OTHER, 1, (Some(3), Some(2))),
    ];
    for (org, read, versions) in expected {
        bench.commit(activate(of(org), read)).await;
        assert_eq!(active(&bench).await.map(|config| config.account.org), Some(org));
        assert_eq!((version(ORG).await, version(OTHER).await), versions);
        assert_eq!(stored(&bench, ORG).await.map(|stored| stored.document), Some(of(ORG)));
    }
}

async fn a_configuration_that_is_no_longer_valid_is_an_error_that_names_its_field(bench: Bench) {
    bench.commit(activate(ConfigurationDocument { api_timeout: 0, ..configuration_document() }, 0)).await;
    match bench.store.configuration().await {
        Err(StoreError::Unreadable { problem }) => assert!(problem.contains("api_timeout"), "{problem}"),
        outcome => panic!("an error was expected, not {outcome:?}"),
    }
    // Operators see it all the same, and can correct it.
    assert_eq!(stored(&bench, ORG).await.map(|stored| stored.document.api_timeout), Some(0));
    bench.commit(activate(configuration_document(), 1)).await;
    assert_eq!(active(&bench).await, Some(configuration()));
}
