//! Who asks: an operator, or nobody.

use tracing::{error, warn};

use crate::authentication::{Operator, OperatorTokens};
use crate::log::chain;
use crate::ports::{Ambient, Credential, CredentialError};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authentication {
    /// They.
    Valid(Operator),
    /// Nobody that may: there is no token, or none of ours.
    Invalid,
    /// Our side cannot tell.
    Unknown,
}

/// Finds the operator whose token was presented.
///
/// A mismatch may mean that the tokens were changed a moment ago: they are read once more before it is believed.
pub async fn authenticate_operator(
    tokens: &dyn Credential,
    ambient: &dyn Ambient,
    presented: Option<&[u8]>,
) -> Authentication {
    let Some(presented) = presented else { return Authentication::Invalid };
    for attempt in [Attempt::Cached, Attempt::Fresh] {
        let tokens = match loaded(tokens, attempt).await {
            Ok(Some(tokens)) => tokens,
            Ok(None) => break,
            Err(unusable) => {
                error!(error = chain(&*unusable), "operators cannot be recognised");
                return Authentication::Unknown;
            }
        };
        if let Some(operator) = tokens.operator_of(presented, ambient.now()) {
            return Authentication::Valid(operator);
        }
    }
    warn!("somebody was refused: the token is none of ours");
    Authentication::Invalid
}

#[derive(Clone, Copy)]
enum Attempt {
    Cached,
    Fresh,
}

/// The tokens; nothing if they were read a moment ago and are not so soon again.
async fn loaded(
    tokens: &dyn Credential,
    attempt: Attempt,
) -> Result<Option<OperatorTokens>, Box<dyn std::error::Error + Send + Sync>> {
    let text = match attempt {
        Attempt::Cached => tokens.current().await,
        Attempt::Fresh => tokens.refreshed().await,
    };
    match text {
        Ok(text) => Ok(Some(OperatorTokens::parse(text.expose())?)),
        // A person who was given a new token tries again by themselves.
        Err(CredentialError::TooSoon { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
