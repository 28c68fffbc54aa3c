//! The one HTTP client of this crate.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

use crate::error::LocalError;

/// No proxy, since a proxy set up on this machine is not for loopback; no redirects, since none is expected.
///
/// # Errors
/// If TLS cannot be set up.
pub fn client() -> Result<Client, LocalError> {
    // For the whole process; that somebody did it before is all right.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().redirect(Policy::none()).timeout(Duration::from_secs(60));
    client.build().map_err(LocalError::call("setting up an HTTP client"))
}
