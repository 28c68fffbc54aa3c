use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::ports::{Credential, CredentialError, SecretText};

/// A secret that a test sets. A new value is seen by [`Credential::refreshed`] first, as one that was cached would be.
#[derive(Debug)]
pub struct FixedCredential(Mutex<State>);

#[derive(Debug)]
struct State {
    cached: Option<SecretText>,
    stored: Option<SecretText>,
    refreshes: usize,
    is_too_soon: bool,
}

impl FixedCredential {
    /// A secret with this value.
    pub fn new(text: &str) -> Self {
        let text = Some(SecretText::new(text));
        Self(Mutex::new(State { cached: text.clone(), stored: text, refreshes: 0, is_too_soon: false }))
    }

    /// A secret that nobody has put a value into.
    pub fn missing() -> Self {
        Self(Mutex::new(State { cached: None, stored: None, refreshes: 0, is_too_soon: false }))
    }

    /// Puts a new value, which is found at the next refresh.
    pub fn replace(&self, text: &str) {
        self.state().stored = Some(SecretText::new(text));
    }

    /// From now on it was read again a moment ago: until [`FixedCredential::may_be_read_again`].
    pub fn was_just_read_again(&self) {
        self.state().is_too_soon = true;
    }

    /// It is read again when somebody asks for that.
    pub fn may_be_read_again(&self) {
        self.state().is_too_soon = false;
    }

    /// How often a refresh was asked for.
    pub fn refreshes(&self) -> usize {
        self.state().refreshes
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn present(text: Option<SecretText>) -> Result<SecretText, CredentialError> {
    text.ok_or_else(|| CredentialError::Missing { name: "example".to_owned() })
}

#[async_trait]
impl Credential for FixedCredential {
    async fn current(&self) -> Result<SecretText, CredentialError> {
        let mut state = self.state();
        if state.cached.is_none() {
            state.cached = state.stored.clone();
        }
        present(state.cached.clone())
    }

    async fn refreshed(&self) -> Result<SecretText, CredentialError> {
        let mut state = self.state();
        state.refreshes += 1;
        if state.is_too_soon {
            return Err(CredentialError::TooSoon { name: "example".to_owned() });
        }
        state.cached = state.stored.clone();
        present(state.cached.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_new_value_is_seen_after_a_refresh() {
        let credential = FixedCredential::new("old");
        credential.replace("new");
        assert_eq!(credential.current().await.expect("a value").expose(), "old");
        assert_eq!(credential.refreshed().await.expect("a value").expose(), "new");
        assert_eq!(credential.current().await.expect("a value").expose(), "new");
        assert_eq!(credential.refreshes(), 1);
    }

    #[tokio::test]
    async fn what_was_just_read_again_is_not_read_again() {
        let credential = FixedCredential::new("old");
        credential.replace("new");
        credential.was_just_read_again();
        assert!(matches!(credential.refreshed().await, Err(CredentialError::TooSoon { .. })));
        assert_eq!(credential.current().await.expect("a value").expose(), "old");
        credential.may_be_read_again();
        assert_eq!(credential.refreshed().await.expect("a value").expose(), "new");
    }

    #[tokio::test]
    async fn without_a_value_it_is_missing_until_one_is_put() {
        let credential = FixedCredential::missing();
        assert!(matches!(credential.current().await, Err(CredentialError::Missing { .. })));
        credential.replace("first");
        assert_eq!(credential.current().await.expect("a value").expose(), "first");
    }
}
