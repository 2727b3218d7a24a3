//! A webhook as it comes in, and what the function reads of an HTTP API's event: nothing else. A member
//! that the function does not need may hold anything: it never makes a webhook fail.
//!
//! Source: payload format 2.0 ("Create AWS Lambda proxy integrations for HTTP APIs", API Gateway
//! Developer Guide).

use std::{borrow::Cow, time::SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::value::RawValue;

use crate::{
    event::Event,
    json::{self, Members},
};

/// A webhook and how it came in.
pub struct Arrival {
    /// API Gateway's request id.
    pub request_id: Option<String>,
    /// The address that API Gateway saw.
    pub source_ip: Option<String>,
    /// X-Ray's trace id. It comes with the invocation, not with the HTTP API's event.
    pub trace_id: Option<String>,
    /// When the function received it.
    pub received_at: SystemTime,
    /// What came, or why it cannot be read.
    pub content: Result<Content, &'static str>,
    /// Whether it comes from the parking queue. Everything above is then of its arrival.
    pub is_parked: bool,
}

/// What is left to be done for a webhook.
pub enum Content {
    /// Everything.
    Request(HttpRequest),
    /// It was verified before it was parked: its event is to be published.
    Event(Event),
}

/// A request that can be read.
pub struct HttpRequest {
    /// As the sender wrote it.
    pub method: String,
    /// Every header.
    pub headers: Headers,
    /// The body's bytes, after base64.
    pub raw_body: Vec<u8>,
    /// The signature scheme that it was parked under, if it was.
    pub parked_under: Option<String>,
}

/// The headers of a request. Names are compared without regard to case.
#[derive(Default)]
pub struct Headers(Vec<(String, Option<String>)>);

impl Headers {
    /// Every value under `name`; `None` for one that cannot be read, because it is no string or
    /// holds a control character.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = Option<&'a str>> {
        self.0
            .iter()
            .filter(move |(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_deref())
    }

    fn of(object: &RawValue) -> Option<Self> {
        let readable = |value| json::string(value).filter(|text| !text.chars().any(is_illegal));
        let headers = Members::of(object)?;
        Some(Self(headers.iter().map(|(name, value)| (name, readable(value).map(Cow::into_owned))).collect()))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        Self(headers.into_iter().map(|(name, value)| (name.into(), Some(value.into()))).collect())
    }
}

/// What no header's value may hold (RFC 9110, section 5.5).
fn is_illegal(character: char) -> bool {
    character.is_ascii_control() && character != '\t'
}

impl Arrival {
    /// The request in an HTTP API's event. Each part is read by itself, so that the log has the id of a
    /// request that cannot be read.
    #[must_use]
    pub fn of_http_api(event: &Members) -> Self {
        let context = event.object("requestContext");
        let http = context.object("http");
        Self {
            request_id: context.string("requestId"),
            source_ip: http.string("sourceIp"),
            trace_id: None,
            received_at: SystemTime::now(),
            content: HttpRequest::read(event, &http).map(Content::Request),
            is_parked: false,
        }
    }
}

impl HttpRequest {
    fn read(event: &Members, http: &Members) -> Result<Self, &'static str> {
        let method = http.string("method").ok_or("the event is not an HTTP API's")?;
        let headers = match event.given("headers") {
            Some(headers) => Headers::of(headers).ok_or("the event's headers are not an object")?,
            None => Headers::default(),
        };
        let body = match event.given("body") {
            Some(body) => json::string(body).ok_or("the event's body is not a string")?,
            None => Cow::default(),
        };
        let raw_body = match event.given("isBase64Encoded").map(RawValue::get) {
            None | Some("false") => body.into_owned().into_bytes(),
            Some("true") => STANDARD
                .decode(body.as_bytes())
                .map_err(|_| "the event's body is not the base64 that it is said to be")?,
            Some(_) => return Err("the event's isBase64Encoded is not true or false"),
        };
        Ok(Self { method, headers, raw_body, parked_under: None })
    }
}
