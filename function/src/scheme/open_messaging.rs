//! `open-messaging`: Genesys Cloud Open Messaging's outbound notifications, the only signed HTTP
//! webhook that Genesys documents ("Open Messaging", Genesys Cloud Developer Center).

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use lambda_http::http::HeaderMap;

use super::{Description, Scheme, Signed, single_header};
use crate::{event::parse_rfc3339, json::Members, outcome::Refusal, signature::Tag};

const SIGNATURE_HEADER: &str = "x-hub-signature-256";
const SIGNATURE_PREFIX: &[u8] = b"sha256=";

/// Open Messaging: base64 HMAC over the raw body.
pub struct OpenMessaging;

impl Scheme for OpenMessaging {
    fn name(&self) -> &'static str {
        "open-messaging"
    }

    fn extract<'a>(&self, headers: &HeaderMap, raw_body: &'a [u8]) -> Result<Signed<'a>, Refusal> {
        let tag = single_header(headers, SIGNATURE_HEADER)?
            .as_bytes()
            .strip_prefix(SIGNATURE_PREFIX)
            .and_then(|base64| STANDARD.decode(base64).ok())
            .and_then(|bytes| Tag::from_slice(&bytes))
            .ok_or(Refusal::MalformedSignature)?;
        Ok(Signed { message: raw_body.into(), tags: vec![tag] })
    }

    fn describe<'a>(&self, payload: &Members<'a>) -> Result<Description<'a>, Refusal> {
        let text = |member: Option<_>| member.unwrap_or_default();
        let channel = payload.object("channel");
        let time = channel.string("time");
        let or_unknown =
            |name| payload.string(name).filter(|value| !value.is_empty()).unwrap_or("unknown".into());
        let (direction, kind) = (or_unknown("direction"), or_unknown("type"));
        let status = payload.string("status").or_else(|| first_event_type(payload));
        Ok(Description {
            detail_type: Some(format!("genesys.openmessaging.{direction}.{kind}").to_lowercase().into()),
            conversation_id: payload.string("conversationId"),
            conversation_type: None,
            occurred_at: time.as_deref().and_then(parse_rfc3339),
            dedupe_key: Some(format!(
                "{}|{}|{}|{}|{}",
                text(channel.string("id")),
                text(payload.string("id")),
                text(payload.string("type")),
                text(status),
                text(time),
            )),
        })
    }
}

/// The `eventType` of the first of `events`: a typing indicator has no `status`.
fn first_event_type<'a>(payload: &Members<'a>) -> Option<Cow<'a, str>> {
    let events: Vec<Members> = serde_json::from_str(payload.get("events")?.get()).ok()?;
    events.first()?.string("eventType")
}
