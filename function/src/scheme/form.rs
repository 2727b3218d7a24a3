//! `form`: the format of the tutorial that most receivers start from. No official source documents it.
//!
//! `webhook=<percent-encoded JSON>&signature=<hex>`, signed over the decoded `webhook` value; the
//! signature may come in a header as well, or instead.

use std::borrow::Cow;

use lambda_http::http::HeaderMap;
use serde::Deserialize;

use super::{Description, Scheme, Signed};
use crate::{json::Members, outcome::Refusal, signature::Tag};

const SIGNATURE_HEADER: &str = "x-genesys-webhook-signature";

/// The tutorial's format.
pub struct Form;

/// serde refuses a form that gives one of these twice, and skips every other field.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    webhook: Cow<'a, str>,
    #[serde(borrow, default)]
    signature: Cow<'a, str>,
}

impl Scheme for Form {
    fn name(&self) -> &'static str {
        "form"
    }

    fn extract<'a>(&self, headers: &HeaderMap, raw_body: &'a [u8]) -> Result<Signed<'a>, Refusal> {
        let malformed = |reason| Refusal::MalformedRequest { reason };
        let fields: Fields = serde_urlencoded::from_bytes(raw_body)
            .map_err(|_| malformed("webhook is missing, or webhook or signature is given twice"))?;
        if fields.webhook.is_empty() {
            return Err(malformed("webhook is empty"));
        }
        if !decodes_to_utf8(raw_body) {
            return Err(malformed("the form is not UTF-8"));
        }
        let in_headers =
            headers.get_all(SIGNATURE_HEADER).iter().map(lambda_http::http::HeaderValue::as_bytes);
        let tags = std::iter::once(fields.signature.as_bytes())
            .chain(in_headers)
            .filter(|signature| !signature.is_empty())
            .map(|signature| hex::decode(signature).ok().and_then(|bytes| Tag::from_slice(&bytes)))
            .collect::<Option<Vec<_>>>()
            .ok_or(Refusal::MalformedSignature)?;
        if tags.is_empty() {
            return Err(malformed("no signature"));
        }
        let message = match fields.webhook {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        Ok(Signed { message, tags })
    }

    fn describe<'a>(&self, payload: &Members<'a>) -> Result<Description<'a>, Refusal> {
        let invalid = |reason| Refusal::InvalidPayload { reason };
        if payload.repeats("eventType") || payload.repeats("conversation") {
            return Err(invalid("eventType or conversation is given twice"));
        }
        let event_type = payload.string("eventType");
        if event_type.is_none() && payload.get("eventType").is_some() {
            return Err(invalid("eventType is not a string"));
        }
        let conversation = payload.object("conversation");
        let conversation_id = conversation.string("id");
        if conversation_id.is_none() && payload.get("conversation").is_some() {
            return Err(invalid("conversation is not an object with a string id"));
        }
        Ok(Description {
            detail_type: event_type,
            conversation_id,
            conversation_type: conversation.string("type"),
            ..Description::default()
        })
    }
}

/// Whether the form is UTF-8 once its percent-escapes are decoded.
///
/// `serde_urlencoded` decodes lossily: it turns a byte that is not UTF-8 into U+FFFD, so that the
/// value checked would not be the one sent. Separators are ASCII, hence no sequence can span them.
fn decodes_to_utf8(form: &[u8]) -> bool {
    percent_encoding::percent_decode(form).decode_utf8().is_ok()
}
