//! Points in time: as Genesys writes them, and as the published event has them.

use serde::{Deserialize, Deserializer, Serializer, de::Error};
use time::{
    OffsetDateTime, UtcOffset,
    format_description::{StaticFormatDescription, well_known::Rfc3339},
    macros::format_description,
};

/// RFC 3339, in UTC, with milliseconds.
const PUBLISHED: StaticFormatDescription =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Serialises a time, which is in UTC, as it is published.
///
/// # Errors
/// The serialiser's.
pub fn serialize<S: Serializer>(time: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.format(PUBLISHED).unwrap_or_default())
}

/// Deserialises an RFC 3339 time, into UTC.
///
/// # Errors
/// Where it is none.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OffsetDateTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_rfc3339(&text).ok_or_else(|| D::Error::custom("not an RFC 3339 time"))
}

/// Parses an RFC 3339 time (ISO 8601 as Genesys writes it), into UTC.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<OffsetDateTime> {
    in_utc(OffsetDateTime::parse(text, &Rfc3339).ok()?)
}

/// Parses a JSON number of milliseconds since the epoch, which needs 64 bits, into UTC.
#[must_use]
pub fn parse_epoch_millis(number: &str) -> Option<OffsetDateTime> {
    let millis: i64 = number.parse().ok()?;
    in_utc(OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()?)
}

/// The time in UTC, where its year has the four digits of RFC 3339.
fn in_utc(time: OffsetDateTime) -> Option<OffsetDateTime> {
    time.checked_to_offset(UtcOffset::UTC).filter(|utc| (0..=9999).contains(&utc.year()))
}
