//! HTTP API events (API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP
//! APIs", payload format 2.0).

use data_encoding::BASE64;

use super::{
    Request, Scheme, extract,
    json::{Json, Kind},
    verifying_key,
};

/// The request in an event that AWS could have sent; `None` where AWS sends no such event.
#[must_use]
pub fn request(event: &[u8]) -> Option<Request> {
    let event = Json::parse(event)?;
    let top = unique_members(&event)?;
    let mut request = Request::default();
    let (mut body, mut base64) = ("", false);
    for (name, value) in &top {
        match (*name, &value.kind) {
            ("version" | "routeKey" | "rawQueryString", Kind::String(Some(_))) => {}
            ("rawPath", Kind::String(Some(path))) if path.starts_with('/') => {}
            ("isBase64Encoded", Kind::Bool(is)) => base64 = *is,
            ("body", Kind::String(Some(text))) => body = text,
            ("headers", _) => request.headers = headers(value)?,
            ("requestContext", _) => request.method = method(value)?,
            _ => return None,
        }
    }
    let has = |wanted| top.iter().any(|(name, _)| *name == wanted);
    request.body = if base64 { decode(body)? } else { body.into() };
    (has("headers") && has("requestContext")).then_some(request)
}

/// Whether some credential in an event verifies its body, however odd the event: nothing may be
/// accepted without one.
#[must_use]
pub fn holds_a_credential(scheme: Scheme, keys: &[&str], event: &[u8]) -> bool {
    let Some(event) = Json::parse(event) else { return false };
    let Some(text) = event.get("body").and_then(Json::string) else { return false };
    let credentials = event.get("headers").and_then(Json::members).unwrap_or_default();
    let texts = credentials
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(scheme.header()))
        .filter_map(|(_, value)| value.string())
        .map(|text| vec![(scheme.header().to_owned(), text.as_bytes().to_vec())])
        .chain([Vec::new()]);
    let bodies = [Some(text.as_bytes().to_vec()), decode(text)];
    let mut requests = texts.flat_map(|headers| {
        bodies.iter().flatten().map(move |body| Request {
            method: "POST".into(),
            headers: headers.clone(),
            body: body.clone(),
        })
    });
    requests.any(|request| {
        extract(scheme, &request)
            .is_ok_and(|(message, tags)| verifying_key(scheme, keys, &message, &tags).is_some())
    })
}

/// The members of an object in which each name is text and stands once.
fn unique_members<'j>(object: &'j Json) -> Option<Vec<(&'j str, &'j Json<'j>)>> {
    let Kind::Object(all) = &object.kind else { return None };
    let members = object.members()?;
    let is_unique = |(name, _): &(&str, _)| object.count(name) == 1;
    (members.len() == all.len() && members.iter().all(is_unique)).then_some(members)
}

/// API Gateway lower-cases names and joins repeated headers; values hold no control characters.
fn headers(value: &Json) -> Option<Vec<(String, Vec<u8>)>> {
    let header = |(name, value): (&str, &Json)| {
        let value = value.string()?;
        let is_sound = is_token(name) && name.to_lowercase() == name && !value.chars().any(char::is_control);
        is_sound.then(|| (name.to_owned(), value.as_bytes().to_vec()))
    };
    unique_members(value)?.into_iter().map(header).collect()
}

fn method(context: &Json) -> Option<String> {
    let mut method = None;
    for (name, value) in unique_members(context)? {
        match (name, &value.kind) {
            (
                "accountId" | "apiId" | "domainName" | "domainPrefix" | "requestId" | "routeKey" | "time",
                _,
            ) => {
                value.string()?;
            }
            ("stage", _) if value.string() == Some("$default") => {}
            ("timeEpoch", Kind::Number) if value.text.parse::<u32>().is_ok() => {}
            ("http", _) => {
                for (name, value) in unique_members(value)? {
                    match name {
                        "method" => method = Some(value.string().filter(|text| is_token(text))?.to_owned()),
                        "path" | "protocol" | "sourceIp" | "userAgent" => drop(value.string()?),
                        _ => return None,
                    }
                }
            }
            _ => return None,
        }
    }
    method
}

/// RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    let is_token_char = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token_char)
}

/// Standard base64, as API Gateway writes it.
fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.as_bytes()).ok()
}
