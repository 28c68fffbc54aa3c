//! OpenSolar's client before a server that misbehaves byte by byte: what each fault is to a create, a change and a read,
//! how often the server is asked, and what the errors tell.
//!
//! A write is `NotSent` only if no byte of it can have arrived, refused only if the answer says so, and in doubt in
//! every other case; and it is sent once.

mod bodies;
mod connections;
mod lengths;
mod odd_heads;
mod plays;
mod redirects;
mod resets;
mod sizes;
mod slow;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::configuration::{Account, ApiContract, Quotas};
use domain::fields::{ContactField, ContactPatch, FieldValue, ProjectField, ProjectPatch};
use domain::ids::OrgId;
use domain::ports::{Credential, CredentialError, OpenSolar, OpenSolarError, SecretText};
use opensolar::{AddressPolicy, OpenSolarClient};
use testkit::builders;
use url::Url;

const TOKEN: &str = "a-token-that-nobody-may-see";

/// Stands in the answers' bodies and headers.
const PRIVATE: &str = "a-word-of-the-answer";

/// None of it may be in an error: the token, the answer's words, the customer's, the path with its ids.
const SECRETS: [&str; 8] = [TOKEN, PRIVATE, "Rudo", "Tariro", "tariro@", "770000001", "12 Example", "/api/orgs"];

/// So often a read is made again.
const RETRIES: u32 = 1;

/// More than any of these answers takes.
const LONG: Duration = Duration::from_secs(20);

/// For what never ends by itself.
const SHORT: Duration = Duration::from_millis(300);

/// What a call comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Done,
    Refused(u16),
    NotSent,
    Doubt,
}

/// A call of the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Create,
    ChangeProject,
    ChangeContact,
    Read,
}

impl Call {
    const WRITES: [Self; 3] = [Self::Create, Self::ChangeProject, Self::ChangeContact];
    const ALL: [Self; 4] = [Self::Create, Self::ChangeProject, Self::ChangeContact, Self::Read];
}

struct Token;

#[async_trait]
impl Credential for Token {
    async fn current(&self) -> Result<SecretText, CredentialError> {
        Ok(SecretText::new(TOKEN))
    }

    async fn refreshed(&self) -> Result<SecretText, CredentialError> {
        self.current().await
    }
}

fn client() -> OpenSolarClient {
    OpenSolarClient::new(Arc::new(Token), AddressPolicy::HttpOnLoopback)
}

fn account(base: &Url, api_timeout: Duration) -> Account {
    Account {
        org: OrgId(1234),
        api_base_url: base.clone(),
        api_contract: ApiContract::Live,
        api_timeout,
        api_retry_count: RETRIES,
        quotas: Quotas::default(),
    }
}

/// Makes the call; its errors are looked through for what they may not say.
async fn make(call: Call, client: &OpenSolarClient, account: &Account) -> Verdict {
    let project = 9_000_001.into();
    let new = builders::new_project("6f0f4f0e-0000-5000-8000-000000000001".parse().expect("a UUID"));
    let outcome = match call {
        Call::Create => client.create_project(account, &new).await.map(|_| ()),
        Call::ChangeProject => {
            let patch = ProjectPatch::from_iter([(ProjectField::Notes, FieldValue::text("For Rudo."))]);
            client.update_project(account, &project, &patch.into()).await
        }
        Call::ChangeContact => {
            let patch = ContactPatch::from_iter([(ContactField::FirstName, FieldValue::text("Rudo"))]);
            client.update_contact(account, &9_000_001.into(), &patch).await
        }
        Call::Read => client.project(account, &project).await.map(|_| ()),
    };
    outcome.as_ref().map_or_else(verdict, |()| Verdict::Done)
}

fn verdict(error: &OpenSolarError) -> Verdict {
    tells_nothing(error);
    match error {
        OpenSolarError::Unauthorized { .. } => Verdict::Refused(401),
        OpenSolarError::PaymentRequired { .. } => Verdict::Refused(402),
        OpenSolarError::EmailInUse { .. } => Verdict::Refused(400),
        OpenSolarError::Rejected { status, .. } => Verdict::Refused(*status),
        OpenSolarError::RateLimited { .. } => Verdict::Refused(429),
        OpenSolarError::NotSent { .. } => Verdict::NotSent,
        OpenSolarError::InDoubt { .. } => Verdict::Doubt,
        OpenSolarError::NotGranted { .. } => panic!("no governor is here: {error:?}"),
    }
}

/// Neither the error nor any of its causes, in either of the forms that a log may take.
fn tells_nothing(error: &OpenSolarError) {
    let chain = std::iter::successors(Some::<&dyn Error>(error), |error| (*error).source());
    for told in chain.map(|error| format!("{error} {error:?}")) {
        assert!(SECRETS.iter().all(|secret| !told.contains(secret)), "{told}");
    }
}
