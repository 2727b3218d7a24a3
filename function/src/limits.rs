//! Every time-out and size limit, in one place, so that their sum can be checked.
//!
//! Genesys gives up on a webhook after 10 s, and so does Lambda (the function's own time-out).
//! Whatever happens after a request has arrived must therefore be over well before that.

use std::time::Duration;

/// When the sender gives up ("Open Messaging", Genesys Cloud Developer Center), and the function's own time-out.
pub const SENDER_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest a request may take once it has reached the function; the rest of
/// [`SENDER_TIMEOUT`] is for the network, the gateway and a retried init phase.
pub const REQUEST_BUDGET: Duration = Duration::from_secs(7);

/// Everything in the init phase: reading the secret and warming EventBridge, side by side.
pub const INIT_BUDGET: Duration = Duration::from_secs(2);

/// One refresh of the secret, or the wait for one that is running. A request has one at the most.
pub const REFRESH_BUDGET: Duration = Duration::from_millis(1_500);

/// Publishing one event, the SDK's retries included.
pub const PUBLISH_BUDGET: Duration = Duration::from_secs(3);

/// Parking one webhook, the SDK's retries included.
pub const PARKING_BUDGET: Duration = Duration::from_millis(2_300);

/// One attempt of a Secrets Manager call, so that a connection that hangs leaves time for a retry.
pub const SECRET_ATTEMPT_TIMEOUT: Duration = Duration::from_millis(700);

/// One attempt of a `PutEvents` call, for the same reason.
pub const PUBLISH_ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_250);

/// One attempt of a `SendMessage` call. Its first opens the connection, and a TLS handshake takes about
/// 0.75 s of a function with 128 MB.
pub const PARKING_ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_100);

/// The most attempts of one AWS call, as far as its budget goes.
pub const MAX_ATTEMPTS: u32 = 3;

/// The first pause before the SDK retries. Its default of a second is made for batch jobs.
pub const INITIAL_BACKOFF: Duration = Duration::from_millis(50);

/// The longest pause before the SDK retries, even where AWS asks for a longer one
/// (`x-amz-retry-after`): a webhook cannot wait for it.
pub const MAX_BACKOFF: Duration = Duration::from_millis(500);

/// The largest raw body (after base64) that is read: 3.5 MiB.
///
/// A synchronous invocation carries 6,291,456 bytes, about 4.5 MB of raw body once it is base64
/// (AWS Lambda quotas); this leaves room for the headers.
pub const MAX_RAW_BODY_BYTES: usize = 3_584 * 1_024;

/// The largest `PutEvents` entry: *less than* 1 MB (API reference) since January 2026 (AWS Compute
/// Blog), 256 KB before.
///
/// An entry's size is the UTF-8 bytes of its source, detail-type and detail ("Calculating
/// `PutEvents` event entry size", Amazon EventBridge User Guide).
pub const MAX_ENTRY_BYTES: usize = 1_024 * 1_024 - 1;

/// The largest SQS message: 1 MiB since January 2026 (AWS Compute Blog), 256 KiB before.
pub const MAX_MESSAGE_BYTES: usize = 1_024 * 1_024;

/// The longest `DetailType`, in characters (`PutEvents` API reference).
pub const MAX_DETAIL_TYPE_CHARS: usize = 128;

/// Payload strings are cut to this many characters in the log.
pub const MAX_LOGGED_CHARS: usize = 128;

/// So many characters of a `dedupeKey` are in the log: 64 bits of its digest.
pub const LOGGED_KEY_CHARS: usize = 16;

/// What a refused sender is asked to wait before it tries again, in seconds.
pub const RETRY_AFTER_SECONDS: u16 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_out_leaves_room_in_the_one_around_it() {
        assert!(SECRET_ATTEMPT_TIMEOUT * 2 <= REFRESH_BUDGET, "an attempt leaves time for a retry");
        assert!(PUBLISH_ATTEMPT_TIMEOUT * 2 + MAX_BACKOFF <= PUBLISH_BUDGET);
        assert!(PARKING_ATTEMPT_TIMEOUT * 2 + INITIAL_BACKOFF <= PARKING_BUDGET);
        assert!(REFRESH_BUDGET + PUBLISH_BUDGET + PARKING_BUDGET < REQUEST_BUDGET);
        assert!(INIT_BUDGET + REQUEST_BUDGET < SENDER_TIMEOUT, "a request may retry a failed init phase");
    }

    /// What the docs say of a limit follows from it.
    #[test]
    fn the_docs_have_these_numbers() {
        let [contract, events, genesys, operations, runbook] = [
            include_str!("../../docs/contract.md"),
            include_str!("../../docs/events.md"),
            include_str!("../../docs/genesys.md"),
            include_str!("../../docs/operations.md"),
            include_str!("../../docs/runbook.md"),
        ];
        let security = include_str!("../../SECURITY.md");
        let (request, refresh) = (REQUEST_BUDGET.as_secs(), REFRESH_BUDGET.as_secs_f64());
        let (publish, parking) = (PUBLISH_BUDGET.as_secs(), PARKING_BUDGET.as_secs_f64());
        let entry =
            format!("1,{:03},{:03}", (MAX_ENTRY_BYTES + 1) / 1_000 % 1_000, (MAX_ENTRY_BYTES + 1) % 1_000);
        let raw_body_kib = MAX_RAW_BODY_BYTES / 1_024;
        let raw_body = format!("{}.{} MiB", raw_body_kib / 1_024, raw_body_kib % 1_024 * 10 / 1_024);
        let sentences = [
            (genesys, format!("The function answers within {request} seconds")),
            (operations, format!("| {request} s, the most a request may take |")),
            (operations, format!("{raw_body} of raw body (`body_too_large`)")),
            (
                runbook,
                format!(
                    "{refresh} s for a refresh of the secrets, {publish} s for a publish, {parking} s for parking"
                ),
            ),
            (runbook, format!("raw body over {raw_body}")),
            (runbook, format!("cut to {MAX_LOGGED_CHARS} characters")),
            (runbook, format!("the first {LOGGED_KEY_CHARS} characters of the event's `metadata.dedupeKey`")),
            (contract, format!("raw body (after base64) over {raw_body}")),
            (contract, format!("an event of 1 MB ({entry} bytes) or more")),
            (contract, format!("503, `Retry-After: {RETRY_AFTER_SECONDS}`")),
            (contract, format!("at most {MAX_ATTEMPTS} attempts")),
            (events, format!("over {MAX_DETAIL_TYPE_CHARS} characters")),
            (security, format!("413 over {raw_body}")),
        ];
        for (doc, sentence) in sentences {
            assert!(doc.contains(&sentence), "no document says: {sentence}");
        }
    }
}
