//! An operator's first steps with a stack that was just deployed.

use domain::notification::Milestone;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::aws::Aws;
use crate::endpoints::Endpoints;
use crate::error::LocalError;
use crate::opensolar_account::{OpenSolarAccount, Registration};
use crate::outside::{Outside, TEMPLATE_LANGUAGE, template};

/// Someone who has the stack's endpoints, and access to the servers outside.
#[derive(Debug)]
pub(crate) struct Operator<'a> {
    pub(crate) aws: &'a Aws,
    pub(crate) endpoints: &'a Endpoints,
    pub(crate) outside: &'a Outside,
    pub(crate) namespace: Uuid,
}

impl Operator<'_> {
    /// Puts the secrets, activates a configuration with these `fields` and registers the webhook.
    pub(crate) async fn set_up(&self, fields: &Map<String, Value>) -> Result<(), LocalError> {
        self.aws.enable_expiry(&self.endpoints.table_name).await?;
        self.put_secrets().await?;
        let endpoints = self.endpoints;
        let account = OpenSolarAccount::new(&endpoints.opensolar_url, endpoints.org_id, &self.outside.opensolar.token)?;
        let _configuration = self.configuration(fields, &account).await?;
        let registration = Registration {
            endpoint: &endpoints.webhook_url,
            header: &endpoints.webhook_header,
            key: &endpoints.webhook_key,
        };
        account.register(&registration).await
    }

    async fn put_secrets(&self) -> Result<(), LocalError> {
        let keys = json!([{ "key": self.endpoints.webhook_key, "org_id": self.endpoints.org_id }]).to_string();
        let values = [
            ("opensolar-token", self.outside.opensolar.token.as_str()),
            ("webhook-keys", keys.as_str()),
            ("whatsapp-token", self.outside.whatsapp.token.as_str()),
            ("operator-tokens", "[]"),
        ];
        for (name, value) in values {
            let arn = self.endpoints.secrets.get(name).map(String::as_str).unwrap_or_default();
            self.aws.put_secret(arn, value).await?;
        }
        Ok(())
    }

    /// What is usual locally, and over it the given fields. OpenSolar is asked for its stages unless they are given.
    async fn configuration(
        &self,
        fields: &Map<String, Value>,
        account: &OpenSolarAccount,
    ) -> Result<Map<String, Value>, LocalError> {
        let message = |milestone| {
            let template = json!({"name": template(milestone), "language": TEMPLATE_LANGUAGE});
            (milestone.as_str().to_owned(), json!({"tell": true, "template": template}))
        };
        let messages: Map<String, Value> = Milestone::ALL.into_iter().map(message).collect();
        let usual = json!({
            "organization_name": "Example Solar",
            "org_id": self.endpoints.org_id,
            "namespace": self.namespace,
            "api_base_url": self.endpoints.opensolar_url,
            "whatsapp_base_url": self.endpoints.whatsapp_url,
            "whatsapp_phone_number_id": "100000000000001",
            "quiet_hours": null,
            "messages": messages,
        });
        let mut configuration = usual.as_object().cloned().unwrap_or_default();
        if !fields.contains_key("stage_map") {
            configuration.insert("stage_map".to_owned(), json!(account.stage_map().await?));
        }
        configuration.extend(fields.clone());
        Ok(configuration)
    }
}
