//! A webhook as the parking queue holds it: one message, which says everything.
//!
//! | it could not be … | the message holds | and when it is handled, it is |
//! |---|---|---|
//! | verified | the request | verified, then published |
//! | published | the event | published, whatever has become of the secret |
//!
//! A message may wait for 14 days, and the function that handles it may be another one than wrote it: a
//! version that was ever written stays readable.
//!
//! Messages are ASCII, because SQS silently replaces what XML cannot hold (U+FFFF by U+FFFD; `SendMessage`,
//! Amazon SQS API Reference), and signed bytes must not change. Body and detail are in base64, so that every one of up
//! to 780 KB fits, whatever characters it has.

use std::time::SystemTime;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::value::RawValue;
use time::OffsetDateTime;

use crate::{
    arrival::{Arrival, Content, HttpRequest},
    event::Event,
    json::Members,
    scheme::Scheme,
    text, timestamp,
};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    version: u32,
    request_id: Option<String>,
    source_ip: Option<String>,
    trace_id: Option<String>,
    #[serde(with = "timestamp")]
    received_at: OffsetDateTime,
    #[serde(flatten)]
    content: Parked,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Parked {
    Request {
        scheme: String,
        /// Those that the scheme reads.
        headers: Vec<(String, String)>,
        body: Base64,
    },
    #[serde(rename_all = "camelCase")]
    Event { source: String, detail_type: String, detail: Base64 },
}

struct Base64(Vec<u8>);

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

/// The message for a request that could not be verified.
#[must_use]
pub fn request(arrival: &Arrival, request: &HttpRequest, scheme: &dyn Scheme) -> String {
    let header = scheme.header();
    let values = request.headers.all(header).flatten();
    message(
        arrival,
        Parked::Request {
            scheme: scheme.name().to_owned(),
            headers: values.map(|value| (header.to_owned(), value.to_owned())).collect(),
            body: Base64(request.raw_body.clone()),
        },
    )
}

/// The message for an event that could not be published.
#[must_use]
pub fn event(arrival: &Arrival, Event { source, detail_type, detail }: Event) -> String {
    message(arrival, Parked::Event { source, detail_type, detail: Base64(detail.into_bytes()) })
}

fn message(arrival: &Arrival, content: Parked) -> String {
    let message = Message {
        version: VERSION,
        request_id: arrival.request_id.clone(),
        source_ip: arrival.source_ip.clone(),
        trace_id: arrival.trace_id.clone(),
        received_at: arrival.received_at.into(),
        content,
    };
    // Strings and a number: nothing that JSON could not hold.
    let json = serde_json::to_string(&message).unwrap_or_default();
    text::escaped(&json, |character| !character.is_ascii()).into_owned()
}

impl Arrival {
    /// The one message in an event of the queue's event source mapping ("Using Lambda with Amazon SQS",
    /// AWS Lambda Developer Guide).
    #[must_use]
    pub fn of_parking_queue(records: &RawValue) -> Self {
        let records: Vec<Members> = serde_json::from_str(records.get()).unwrap_or_default();
        let [record] = records.as_slice() else {
            return Self::unreadable(&Members::default(), "the event does not hold exactly one message");
        };
        let body = record.string("body").unwrap_or_default();
        let message = serde_json::from_str(&body).ok().filter(|message: &Message| message.version == VERSION);
        message
            .and_then(Self::of_message)
            .unwrap_or_else(|| Self::unreadable(record, "the message is none of ours"))
    }

    fn of_message(message: Message) -> Option<Self> {
        let content = match message.content {
            Parked::Request { scheme, headers, body: Base64(raw_body) } => Content::Request(HttpRequest {
                method: "POST".into(),
                headers: headers.into_iter().collect(),
                raw_body,
                parked_under: Some(scheme),
            }),
            Parked::Event { source, detail_type, detail: Base64(detail) } => {
                let detail = String::from_utf8(detail).ok()?;
                // Of anything but an object, EventBridge would be asked in vain.
                serde_json::from_str::<Members>(&detail).ok()?;
                Content::Event(Event { source, detail_type, detail })
            }
        };
        Some(Self {
            request_id: message.request_id,
            source_ip: message.source_ip,
            trace_id: message.trace_id,
            received_at: message.received_at.into(),
            content: Ok(content),
            is_parked: true,
        })
    }

    /// It has the id that SQS gave it, and the time when SQS got it.
    fn unreadable(record: &Members, reason: &'static str) -> Self {
        Self {
            request_id: record.string("messageId"),
            source_ip: None,
            trace_id: None,
            received_at: sent_at(record).unwrap_or_else(SystemTime::now),
            content: Err(reason),
            is_parked: true,
        }
    }
}

/// When SQS got it: milliseconds since the epoch, as a string.
fn sent_at(record: &Members) -> Option<SystemTime> {
    let millis = record.object("attributes").string("SentTimestamp")?;
    timestamp::parse_epoch_millis(&millis).map(SystemTime::from)
}
