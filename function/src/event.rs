//! What consumers receive: the shape of Genesys's native EventBridge integration, so that the same
//! consumer and the same `detail` filter serve both ("Amazon EventBridge integration", Genesys
//! Cloud Resource Center).

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    arrival::Arrival,
    limits,
    outcome::Refusal,
    scheme::{Description, Scheme},
    timestamp,
};

/// The `DetailType` of an event whose payload gives none that EventBridge takes.
const DEFAULT_DETAIL_TYPE: &str = "genesys.webhook";

/// One `PutEvents` entry. Its `Time` is left to EventBridge: an archive replays by it, and a
/// sender's own clock would break its windows.
#[derive(Debug)]
pub struct Event<'a> {
    /// `Source`.
    pub source: &'a str,
    /// `DetailType`.
    pub detail_type: &'a str,
    /// `Detail`: JSON, with the verified payload in it byte by byte.
    pub detail: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail<'a> {
    topic_name: &'a str,
    version: &'static str,
    event_body: &'a RawValue,
    metadata: Metadata<'a>,
    timestamp: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    #[serde(rename = "CorrelationId")]
    correlation_id: &'a str,
    scheme: &'static str,
    dedupe_key: &'a str,
    received_at: &'a str,
    secret_version_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
}

impl<'a> Event<'a> {
    /// The entry for a verified payload.
    ///
    /// # Errors
    /// [`Refusal::EventTooLarge`] where EventBridge would not take it.
    pub fn new(
        source: &'a str,
        payload: &RawValue,
        description: &'a Description,
        dedupe_key: &str,
        arrival: &Arrival,
        scheme: &dyn Scheme,
        secret_version_id: &str,
    ) -> Result<Self, Refusal> {
        let detail_type = detail_type(description);
        let received_at = timestamp::format(arrival.received_at.into());
        let detail = Detail {
            topic_name: detail_type,
            version: "2",
            event_body: payload,
            metadata: Metadata {
                correlation_id: arrival.request_id.as_deref().unwrap_or_default(),
                scheme: scheme.name(),
                dedupe_key,
                received_at: &received_at,
                secret_version_id,
                trace_id: arrival.trace_id.as_deref(),
            },
            timestamp: description.occurred_at.map_or_else(|| received_at.clone(), timestamp::format),
        };
        let detail = serde_json::to_string(&detail)
            .map_err(|_| Refusal::Internal { reason: "the event cannot be written as JSON" })?;
        if source.len() + detail_type.len() + detail.len() > limits::MAX_ENTRY_BYTES {
            return Err(Refusal::EventTooLarge);
        }
        Ok(Self { source, detail_type, detail })
    }
}

fn detail_type<'a>(description: &'a Description) -> &'a str {
    let fits = |name: &&str| {
        !name.is_empty()
            && name.chars().count() <= limits::MAX_DETAIL_TYPE_CHARS
            && !name.chars().any(char::is_control)
    };
    description.detail_type.as_deref().filter(fits).unwrap_or(DEFAULT_DETAIL_TYPE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_type(detail_type: &str) -> Description<'_> {
        Description { detail_type: Some(detail_type.into()), ..Description::default() }
    }

    #[test]
    fn a_detail_type_that_is_empty_too_long_or_holds_control_characters_is_replaced() {
        let (longest, too_long) = ("é".repeat(128), "é".repeat(129));
        assert_eq!(detail_type(&of_type(&longest)), longest);
        let controls = ["a\nb", "a\0", "\u{7f}", "\u{9b}31m"].map(of_type);
        for refused in [of_type(&too_long), of_type(""), Description::default()].iter().chain(&controls) {
            assert_eq!(detail_type(refused), "genesys.webhook");
        }
    }
}
