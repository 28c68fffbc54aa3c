//! An operator's first steps with a stack that was just deployed.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_adapters::ambient::SystemAmbient;
use aws_adapters::queues::SqsQueues;
use aws_adapters::store::DynamoStore;
use domain::authentication::Scheme;
use domain::configuration::{ApiContract, ConfigurationDocument};
use domain::ids::Revision;
use domain::ports::Store;
use domain::usecase::Core;
use domain::usecase::operate::activate_configuration;
use domain::webhook::sha256_hex;
use serde_json::json;
use uuid::Uuid;

use crate::aws::Aws;
use crate::configuration::{Overrides, Surroundings};
use crate::endpoints::Endpoints;
use crate::error::LocalError;
use crate::opensolar_account::OpenSolarAccount;
use crate::operators_api::OperatorsApi;
use crate::outside::Outside;

/// Whose the operators' token is that a local stack has.
const OPERATOR: &str = "local operator";

/// Someone who has the stack's endpoints, and access to the servers outside.
#[derive(Debug)]
pub(crate) struct Operator<'a> {
    pub(crate) aws: &'a Aws,
    pub(crate) endpoints: &'a Endpoints,
    pub(crate) outside: &'a Outside,
    pub(crate) namespace: Uuid,
}

impl Operator<'_> {
    /// Puts the secrets, activates the configuration and registers the webhook. Once done, doing it again is fine.
    pub(crate) async fn set_up(&self, overrides: &Overrides) -> Result<(), LocalError> {
        self.aws.enable_expiry(&self.endpoints.table_name).await?;
        self.put_secrets().await?;
        let endpoints = self.endpoints;
        let account = OpenSolarAccount::new(&endpoints.opensolar_url, endpoints.org_id, &self.outside.opensolar.token)?;
        self.activate(self.configuration(overrides, &account).await?).await?;
        self.register().await
    }

    /// Has deliveries sent to the stack, by its own API: what is registered there already has the new key then.
    async fn register(&self) -> Result<(), LocalError> {
        let wanted = json!({ "key": self.endpoints.webhook_key, "address": self.endpoints.webhook_url });
        let answer = OperatorsApi::of(self.endpoints)?.put("/webhook-registrations/", &wanted).await?;
        match answer.status {
            200 | 201 => Ok(()),
            status => {
                let detail = answer.body["detail"].as_str().unwrap_or("it says nothing more");
                let reason = format!("the stack's API answers {status}: {detail}");
                Err(LocalError::Answer { operation: "registering the webhook", reason })
            }
        }
    }

    async fn put_secrets(&self) -> Result<(), LocalError> {
        let scheme = scheme(self.endpoints.api_contract);
        let key = json!({ "key": self.endpoints.webhook_key, "org_id": self.endpoints.org_id, "scheme": scheme });
        let keys = json!([key]).to_string();
        let hash = sha256_hex(self.endpoints.operator_token.as_bytes());
        let operators = json!([{ "name": OPERATOR, "sha256": hash }]).to_string();
        let values = [
            ("opensolar-token", self.outside.opensolar.token.as_str()),
            ("webhook-keys", keys.as_str()),
            ("whatsapp-token", self.outside.whatsapp.token.as_str()),
            ("operator-tokens", operators.as_str()),
        ];
        for (name, value) in values {
            let arn = self.endpoints.secrets.get(name).map(String::as_str).unwrap_or_default();
            self.aws.put_secret(arn, value).await?;
        }
        Ok(())
    }

    /// OpenSolar is asked for its stages unless they are given; a relay has none.
    async fn configuration(
        &self,
        overrides: &Overrides,
        account: &OpenSolarAccount,
    ) -> Result<ConfigurationDocument, LocalError> {
        let contract = self.endpoints.api_contract;
        let stage_map = match (contract, overrides.get("stage_map")) {
            (ApiContract::Live, None) => account.stage_map().await?,
            (ApiContract::Live, Some(_)) | (ApiContract::Design, _) => BTreeMap::new(),
        };
        let surroundings = Surroundings {
            org_id: self.endpoints.org_id,
            contract,
            namespace: self.namespace,
            opensolar_url: &self.endpoints.opensolar_url,
            whatsapp_url: &self.endpoints.whatsapp_url,
            stage_map,
        };
        let unusable = |reason| LocalError::Answer { operation: "making the configuration", reason };
        overrides.document(&surroundings).map_err(unusable)
    }

    /// Through the adapters that the functions read it with.
    async fn activate(&self, document: ConfigurationDocument) -> Result<(), LocalError> {
        let (table, ambient) = (self.endpoints.table_name.clone(), Arc::new(SystemAmbient));
        let store = Arc::new(DynamoStore::new(self.aws.dynamodb.clone(), table, ambient.clone()));
        let queue = Arc::new(SqsQueues::new(self.aws.sqs.clone(), []));
        let known = store.configuration_of(document.org_id).await;
        let known = known.map_err(LocalError::call("reading the configuration"))?;
        let read = known.map_or(Revision::NONE, |known| known.version);
        let activated = activate_configuration(&Core { store, queue, ambient }, document, read).await;
        activated.map(drop).map_err(LocalError::call("activating the configuration"))
    }
}

/// What deliveries of the contract prove: a hint, who brought it; an event, who wrote it.
pub(crate) fn scheme(contract: ApiContract) -> Scheme {
    match contract {
        ApiContract::Live => Scheme::Header,
        ApiContract::Design => Scheme::Hmac,
    }
}
