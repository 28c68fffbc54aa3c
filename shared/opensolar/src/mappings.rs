//! What answers say, without a call: for whoever examines answers.

use domain::configuration::{Account, ApiContract};
use domain::remote::RemoteProject;
use outbound::Answer;

use crate::{design, live};

/// The project in the body of an answer, as the client reads it; nothing if there is none in it.
pub fn project(account: &Account, body: &[u8]) -> Option<RemoteProject> {
    let answer = Answer { status: 200, retry_after: None, body: body.to_vec() };
    let exchange = match account.api_contract {
        ApiContract::Live => live::project(account, &0.into()),
        ApiContract::Design => design::project(account, &0.into()),
    };
    (exchange.read)(&answer.json()?)
}
