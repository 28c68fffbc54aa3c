//! What a running stack tells other programs: `endpoints.json`. Its keys are a promise, see the README.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use domain::configuration::ApiContract;
use serde::{Deserialize, Serialize};

use crate::error::LocalError;

/// Addresses, names and dummy credentials of one running stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// Rises when a key changes its meaning or goes away; new keys do not raise it.
    pub schema_version: u32,
    /// Who runs the stack; SIGTERM ends it all, cleanly.
    pub process_id: u32,
    /// When it was ready.
    pub started_at: DateTime<Utc>,
    /// AWS region.
    pub region: String,
    /// The local AWS: the endpoint of every client.
    pub aws_endpoint_url: String,
    /// Dummy.
    pub aws_access_key_id: String,
    /// Dummy.
    pub aws_secret_access_key: String,
    /// CloudFormation's name of the stack.
    pub stack_name: String,
    /// Base address of the HTTP API, without a last slash.
    pub api_base_url: String,
    /// Which API OpenSolar's place answers with, and so what its webhooks prove.
    pub api_contract: ApiContract,
    /// Where OpenSolar sends its webhooks.
    pub webhook_url: String,
    /// The header that they carry: the key in the contract `live`, the signature in `design`.
    pub webhook_header: String,
    /// Its value in the contract `live`; in `design` the key that signs each body.
    pub webhook_key: String,
    /// The bearer token of the operators' API; of it, the stack itself has only the hash.
    pub operator_token: String,
    /// The DynamoDB table.
    pub table_name: String,
    /// By name: `webhooks`, `sync-requests`, `notifications`, `crm-updates`.
    pub queues: BTreeMap<String, Queue>,
    /// ARN by name: `opensolar-token`, `webhook-keys`, `whatsapp-token`, `operator-tokens`.
    pub secrets: BTreeMap<String, String>,
    /// Lambda's name of each function, by ours.
    pub functions: BTreeMap<String, String>,
    /// The organisation in OpenSolar.
    pub org_id: u64,
    /// OpenSolar, fake or given.
    pub opensolar_url: String,
    /// WhatsApp's Cloud API, fake or given.
    pub whatsapp_url: String,
    /// Which of the two are fakes of ours: `opensolar`, `whatsapp`. A fake is controlled below `/_fake/`.
    pub fakes: Vec<String>,
    /// One file `NAME.log` per function of `functions`, and those of the programs around them.
    pub log_dir: PathBuf,
}

/// A FIFO queue and where its unreadable messages go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// Address.
    pub url: String,
    /// Address of its dead-letter queue.
    pub dlq_url: String,
}

impl Endpoints {
    /// What [`Endpoints::schema_version`] is now.
    pub const SCHEMA_VERSION: u32 = 1;

    /// Reads the file of a running stack.
    ///
    /// # Errors
    /// If it is not there or not such a file.
    pub fn read(file: &Path) -> Result<Self, LocalError> {
        let text = fs::read_to_string(file).map_err(LocalError::file("read", file))?;
        serde_json::from_str(&text)
            .map_err(|error| LocalError::Input { file: file.to_owned(), reason: error.to_string() })
    }

    /// The queue of this name, see [`Endpoints::queues`].
    ///
    /// # Errors
    /// If the stack has none.
    pub fn queue(&self, name: &str) -> Result<&Queue, LocalError> {
        self.queues.get(name).ok_or_else(|| missing(name))
    }

    /// Lambda's name of a function, see [`Endpoints::functions`].
    ///
    /// # Errors
    /// If the stack has none.
    pub fn function(&self, name: &str) -> Result<&str, LocalError> {
        self.functions.get(name).map(String::as_str).ok_or_else(|| missing(name))
    }

    /// Writes the file in one step: whoever looks sees all of it or none.
    ///
    /// # Errors
    /// If the folder cannot be written to.
    pub fn write(&self, file: &Path) -> Result<(), LocalError> {
        let begun = file.with_extension("json.new");
        let text = serde_json::to_string_pretty(self).map_err(LocalError::call("writing the endpoints"))?;
        fs::write(&begun, text + "\n").map_err(LocalError::file("write", &begun))?;
        fs::rename(&begun, file).map_err(LocalError::file("write", file))
    }
}

fn missing(name: &str) -> LocalError {
    LocalError::Answer { operation: "looking up an address", reason: format!("the stack has no {name}") }
}
