//! `static-token`: a token in a header, for Genesys Cloud data actions and bot connectors. An administrator
//! defines their requests, and nothing signs them: only TLS protects the body.

use time::OffsetDateTime;

use super::{Description, Scheme, Unverified, single_header};
use crate::{
    arrival::Headers,
    json::Members,
    outcome::Refusal,
    signature::{self, Tag},
    timestamp,
};

const TOKEN_HEADER: &str = "x-webhook-key";

/// A static token: the digests of the one received and the one expected are compared.
pub struct StaticToken;

impl Scheme for StaticToken {
    fn name(&self) -> &'static str {
        "static-token"
    }

    /// Short tokens are not taken, because the token alone proves who sent a request.
    fn min_secret_chars(&self) -> usize {
        32
    }

    fn header(&self) -> &'static str {
        TOKEN_HEADER
    }

    fn extract<'a>(&self, headers: &Headers, raw_body: &'a [u8]) -> Result<Unverified<'a>, Refusal> {
        let token = single_header(headers, TOKEN_HEADER)?;
        Ok(Unverified { message: raw_body.into(), tags: vec![signature::sha256(token.as_bytes())] })
    }

    fn tag(&self, secret: &[u8], _message: &[u8]) -> Tag {
        signature::sha256(secret)
    }

    fn describe(&self, payload: &Members) -> Result<Description, Refusal> {
        let named = |name| payload.string(name).filter(|value| !value.is_empty());
        Ok(Description {
            detail_type: named("topicName").or_else(|| named("eventType")),
            conversation_id: payload.string("conversationId"),
            conversation_type: payload.string("mediaType"),
            occurred_at: ["eventTime", "eventDate"].into_iter().find_map(|name| point_in_time(payload, name)),
            identity: None,
        })
    }
}

/// A time that Genesys gives as epoch milliseconds (`v2.detail.events`) or in ISO 8601 (audits).
fn point_in_time(payload: &Members, name: &str) -> Option<OffsetDateTime> {
    match payload.string(name) {
        Some(iso) => timestamp::parse_rfc3339(&iso),
        None => timestamp::parse_epoch_millis(payload.get(name)?.get()),
    }
}
