//! Whether this bridge and OpenSolar can work together as they are configured, and if not, what has to be done.

use std::time::Duration;

use serde::Serialize;
use tracing::warn;

use super::OperateError;
use crate::configuration::{Account, ApiContract, Configuration};
use crate::log::chain;
use crate::ports::{OpenSolar, OpenSolarError, Registrations};
use crate::registration::{Registration, RegistrationState, WEBHOOK_PATH};
use crate::remote::Stage;
use crate::usecase::Core;

/// A person waits for the answer, and there may be three calls.
const PATIENCE: Duration = Duration::from_secs(8);

/// What was looked at, and what it showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectionTest {
    /// The worst of the verdicts.
    pub status: Verdict,
    /// One for each thing that was looked at.
    pub checks: Vec<Check>,
}

/// A thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its name.
    pub check: CheckName,
    /// How it is.
    pub status: Verdict,
    /// In words, and what to do about it. Says nothing about customers or secrets.
    pub detail: String,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckName {
    /// Whether OpenSolar answers, takes the token, and knows the organisation.
    Access,
    /// Whether the list of projects shows any, by which a create in doubt is settled.
    Projects,
    /// Whether the configuration's `stage_map` names stages that there are.
    Stages,
    /// Whether deliveries are made to this bridge, and once.
    Webhook,
}

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It was not looked at, since something before it failed.
    Skipped,
    /// It works, and not as well as it could.
    Warning,
    /// Nothing works before something is done.
    Failed,
}

/// Looks at everything that OpenSolar has to do with, by reads alone. `host` is the name under which this bridge was
/// asked, where deliveries should go.
///
/// # Errors
/// If no organisation is configured, or the table does not answer. That OpenSolar does not is a finding.
pub async fn test_connection(
    core: &Core,
    opensolar: &dyn OpenSolar,
    registrations: &dyn Registrations,
    host: Option<&str>,
) -> Result<ConnectionTest, OperateError> {
    let config = impatient(core.active_configuration().await?);
    let account = &config.account;
    // The list of projects is what every contract has, and what nothing works without.
    let checks = match opensolar.project_page(account, 1).await {
        Err(error) => {
            let access = Check::failed(CheckName::Access, account, &error);
            let skipped = |check| Check::new(check, Verdict::Skipped, "not looked at: see access".to_owned());
            vec![access, skipped(CheckName::Projects), skipped(CheckName::Stages), skipped(CheckName::Webhook)]
        }
        Ok(page) => {
            let detail = format!("opensolar takes the token and shows organisation {}", account.org);
            let access = Check::new(CheckName::Access, Verdict::Ok, detail);
            let stages = match account.api_contract {
                ApiContract::Live => stages(&config, opensolar.stages(account).await),
                ApiContract::Design => {
                    Check::new(CheckName::Stages, Verdict::Ok, "the contract design has no stages".to_owned())
                }
            };
            let webhook = webhook(account, registrations.registrations(account).await, host);
            vec![access, projects(page.rows.len()), stages, webhook]
        }
    };
    let status = checks.iter().map(|check| check.status).max().unwrap_or(Verdict::Ok);
    Ok(ConnectionTest { status, checks })
}

impl Check {
    fn new(check: CheckName, status: Verdict, detail: String) -> Self {
        Self { check, status, detail }
    }

    fn failed(check: CheckName, account: &Account, error: &OpenSolarError) -> Self {
        warn!(error = chain(error), "the test of the connection found an error");
        Self::new(check, Verdict::Failed, what_is_wrong(account, error))
    }
}

fn projects(shown: usize) -> Check {
    if shown == 0 {
        let detail = "there is no project yet: a create in doubt stays an operator's until there is one of ours to \
                      compare with";
        return Check::new(CheckName::Projects, Verdict::Warning, detail.to_owned());
    }
    Check::new(CheckName::Projects, Verdict::Ok, "the list of projects can be read".to_owned())
}

fn stages(config: &Configuration, read: Result<Vec<Stage>, OpenSolarError>) -> Check {
    let check = |status, detail| Check::new(CheckName::Stages, status, detail);
    let stages = match read {
        Ok(stages) => stages,
        Err(error) => return Check::failed(CheckName::Stages, &config.account, &error),
    };
    let is_missing = |id: &&u64| !stages.iter().any(|stage| stage.id == **id);
    let missing: Vec<String> = config.stage_map.keys().filter(is_missing).map(u64::to_string).collect();
    let is_unmapped = |stage: &&Stage| !stage.is_archived && !config.stage_map.contains_key(&stage.id);
    let unmapped = stages.iter().filter(is_unmapped).count();
    if !missing.is_empty() {
        let detail = format!("stage_map names stages that opensolar has not: {}: correct it", missing.join(", "));
        return check(Verdict::Warning, detail);
    }
    let detail = format!("{} stages are in stage_map, {unmapped} count by their milestone", config.stage_map.len());
    check(Verdict::Ok, detail)
}

fn webhook(account: &Account, read: Result<Vec<Registration>, OpenSolarError>, host: Option<&str>) -> Check {
    let check = |status, detail| Check::new(CheckName::Webhook, status, detail);
    let all = match read {
        Ok(all) => all,
        // The organisation was shown a moment ago.
        Err(OpenSolarError::Rejected { status: 404, .. }) => {
            let detail = "opensolar has no list of webhooks here (404): see where it has the deliveries' address";
            return check(Verdict::Warning, detail.to_owned());
        }
        Err(error) => return Check::failed(CheckName::Webhook, account, &error),
    };
    let Some(host) = host else {
        return check(Verdict::Skipped, "the request names no host, so the bridge's address is unknown".to_owned());
    };
    let ours: Vec<&Registration> = all.iter().filter(|one| one.leads_to(host)).collect();
    let enabled = ours.iter().filter(|one| one.state == RegistrationState::Enabled).count();
    match (ours.len(), enabled) {
        (0, _) => check(
            Verdict::Failed,
            format!("no webhook is registered at https://{host}{WEBHOOK_PATH}: register it, or nothing is heard of"),
        ),
        (_, 0) => check(Verdict::Failed, "the webhook is registered and switched off: register it again".to_owned()),
        (_, 1) => check(Verdict::Ok, "the webhook is registered".to_owned()),
        (_, _) => check(
            Verdict::Warning,
            format!("the webhook is registered {enabled} times, so each delivery comes as often: end all but one"),
        ),
    }
}

/// An error of OpenSolar as what an operator has to do; what caused it is inside, and the log's.
pub fn what_is_wrong(account: &Account, error: &OpenSolarError) -> String {
    let org = account.org;
    match error {
        OpenSolarError::Unauthorized { .. } => "opensolar refuses the token (401): put a valid one of the machine \
             user into the secret of opensolar's token; it is used within a minute"
            .to_owned(),
        OpenSolarError::PaymentRequired { .. } => {
            "opensolar wants payment (402): see to the organisation's plan and wallet".to_owned()
        }
        OpenSolarError::Rejected { status: 403, .. } => format!(
            "opensolar does not let the token's user do this in organisation {org} (403): give it the rights, or \
             correct org_id"
        ),
        OpenSolarError::Rejected { status: 404, .. } => format!(
            "opensolar knows no organisation {org} at this address (404): correct org_id, api_base_url or api_contract"
        ),
        OpenSolarError::Rejected { status: 300..=399, .. } => {
            "the address leads elsewhere, and nobody follows: api_base_url has to be the address itself".to_owned()
        }
        OpenSolarError::RateLimited { .. } => {
            "opensolar has had too many calls (429): test again in a minute".to_owned()
        }
        OpenSolarError::NotGranted { until, .. } => {
            format!("{error}: it is asked again at {}", until.format("%H:%M:%S UTC"))
        }
        OpenSolarError::NotSent { .. } => {
            format!("{error}: see to api_base_url, the network and the token's secret")
        }
        OpenSolarError::InDoubt { .. } => {
            format!("{error}: test again, and if that stays so, see whether api_contract is right")
        }
        OpenSolarError::EmailInUse { .. } | OpenSolarError::Rejected { .. } => error.to_string(),
    }
}

/// The same settings for somebody who waits: one try each, and short ones.
pub(super) fn impatient(mut config: Configuration) -> Configuration {
    config.account.api_timeout = config.account.api_timeout.min(PATIENCE);
    config.account.api_retry_count = 0;
    config
}
