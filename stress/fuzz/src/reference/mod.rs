//! The contract, written a second time and as plainly as can be: no serde, other crates for MAC,
//! hex and base64, no thought of speed or of constant time. Where it and the function differ, one is wrong.

pub mod encoding;
pub mod event;
pub mod json;

use data_encoding::{BASE64, HEXLOWER};
use json::{Json, Kind};
use ring::{digest, hmac};

/// A signature scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Form,
    OpenMessaging,
    StaticToken,
}

impl Scheme {
    pub const ALL: [Self; 3] = [Self::Form, Self::OpenMessaging, Self::StaticToken];

    /// The name in the function's configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::OpenMessaging => "open-messaging",
            Self::StaticToken => "static-token",
        }
    }

    /// The header that carries the credential.
    #[must_use]
    pub fn header(self) -> &'static str {
        match self {
            Self::Form => "x-genesys-webhook-signature",
            Self::OpenMessaging => "x-hub-signature-256",
            Self::StaticToken => "x-webhook-key",
        }
    }

    /// What a sender who knows `key` writes after the header's fixed prefix, or into the form's field.
    #[must_use]
    pub fn credential(self, key: &str, message: &[u8]) -> String {
        match self {
            Self::Form => hex(&hmac(key, message)),
            Self::OpenMessaging => BASE64.encode(&hmac(key, message)),
            Self::StaticToken => key.to_owned(),
        }
    }

    fn tag(self, key: &str, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Form | Self::OpenMessaging => hmac(key, message),
            Self::StaticToken => key.into(),
        }
    }
}

fn hmac(key: &str, message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), message).as_ref().into()
}

/// SHA-256 in lower-case hex.
#[must_use]
pub fn sha256_hex(message: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, message).as_ref())
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// A request as API Gateway hands it on.
#[derive(Debug, Default)]
pub struct Request {
    pub method: String,
    /// Names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

/// How a request ends, where every AWS service answers.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    MethodNotAllowed,
    Malformed,
    Unauthorized,
    InvalidPayload,
    Accepted(Accepted),
}

/// What is published.
#[derive(Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Which of the keys verified it.
    pub key: usize,
    pub detail_type: String,
    pub event_body: String,
    pub dedupe_key: String,
}

impl Verdict {
    #[must_use]
    pub fn status(&self) -> i64 {
        match self {
            Self::MethodNotAllowed => 405,
            Self::Malformed | Self::InvalidPayload => 400,
            Self::Unauthorized => 401,
            Self::Accepted(_) => 200,
        }
    }
}

/// The body that goes with a status; several where the reason decides. No other status is of the contract.
#[must_use]
pub fn bodies(status: i64) -> &'static [&'static str] {
    match status {
        200 => &[r#"{"status":"success"}"#],
        400 => &[r#"{"error":"Missing webhook or signature"}"#, r#"{"error":"Invalid JSON payload"}"#],
        401 => &[r#"{"error":"Unauthorized"}"#],
        405 => &[r#"{"error":"Method Not Allowed"}"#],
        413 => &[r#"{"error":"Payload Too Large"}"#],
        500 => &[r#"{"error":"Internal Server Error"}"#],
        _ => &[],
    }
}

/// What has to become of a request where these keys are in force.
#[must_use]
pub fn judge(scheme: Scheme, keys: &[&str], request: &Request) -> Verdict {
    if request.method != "POST" {
        return Verdict::MethodNotAllowed;
    }
    let (message, tags) = match extract(scheme, request) {
        Ok(signed) => signed,
        Err(refused) => return refused,
    };
    let Some(key) = verifying_key(scheme, keys, &message, &tags) else { return Verdict::Unauthorized };
    let payload = Json::parse(&message).filter(|payload| payload.members().is_some());
    let Some((payload, detail_type)) =
        payload.and_then(|payload| detail_type(scheme, &payload).map(|name| (payload, name)))
    else {
        return Verdict::InvalidPayload;
    };
    let takes = |name: &String| {
        !name.is_empty() && name.chars().count() <= 128 && !name.chars().any(char::is_control)
    };
    Verdict::Accepted(Accepted {
        key,
        detail_type: detail_type.filter(takes).unwrap_or_else(|| "genesys.webhook".into()),
        event_body: payload.text.into(),
        dedupe_key: dedupe_key(scheme, &payload, &message),
    })
}

/// The first key that every presented tag was made with.
#[must_use]
pub fn verifying_key(scheme: Scheme, keys: &[&str], message: &[u8], tags: &[Vec<u8>]) -> Option<usize> {
    keys.iter().position(|key| !tags.is_empty() && tags.iter().all(|tag| *tag == scheme.tag(key, message)))
}

/// What the sender of a body signs: nothing where a form has no message of its own.
#[must_use]
pub fn message(scheme: Scheme, body: &[u8]) -> Vec<u8> {
    match scheme {
        Scheme::Form => {
            let fields = encoding::form_fields(body);
            only(&fields, "webhook").ok().flatten().unwrap_or_default().as_bytes().to_vec()
        }
        Scheme::OpenMessaging | Scheme::StaticToken => body.into(),
    }
}

/// What was signed and every signature of it, decoded; of `static-token`, the token itself.
///
/// # Errors
/// [`Verdict::Malformed`] or [`Verdict::Unauthorized`].
pub fn extract(scheme: Scheme, request: &Request) -> Result<(Vec<u8>, Vec<Vec<u8>>), Verdict> {
    if request.body.is_empty() {
        return Err(Verdict::Malformed);
    }
    let presented: Vec<&[u8]> = request
        .headers
        .iter()
        .filter(|(name, _)| name == scheme.header())
        .map(|(_, value)| value.as_slice())
        .collect();
    match scheme {
        Scheme::Form => extract_form(&request.body, presented),
        Scheme::OpenMessaging | Scheme::StaticToken => {
            let credential = match presented[..] {
                [] | [b""] => return Err(Verdict::Malformed),
                [credential] => credential,
                _ => return Err(Verdict::Unauthorized),
            };
            let tag = match scheme {
                Scheme::StaticToken => Some(credential.to_vec()),
                _ => credential.strip_prefix(b"sha256=").and_then(encoding::base64_of_32_bytes),
            };
            Ok((request.body.clone(), vec![tag.ok_or(Verdict::Unauthorized)?]))
        }
    }
}

fn extract_form(body: &[u8], in_headers: Vec<&[u8]>) -> Result<(Vec<u8>, Vec<Vec<u8>>), Verdict> {
    let fields = encoding::form_fields(body);
    let message =
        only(&fields, "webhook")?.filter(|message| !message.is_empty()).ok_or(Verdict::Malformed)?;
    let in_field = only(&fields, "signature")?.map(str::as_bytes);
    let presented: Vec<&[u8]> =
        in_field.into_iter().chain(in_headers).filter(|signature| !signature.is_empty()).collect();
    if presented.is_empty() {
        return Err(Verdict::Malformed);
    }
    let tag = |signature| encoding::hex(signature).filter(|tag| tag.len() == 32);
    let tags: Option<_> = presented.into_iter().map(tag).collect();
    Ok((message.into(), tags.ok_or(Verdict::Unauthorized)?))
}

/// The value of a field that may stand once only.
fn only<'f>(fields: &'f [(String, String)], wanted: &str) -> Result<Option<&'f str>, Verdict> {
    let mut values = fields.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(Verdict::Malformed),
    }
}

/// The name under which a payload is published, before EventBridge's limits; `None` where the
/// payload breaks a rule of its scheme.
#[allow(clippy::option_option)]
fn detail_type(scheme: Scheme, payload: &Json) -> Option<Option<String>> {
    let string = |name| payload.get(name).and_then(Json::string).map(str::to_owned);
    let filled = |name| string(name).filter(|text| !text.is_empty());
    match scheme {
        Scheme::Form => {
            let conversation_is_sound = payload
                .get("conversation")
                .is_none_or(|conversation| conversation.get("id").is_some_and(|id| id.string().is_some()));
            let event_type_is_sound = payload.get("eventType").is_none_or(|value| value.string().is_some());
            let given_once = payload.count("eventType") <= 1 && payload.count("conversation") <= 1;
            (conversation_is_sound && event_type_is_sound && given_once).then(|| string("eventType"))
        }
        Scheme::OpenMessaging => {
            let part = |name| filled(name).unwrap_or_else(|| "unknown".into());
            Some(Some(format!("genesys.openmessaging.{}.{}", part("direction"), part("type")).to_lowercase()))
        }
        Scheme::StaticToken => Some(filled("topicName").or_else(|| filled("eventType"))),
    }
}

/// Of an open-messaging payload that is no `Event` and has its ids and its time: the digest of these
/// as a JSON array. Of any other: its own.
fn dedupe_key(scheme: Scheme, payload: &Json, message: &[u8]) -> String {
    if scheme == Scheme::OpenMessaging
        && let Some(identity) = identity(payload)
    {
        return sha256_hex(identity.as_bytes());
    }
    sha256_hex(message)
}

fn identity(payload: &Json) -> Option<String> {
    let given = |name| payload.get(name).filter(|value| !matches!(value.kind, Kind::Null));
    let quoted = |text: &str| serde_json::json!(text).to_string();
    let filled = |object: &Json, name| object.get(name)?.string().filter(|text| !text.is_empty()).map(quoted);
    let optional = |name| given(name).map_or(Some("null".into()), |value| value.string().map(quoted));
    let is_event =
        given("type").and_then(Json::string).is_some_and(|kind| kind.eq_ignore_ascii_case("event"));
    if is_event || given("events").is_some() {
        return None;
    }
    let channel = payload.get("channel")?;
    let parts = [
        filled(channel, "id")?,
        filled(payload, "id")?,
        optional("type")?,
        optional("status")?,
        filled(channel, "time")?,
    ];
    Some(format!("[{}]", parts.join(",")))
}
