//! What each kind of sender signs, and what its payload means.
//!
//! One scheme is one file with an implementation of [`Scheme`] and one line in [`ALL`]. Which one
//! is in force comes from configuration alone, never from what a request happens to carry.

mod form;
mod open_messaging;
mod static_token;

use std::{borrow::Cow, fmt};

use time::OffsetDateTime;

use crate::{
    arrival::Headers,
    json::Members,
    outcome::Refusal,
    signature::{self, Tag},
};

/// Every scheme; the first is the default.
pub const ALL: [&dyn Scheme; 3] = [&form::Form, &open_messaging::OpenMessaging, &static_token::StaticToken];

/// The scheme called `name`.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Scheme> {
    ALL.into_iter().find(|scheme| scheme.name() == name)
}

/// The names of all schemes, for an error message.
#[must_use]
pub fn names() -> String {
    ALL.map(Scheme::name).join(", ")
}

/// How one kind of sender signs a webhook and what it puts into it.
pub trait Scheme: Sync {
    /// The name in configuration, log lines and `metadata.scheme`.
    fn name(&self) -> &'static str;

    /// The shortest secret, in characters, that may be used with this scheme.
    fn min_secret_chars(&self) -> usize {
        1
    }

    /// The header that may carry the signature or the token, in lower case: the only one that is read.
    fn header(&self) -> &'static str;

    /// Extracts the message and the signatures that came with it from the request. Verifies nothing.
    ///
    /// # Errors
    /// [`Refusal::MalformedRequest`] where either is missing, [`Refusal::MalformedSignature`] where
    /// a signature cannot be right whatever the secret.
    fn extract<'a>(&self, headers: &Headers, raw_body: &'a [u8]) -> Result<Unverified<'a>, Refusal>;

    /// The tag that a sender who knows `secret` presents with `message`.
    fn tag(&self, secret: &[u8], message: &[u8]) -> Tag {
        signature::hmac_sha256(secret, message)
    }

    /// Reads from a verified payload what the event and the log line say of it.
    ///
    /// # Errors
    /// [`Refusal::InvalidPayload`] where the payload breaks a rule of this scheme.
    fn describe(&self, payload: &Members) -> Result<Description, Refusal>;
}

impl fmt::Debug for dyn Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A message and the signatures that came with it. Anybody may have written it: only
/// [`SecretCache::verify`](crate::secret::SecretCache::verify) tells whether a sender who knows the
/// secret did. Holds at least one tag.
pub struct Unverified<'a> {
    /// The bytes that the signatures are for; they are the payload, too.
    pub message: Cow<'a, [u8]>,
    /// Every signature that was presented: all of them have to verify.
    pub tags: Vec<Tag>,
}

/// What a payload says of itself.
#[derive(Debug, Default)]
pub struct Description {
    /// The `DetailType`, as far as the payload gives one.
    pub detail_type: Option<String>,
    /// The conversation's id, for the log line.
    pub conversation_id: Option<String>,
    /// The conversation's type, for the log line.
    pub conversation_type: Option<String>,
    /// When the event happened, by the sender's clock.
    pub occurred_at: Option<OffsetDateTime>,
    /// A digest of what is the same for every delivery of one event, and for no other event. Where
    /// there is none, the payload's digest is used.
    pub identity: Option<Tag>,
}

/// The value of a header that may be sent only once.
///
/// A header that is sent twice, or cannot be read, is a malformed signature. An HTTP API joins repeated
/// headers with a comma (payload format 2.0), and the result is no signature either.
fn single_header<'a>(headers: &'a Headers, name: &str) -> Result<&'a str, Refusal> {
    let mut values = headers.all(name);
    match (values.next(), values.next()) {
        (None | Some(Some("")), None) => Err(Refusal::MalformedRequest { reason: "no signature" }),
        (Some(Some(value)), None) => Ok(value),
        _ => Err(Refusal::MalformedSignature),
    }
}
