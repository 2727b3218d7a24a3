//! `form`: the format of the tutorial that most receivers start from. No official source documents it.
//!
//! `webhook=<percent-encoded JSON>&signature=<hex>`, signed over the decoded `webhook` value; the
//! signature may come in a header as well, or instead.

use std::borrow::Cow;

use serde::Deserialize;

use super::{Description, Scheme, Unverified};
use crate::{
    arrival::Headers,
    json::{Members, Text},
    outcome::Refusal,
    signature::Tag,
};

const SIGNATURE_HEADER: &str = "x-genesys-webhook-signature";

/// The tutorial's format.
pub struct Form;

/// The two fields that matter. All others are passed over one by one; a field given twice is an
/// error. Bytes that are not UTF-8 are read as U+FFFD, as the tutorial's own handler does.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    webhook: Option<Text<'a>>,
    #[serde(borrow)]
    signature: Option<Text<'a>>,
}

impl Scheme for Form {
    fn name(&self) -> &'static str {
        "form"
    }

    fn header(&self) -> &'static str {
        SIGNATURE_HEADER
    }

    fn extract<'a>(&self, headers: &Headers, raw_body: &'a [u8]) -> Result<Unverified<'a>, Refusal> {
        let malformed = |reason| Refusal::MalformedRequest { reason };
        let fields: Fields = serde_urlencoded::from_bytes(raw_body)
            .map_err(|_| malformed("webhook or signature is given twice"))?;
        let webhook = fields.webhook.map(|Text(text)| text).filter(|text| !text.is_empty());
        let webhook = webhook.ok_or(malformed("webhook is missing or empty"))?;
        let in_field = fields.signature.as_ref().map(|Text(text)| Some(text.as_ref()));
        let tags = in_field
            .into_iter()
            .chain(headers.all(SIGNATURE_HEADER))
            .filter(|signature| *signature != Some(""))
            .map(|signature| Tag::from_slice(&hex::decode(signature?).ok()?))
            .collect::<Option<Vec<_>>>()
            .ok_or(Refusal::MalformedSignature)?;
        if tags.is_empty() {
            return Err(malformed("no signature"));
        }
        let message = match webhook {
            Cow::Borrowed(text) => text.as_bytes().into(),
            Cow::Owned(text) => text.into_bytes().into(),
        };
        Ok(Unverified { message, tags })
    }

    fn describe(&self, payload: &Members) -> Result<Description, Refusal> {
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
