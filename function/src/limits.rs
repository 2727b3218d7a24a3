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
pub const PUBLISH_BUDGET: Duration = Duration::from_secs(4);

/// One attempt of a Secrets Manager call, so that a connection that hangs leaves time for a retry.
pub const SECRET_ATTEMPT_TIMEOUT: Duration = Duration::from_millis(700);

/// One attempt of a `PutEvents` call, for the same reason.
pub const PUBLISH_ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_500);

/// The first pause before the SDK retries. Its default of a second is made for batch jobs.
pub const INITIAL_BACKOFF: Duration = Duration::from_millis(50);

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
    fn everything_after_arrival_fits_the_request_budget() {
        assert!(REFRESH_BUDGET + PUBLISH_BUDGET < REQUEST_BUDGET);
    }

    #[test]
    fn a_request_that_also_retries_a_failed_init_phase_ends_before_the_sender_gives_up() {
        assert!(INIT_BUDGET + REQUEST_BUDGET < SENDER_TIMEOUT);
    }

    #[test]
    fn an_attempt_leaves_time_for_a_retry() {
        assert!(SECRET_ATTEMPT_TIMEOUT * 2 <= REFRESH_BUDGET);
        assert!(PUBLISH_ATTEMPT_TIMEOUT * 2 <= PUBLISH_BUDGET);
    }
}
