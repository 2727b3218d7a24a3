//! What the function reads of an HTTP API's event, and nothing else. A member that the function does
//! not need may hold anything: it never makes a webhook fail.
//!
//! Source: payload format 2.0 ("Create AWS Lambda proxy integrations for HTTP APIs", API Gateway
//! Developer Guide).

use std::{borrow::Cow, time::SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::json::{self, Members};

/// A request and how it came in.
pub struct Arrival {
    /// API Gateway's request id.
    pub request_id: Option<String>,
    /// The address that API Gateway saw.
    pub source_ip: Option<String>,
    /// X-Ray's trace id. It comes with the invocation, not with the event.
    pub trace_id: Option<String>,
    /// When the function received it.
    pub received_at: SystemTime,
    /// The request, or why it cannot be read.
    pub request: Result<HttpRequest, &'static str>,
}

/// A request that can be read.
pub struct HttpRequest {
    /// As the sender wrote it.
    pub method: String,
    /// Every header.
    pub headers: Headers,
    /// The body's bytes, after base64.
    pub raw_body: Vec<u8>,
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

/// Never fails, because Lambda's runtime would answer an error instead of the function. Each part is
/// read by itself, so that the log has the id of a request that cannot be read.
impl<'de> Deserialize<'de> for Arrival {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Members::deserialize(deserializer).unwrap_or_default();
        let context = event.object("requestContext");
        let http = context.object("http");
        Ok(Self {
            request_id: context.string("requestId"),
            source_ip: http.string("sourceIp"),
            trace_id: None,
            received_at: SystemTime::now(),
            request: HttpRequest::read(&event, &http),
        })
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
        Ok(Self { method, headers, raw_body })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(event: &Value) -> Arrival {
        serde_json::from_str(&event.to_string()).unwrap()
    }

    fn event() -> Value {
        json!({
            "headers": { "X-Webhook-Key": "k" },
            "requestContext": { "requestId": "r-1", "http": { "method": "POST", "sourceIp": "192.0.2.1" } },
            "body": "aGk=",
            "isBase64Encoded": true,
        })
    }

    #[test]
    fn reads_the_members_that_are_needed() {
        let arrival = read(&event());
        assert_eq!(arrival.request_id.as_deref(), Some("r-1"));
        assert_eq!(arrival.source_ip.as_deref(), Some("192.0.2.1"));
        let request = arrival.request.ok().unwrap();
        assert_eq!((request.method.as_str(), request.raw_body.as_slice()), ("POST", b"hi".as_slice()));
        assert_eq!(request.headers.all("x-webhook-key").collect::<Vec<_>>(), [Some("k")]);
    }

    #[test]
    fn what_cannot_be_read_hides_neither_request_id_nor_source_address() {
        let mut events = [event(), event(), event(), event(), event()];
        events[0]["body"] = "***".into();
        events[1]["body"] = 1.into();
        events[2]["headers"] = json!([]);
        events[3]["isBase64Encoded"] = "yes".into();
        events[4]["requestContext"]["http"]["method"] = Value::Null;
        for event in events {
            let arrival = read(&event);
            assert!(arrival.request.is_err(), "{event}");
            assert_eq!(arrival.request_id.as_deref(), Some("r-1"), "{event}");
            assert_eq!(arrival.source_ip.as_deref(), Some("192.0.2.1"), "{event}");
        }
    }

    #[test]
    fn a_header_that_cannot_be_read_leaves_the_others() {
        let mut event = event();
        event["headers"] = json!({ "a": 1, "b": "line\nbreak", "c": "tab\tis fine, é too", "A": "again" });
        let headers = read(&event).request.ok().unwrap().headers;
        assert_eq!(headers.all("a").collect::<Vec<_>>(), [Some("again"), None]);
        assert_eq!(headers.all("b").collect::<Vec<_>>(), [None]);
        assert_eq!(headers.all("c").collect::<Vec<_>>(), [Some("tab\tis fine, é too")]);
        assert_eq!(headers.all("d").count(), 0);
    }

    #[test]
    fn any_json_at_all_is_an_arrival() {
        for event in ["null", "1", "[]", "\"text\"", "{}", r#"{"requestContext":[]}"#] {
            // As the runtime does it, which does not ask for the end of the JSON.
            let arrival = Arrival::deserialize(&mut serde_json::Deserializer::from_str(event)).unwrap();
            assert!(arrival.request.is_err(), "{event}");
        }
    }
}
