//! The HTTP client of everything that is not AWS.

use std::{error::Error, time::Duration};

use reqwest::{Client, redirect::Policy};

/// One attempt, from the first byte to the last.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// Pauses between the attempts of a call, where the other side asks for none.
pub const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Verifies certificates, speaks `https` alone, and follows no redirect: a secret goes to the host that was asked for.
///
/// It is on the TLS stack of the AWS clients, and takes a proxy from `HTTPS_PROXY`.
///
/// # Errors
/// Where the system has no root certificates.
pub fn client() -> Result<Client, reqwest::Error> {
    // An error says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .https_only(true)
        .redirect(Policy::none())
        .timeout(ATTEMPT_TIMEOUT)
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Why there is no answer, in words. The error's own text holds the URL.
#[must_use]
pub fn no_answer(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("did not answer within {} s", ATTEMPT_TIMEOUT.as_secs());
    }
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let how = match error {
        error if error.is_connect() => "cannot be reached",
        error if error.is_builder() => "cannot be asked",
        _ => "closed the connection",
    };
    format!("{how} ({cause})")
}
