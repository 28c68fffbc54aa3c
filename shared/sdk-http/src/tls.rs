//! TLS: rustls with ring, as everywhere in a function, and the operating system's certificates.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tracing::warn;

/// TLS 1.2 or 1.3 with whom these certificates vouch for, and HTTP/1.1 on it.
pub(crate) fn config(trusted: RootCertStore) -> ClientConfig {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has cipher suites for both versions")
        .with_root_certificates(trusted)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

/// The operating system's certificates, read anew.
pub(crate) fn trusted_by_the_system() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        warn!(%error, "some certificates of the system could not be read");
    }
    let mut trusted = RootCertStore::empty();
    // Systems carry a few that are too old to be read.
    trusted.add_parsable_certificates(found.certs);
    if trusted.is_empty() {
        warn!("the system has no certificates, so no call over https will succeed");
    }
    trusted
}
