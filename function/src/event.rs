//! What consumers receive: the shape of Genesys's native EventBridge integration, so that the same
//! consumer and the same `detail` filter serve both ("Amazon EventBridge integration", Genesys
//! Cloud Resource Center).

use serde::Serialize;
use serde_json::value::RawValue;
use time::OffsetDateTime;

use crate::{limits, outcome::Refusal, scheme::Description, timestamp};

/// The `DetailType` of an event whose payload gives none that EventBridge takes.
const DEFAULT_DETAIL_TYPE: &str = "genesys.webhook";

/// One `PutEvents` entry. It has no `Time`, so EventBridge sets the time of the call. A replay selects
/// archived events by `Time`: with the time of a sender's wrong clock, it would miss some.
#[derive(Debug, Clone)]
pub struct Event {
    /// `Source`.
    pub source: String,
    /// `DetailType`.
    pub detail_type: String,
    /// `Detail`: JSON, with the verified payload in it byte by byte.
    pub detail: String,
}

/// What the function itself says of a webhook: `metadata` in the `Detail`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata<'a> {
    /// API Gateway's request id; empty where the event had none.
    #[serde(rename = "CorrelationId")]
    pub correlation_id: &'a str,
    /// The name of the scheme that verified it.
    pub scheme: &'a str,
    /// The same for every delivery of one event.
    pub dedupe_key: &'a str,
    /// When the function received it.
    #[serde(serialize_with = "timestamp::serialize")]
    pub received_at: OffsetDateTime,
    /// The secret version that verified it.
    pub secret_version_id: &'a str,
    /// X-Ray's trace id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail<'a> {
    topic_name: &'a str,
    version: &'static str,
    event_body: &'a RawValue,
    metadata: &'a Metadata<'a>,
    #[serde(serialize_with = "timestamp::serialize")]
    timestamp: OffsetDateTime,
}

impl Event {
    /// The entry for a verified payload.
    ///
    /// # Errors
    /// [`Refusal::EventTooLarge`] where EventBridge would not take it.
    pub fn new(
        source: &str,
        payload: &RawValue,
        description: &Description,
        metadata: &Metadata,
    ) -> Result<Self, Refusal> {
        let detail_type = detail_type(description);
        let detail = Detail {
            topic_name: detail_type,
            version: "2",
            event_body: payload,
            metadata,
            timestamp: description.occurred_at.unwrap_or(metadata.received_at),
        };
        let detail = serde_json::to_string(&detail)
            .map_err(|_| Refusal::Internal { reason: "the event cannot be written as JSON" })?;
        if source.len() + detail_type.len() + detail.len() > limits::MAX_ENTRY_BYTES {
            return Err(Refusal::EventTooLarge);
        }
        Ok(Self { source: source.to_owned(), detail_type: detail_type.to_owned(), detail })
    }
}

fn detail_type(description: &Description) -> &str {
    let fits = |name: &&str| {
        !name.is_empty()
            && name.chars().count() <= limits::MAX_DETAIL_TYPE_CHARS
            && !name.chars().any(char::is_control)
    };
    description.detail_type.as_deref().filter(fits).unwrap_or(DEFAULT_DETAIL_TYPE)
}
