//! What consumers receive: the shape of Genesys's native EventBridge integration, so that the same
//! consumer and the same `detail` filter serve both ("Amazon EventBridge integration", Genesys
//! Cloud Resource Center).

use serde::Serialize;
use serde_json::value::RawValue;
use time::{
    OffsetDateTime, UtcOffset,
    format_description::{StaticFormatDescription, well_known::Rfc3339},
    macros::format_description,
};

use crate::{
    arrival::Arrival,
    limits,
    outcome::Refusal,
    scheme::{Description, Scheme},
};

/// The `DetailType` of an event whose payload gives none that EventBridge takes.
const DEFAULT_DETAIL_TYPE: &str = "genesys.webhook";

/// RFC 3339, UTC, milliseconds.
const TIMESTAMP: StaticFormatDescription =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

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
        let received_at = timestamp(arrival.received_at.into());
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
            timestamp: description.occurred_at.map_or_else(|| received_at.clone(), timestamp),
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

fn timestamp(time: OffsetDateTime) -> String {
    time.format(TIMESTAMP).unwrap_or_default()
}

/// Parses an RFC 3339 time (ISO 8601 as Genesys writes it).
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<OffsetDateTime> {
    in_utc(OffsetDateTime::parse(text, &Rfc3339).ok()?)
}

/// Parses a JSON number of milliseconds since the epoch, which needs 64 bits.
#[must_use]
pub fn parse_epoch_millis(number: &str) -> Option<OffsetDateTime> {
    let millis: i64 = number.parse().ok()?;
    in_utc(OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()?)
}

/// The time in UTC, where its year has the four digits of RFC 3339.
fn in_utc(time: OffsetDateTime) -> Option<OffsetDateTime> {
    time.checked_to_offset(UtcOffset::UTC).filter(|utc| (0..=9999).contains(&utc.year()))
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

    #[test]
    fn times_are_published_in_utc_with_milliseconds() {
        for (text, published) in [
            ("2026-01-30T12:00:00+01:00", "2026-01-30T11:00:00.000Z"),
            ("2026-01-30T12:00:00.1239Z", "2026-01-30T12:00:00.123Z"),
        ] {
            assert_eq!(timestamp(parse_rfc3339(text).unwrap()), published);
        }
        assert_eq!(timestamp(parse_epoch_millis("1769774400123").unwrap()), "2026-01-30T12:00:00.123Z");
    }

    #[test]
    fn what_is_no_time_is_none() {
        let out_of_range = ["9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00"];
        for text in ["", "yesterday", "2026-01-30", "2026-13-01T00:00:00Z"].into_iter().chain(out_of_range) {
            assert!(parse_rfc3339(text).is_none(), "{text}");
        }
        for number in ["1.5", "true", "-99999999999999", "9223372036854775807", "99999999999999999999"] {
            assert!(parse_epoch_millis(number).is_none(), "{number}");
        }
    }
}
