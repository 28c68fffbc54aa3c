//! Carries a fake's webhooks to endpoints on loopback.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

/// What is posted.
#[derive(Debug)]
pub(crate) struct Parcel<'a> {
    pub(crate) endpoint: &'a str,
    pub(crate) content_type: &'a str,
    pub(crate) headers: Vec<(&'a str, &'a str)>,
    pub(crate) body: &'a str,
    /// So long an answer is waited for.
    pub(crate) patience: Duration,
}

/// A client that is made when the first parcel goes out: most tests send none.
#[derive(Debug, Default)]
pub(crate) struct Courier {
    client: Option<Client>,
}

impl Courier {
    /// Posts it once.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(crate) async fn carry(&mut self, parcel: &Parcel<'_>) -> Result<u16, String> {
        let client = match &mut self.client {
            Some(client) => client,
            none => none.insert(client_for_loopback()?),
        };
        let mut request =
            client.post(parcel.endpoint).header("content-type", parcel.content_type).timeout(parcel.patience);
        for (name, value) in &parcel.headers {
            request = request.header(*name, *value);
        }
        match request.body(parcel.body.to_owned()).send().await {
            Ok(response) => Ok(response.status().as_u16()),
            Err(error) if error.is_timeout() => Err("no answer in time".to_owned()),
            Err(error) if error.is_connect() => Err("endpoint not reached".to_owned()),
            Err(error) => Err(format!("not sent: {}", error.without_url())),
        }
    }
}

/// Endpoints are on loopback, so the client trusts no certificate: that spares loading the system's.
fn client_for_loopback() -> Result<Client, String> {
    // For the whole process; that somebody did it before is all right.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().redirect(Policy::none()).no_proxy().tls_certs_only([]);
    client.build().map_err(|error| format!("no client: {error}"))
}
