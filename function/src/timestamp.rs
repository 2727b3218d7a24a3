//! Points in time: as Genesys writes them, and as the published event has them.

use serde::Serializer;
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn written(time: OffsetDateTime) -> Value {
        serialize(&time, serde_json::value::Serializer).unwrap()
    }

    #[test]
    fn times_are_published_in_utc_with_milliseconds() {
        for (text, published) in [
            ("2026-01-30T12:00:00+01:00", "2026-01-30T11:00:00.000Z"),
            ("2026-01-30T12:00:00.1239Z", "2026-01-30T12:00:00.123Z"),
        ] {
            assert_eq!(written(parse_rfc3339(text).unwrap()), published);
        }
        assert_eq!(written(parse_epoch_millis("1769774400123").unwrap()), "2026-01-30T12:00:00.123Z");
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
