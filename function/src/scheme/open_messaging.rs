//! `open-messaging`: Genesys Cloud Open Messaging's outbound notifications, the only signed HTTP
//! webhook that Genesys documents ("Open Messaging", Genesys Cloud Developer Center).

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Description, Scheme, Unverified, single_header};
use crate::{
    arrival::Headers,
    json::{self, Members},
    outcome::Refusal,
    signature::{self, Tag},
    timestamp,
};

const SIGNATURE_HEADER: &str = "x-hub-signature-256";
const SIGNATURE_PREFIX: &str = "sha256=";

/// Open Messaging: base64 HMAC over the raw body.
pub struct OpenMessaging;

impl Scheme for OpenMessaging {
    fn name(&self) -> &'static str {
        "open-messaging"
    }

    fn header(&self) -> &'static str {
        SIGNATURE_HEADER
    }

    fn extract<'a>(&self, headers: &Headers, raw_body: &'a [u8]) -> Result<Unverified<'a>, Refusal> {
        let tag = single_header(headers, SIGNATURE_HEADER)?
            .strip_prefix(SIGNATURE_PREFIX)
            .and_then(|base64| STANDARD.decode(base64).ok())
            .and_then(|bytes| Tag::from_slice(&bytes))
            .ok_or(Refusal::MalformedSignature)?;
        Ok(Unverified { message: raw_body.into(), tags: vec![tag] })
    }

    fn describe(&self, payload: &Members) -> Result<Description, Refusal> {
        let channel = payload.object("channel");
        let or_unknown = |name| filled(payload, name).unwrap_or("unknown".into());
        let (direction, kind) = (or_unknown("direction"), or_unknown("type"));
        Ok(Description {
            detail_type: Some(format!("genesys.openmessaging.{direction}.{kind}").to_lowercase()),
            conversation_id: payload.string("conversationId"),
            conversation_type: None,
            occurred_at: channel.string("time").as_deref().and_then(timestamp::parse_rfc3339),
            identity: identity(payload, &channel),
        })
    }
}

/// A digest of a message's ids and time, as a JSON array, so that no two messages share one.
///
/// `None` where one of them is missing or empty, and for every `Event`: typing indicators are told
/// apart by what they hold alone.
fn identity(payload: &Members, channel: &Members) -> Option<Tag> {
    let kind = optional(payload, "type")?;
    let is_event = kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("Event"));
    if is_event || payload.given("events").is_some() {
        return None;
    }
    let parts = (
        filled(channel, "id")?,
        filled(payload, "id")?,
        kind,
        // A receipt has the id of the message that it is about.
        optional(payload, "status")?,
        filled(channel, "time")?,
    );
    serde_json::to_vec(&parts).ok().map(|json| signature::sha256(&json))
}

/// A string that may be absent; the outer `None` where something else stands there.
#[expect(clippy::option_option, reason = "absent and unreadable are two things here")]
fn optional(object: &Members, name: &str) -> Option<Option<String>> {
    object.given(name).map_or(Some(None), |value| json::string(value).map(|text| Some(text.into_owned())))
}

fn filled(object: &Members, name: &str) -> Option<String> {
    object.string(name).filter(|text| !text.is_empty())
}
