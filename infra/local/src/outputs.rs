//! The template's outputs, and the endpoints that they make.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use chrono::Utc;
use domain::configuration::ApiContract;

use crate::endpoints::{Endpoints, Queue};
use crate::error::LocalError;
use crate::functions::FUNCTIONS;
use crate::kept::random_id;
use crate::ministack::{DUMMY_CREDENTIAL, REGION};
use crate::outside::Outside;
use crate::stack::Options;
use testkit::secrets::MARK;

/// The template's outputs.
pub(crate) struct Outputs(pub(crate) HashMap<String, String>);

impl Outputs {
    fn get(&self, name: &str) -> Result<String, LocalError> {
        let missing = || LocalError::Answer {
            operation: "reading the stack's outputs",
            reason: format!("the template has no output {name}"),
        };
        self.0.get(name).cloned().ok_or_else(missing)
    }
}

/// What `endpoints.json` says of a stack.
pub(crate) fn endpoints(
    options: &Options,
    aws_url: &str,
    outputs: &Outputs,
    outside: &Outside,
    log_dir: PathBuf,
) -> Result<Endpoints, LocalError> {
    // The output's host is a name below `localhost`, which not every machine resolves; this path is the same API.
    let api_url = outputs.get("ApiUrl")?;
    let api_id = api_url.trim_start_matches("http://").split('.').next().unwrap_or_default();
    let api_base_url = format!("{aws_url}/_aws/execute-api/{api_id}/$default");
    let queue = |name: &str| {
        let (url, dlq_url) = (outputs.get(&format!("{name}QueueUrl"))?, outputs.get(&format!("{name}DlqUrl"))?);
        Ok::<_, LocalError>(Queue { url, dlq_url })
    };
    let queues = [
        ("webhooks", "Webhooks"),
        ("sync-requests", "SyncRequests"),
        ("notifications", "Notifications"),
        ("crm-updates", "CrmUpdates"),
    ];
    let secrets = [
        ("opensolar-token", "OpenSolarTokenSecretArn"),
        ("webhook-keys", "WebhookKeysSecretArn"),
        ("whatsapp-token", "WhatsAppTokenSecretArn"),
        ("operator-tokens", "OperatorTokensSecretArn"),
    ];
    let named = |(name, output): (&str, &str)| Ok((name.to_owned(), outputs.get(output)?));
    let fakes = [
        outside.opensolar.fake.as_ref().map(|_| "opensolar".to_owned()),
        outside.whatsapp.fake.as_ref().map(|_| "whatsapp".to_owned()),
    ];
    Ok(Endpoints {
        schema_version: Endpoints::SCHEMA_VERSION,
        process_id: std::process::id(),
        started_at: Utc::now(),
        region: REGION.to_owned(),
        aws_endpoint_url: aws_url.to_owned(),
        aws_access_key_id: DUMMY_CREDENTIAL.to_owned(),
        aws_secret_access_key: DUMMY_CREDENTIAL.to_owned(),
        stack_name: options.name.clone(),
        webhook_url: format!("{api_base_url}/api/opensolar/webhook/"),
        api_base_url,
        api_contract: options.contract,
        webhook_header: match options.contract {
            ApiContract::Live => "X-Webhook-Token".to_owned(),
            ApiContract::Design => "X-OpenSolar-Signature".to_owned(),
        },
        webhook_key: format!("{MARK}-{}", random_id()?.simple()),
        operator_token: format!("{MARK}-{}", random_id()?.simple()),
        table_name: outputs.get("TableName")?,
        queues: queues
            .into_iter()
            .map(|(name, output)| Ok((name.to_owned(), queue(output)?)))
            .collect::<Result<BTreeMap<_, _>, LocalError>>()?,
        secrets: secrets.into_iter().map(named).collect::<Result<BTreeMap<_, _>, LocalError>>()?,
        functions: FUNCTIONS
            .into_iter()
            .map(|function| Ok((function.to_owned(), outputs.get(&format!("{}FunctionName", camel(function)))?)))
            .collect::<Result<BTreeMap<_, _>, LocalError>>()?,
        org_id: options.org_id,
        opensolar_url: outside.opensolar.url.clone(),
        whatsapp_url: outside.whatsapp.url.clone(),
        fakes: fakes.into_iter().flatten().collect(),
        log_dir,
    })
}

/// A function's name as the template's resources are named.
fn camel(function: &str) -> String {
    let capitalised = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    function.split('-').filter_map(capitalised).collect()
}
