//! `form`: the format of the tutorial that most receivers start from. No official source documents it.
//!
//! `webhook=<percent-encoded JSON>&signature=<hex>`, signed over the decoded `webhook` value; the
//! signature may come in a header as well, or instead.

use std::mem;

use lambda_http::http::HeaderMap;
use memchr::{memchr, memchr_iter};

use super::{Description, Scheme, Signed};
use crate::{json::Members, outcome::Refusal, signature::Tag};

const SIGNATURE_HEADER: &str = "x-genesys-webhook-signature";

/// The tutorial's format.
pub struct Form;

impl Scheme for Form {
    fn name(&self) -> &'static str {
        "form"
    }

    fn extract<'a>(&self, headers: &HeaderMap, raw_body: &'a [u8]) -> Result<Signed<'a>, Refusal> {
        let malformed = |reason| Refusal::MalformedRequest { reason };
        let mut fields = fields(raw_body).ok_or_else(|| malformed("the form is not UTF-8"))?;
        let mut value =
            |name| take(&mut fields, name).ok_or_else(|| malformed("webhook or signature is given twice"));
        let (webhook, signature) = (value("webhook")?, value("signature")?);
        if webhook.is_empty() {
            return Err(malformed("webhook is missing or empty"));
        }
        let in_headers =
            headers.get_all(SIGNATURE_HEADER).iter().map(lambda_http::http::HeaderValue::as_bytes);
        let tags = std::iter::once(signature.as_bytes())
            .chain(in_headers)
            .filter(|signature| !signature.is_empty())
            .map(|signature| hex::decode(signature).ok().and_then(|bytes| Tag::from_slice(&bytes)))
            .collect::<Option<Vec<_>>>()
            .ok_or(Refusal::MalformedSignature)?;
        if tags.is_empty() {
            return Err(malformed("no signature"));
        }
        Ok(Signed { message: webhook.into_bytes().into(), tags })
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

/// The names and values of a form (WHATWG URL, "application/x-www-form-urlencoded parsing"); `None`
/// where one of them is not UTF-8, so that the value checked is the one sent.
fn fields(form: &[u8]) -> Option<Vec<(String, String)>> {
    let decoded = |text: &[u8]| {
        let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        String::from_utf8(urlencoding::decode_binary(&spaced).into_owned()).ok()
    };
    let mut fields = Vec::new();
    let mut start = 0;
    for end in memchr_iter(b'&', form).chain([form.len()]) {
        let field = &form[start..end];
        start = end + 1;
        if !field.is_empty() {
            let (name, value) = field.split_at(memchr(b'=', field).unwrap_or(field.len()));
            fields.push((decoded(name)?, decoded(value.get(1..).unwrap_or_default())?));
        }
    }
    Some(fields)
}

/// Takes the value of the field called `name`, empty where there is none; `None` where there are two.
fn take(fields: &mut [(String, String)], name: &str) -> Option<String> {
    let mut values = fields.iter_mut().filter(|(field, _)| field == name).map(|(_, value)| mem::take(value));
    let value = values.next().unwrap_or_default();
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prop_assert_eq, proptest, sample::select};

    use super::*;

    #[test]
    fn a_replacement_character_is_the_senders_own_or_a_refusal() {
        let cases: [(&[u8], bool); 9] = [
            (b"a=%EF%BF%BD", true),
            (b"%EF%BF%BD=b&c=d", true),
            (b"a=%FF", false),
            (b"%FF=b&c=d", false),
            (b"a=%EF%BF%BD&b=%FF", false),
            (b"a=%C3&b=%A9", false), // two halves of é make none
            (b"a=\xC3%A9", true),    // but it may be escaped in half
            (b"a=%C3\xA9", true),
            (b"a=\xFF", false),
        ];
        for (form, is_utf8) in cases {
            assert_eq!(fields(form).is_some(), is_utf8, "{}", form.escape_ascii());
        }
    }

    const PARTS: [&[u8]; 14] =
        [b"a", b"&", b"=", b"+", b" ", b"%", b"%4", b"4", b"%26", b"%2b", b"%C3", b"%A9", b"\xC3", b"\xA9"];

    proptest! {
        /// `serde_urlencoded` writes U+FFFD for what is not UTF-8.
        #[test]
        fn fields_are_those_of_serde_urlencoded_unless_it_is_lossy(
            parts in vec(select(&PARTS), 0..12),
        ) {
            let form = parts.concat();
            let expected: Vec<(String, String)> = serde_urlencoded::from_bytes(&form).unwrap();
            let is_lossy = format!("{expected:?}").contains(char::REPLACEMENT_CHARACTER);
            prop_assert_eq!(fields(&form), (!is_lossy).then_some(expected));
        }
    }
}
