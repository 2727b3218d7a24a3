//! Which failures of an AWS call are worth another attempt, and over which connection it goes.
//!
//! | an attempt ended with | another one | its connection |
//! |---|---|---|
//! | no answer: too late, or cut off | yes | never used again |
//! | a status of 500, 502, 503 or 504 | yes | never used again |
//! | a throttle | yes | stays |
//! | `InternalFailure` or `ThrottlingException` of an entry, inside a 200 | yes | stays |
//! | `InvalidSignatureException`, `SignatureDoesNotMatch` | yes, signed anew | stays |
//! | anything else | no | stays |
//!
//! How many there are, and how long they may take, is in [`crate::limits`]. The SDK by itself tries
//! neither an entry's failure nor a refused signature again, keeps an HTTP/2 connection that died
//! silently, and stops retrying once some 25 calls have failed.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        connection::CaptureSmithyConnection,
        interceptors::{
            Intercept,
            context::{
                BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef, InterceptorContext,
            },
        },
        retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{
    config_bag::{ConfigBag, Storable, StoreReplace},
    error::metadata::ProvideErrorMetadata,
    retry::RetryConfig,
    timeout::TimeoutConfig,
};

use crate::limits;

/// A few attempts, with short pauses.
#[must_use]
pub fn attempts() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(limits::MAX_ATTEMPTS)
        .with_initial_backoff(limits::INITIAL_BACKOFF)
        .with_max_backoff(limits::MAX_BACKOFF)
}

/// The time-outs of one attempt and of the whole call.
#[must_use]
pub fn time_outs(attempt: Duration, call: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(attempt).operation_timeout(call).build()
}

/// Takes away the SDK's quota of retries, which an outage uses up: the first webhook after it would
/// have one attempt only. Each call's time-out limits its retries anyway.
#[must_use]
pub fn no_quota() -> RetryPartition {
    RetryPartition::custom("no quota").token_bucket(TokenBucket::unlimited()).build()
}

/// Adds to what the SDK itself tries again. Holds how a client reads an attempt's error code.
#[derive(Debug)]
pub struct WorthAnother(pub fn(&InterceptorContext) -> Option<&str>);

impl ClassifyRetry for WorthAnother {
    fn classify_retry(&self, attempt: &InterceptorContext) -> RetryAction {
        match (self.0)(attempt) {
            // `PutEventsResultEntry`, EventBridge API reference: the two codes that are retryable.
            Some("InternalFailure") => RetryAction::server_error(),
            Some("ThrottlingException") => RetryAction::throttling_error(),
            // The SDK corrects a clock that is wrong, and gives up on one that was and no longer is,
            // as after an environment was frozen between signing and sending.
            // `SignatureDoesNotMatch` is SQS's name for it.
            Some("InvalidSignatureException" | "SignatureDoesNotMatch") => RetryAction::client_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "WorthAnother"
    }

    /// Runs before the SDK's classifier of HTTP statuses, whose verdict on the same failure then stands:
    /// because of it the SDK closes the connection of a call that failed with a 5xx.
    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_before(RetryClassifierPriority::http_status_code_classifier())
    }
}

/// The error code of a call that failed with `E`, the error of one operation.
#[must_use]
pub fn code_of<E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static>(
    attempt: &InterceptorContext,
) -> Option<&str> {
    attempt.output_or_error()?.err()?.as_operation_error()?.downcast_ref::<E>()?.code()
}

/// Takes the connection of every attempt that ended without an answer out of use, however it ended:
/// by its own time-out, by the call's, or because nobody waits for it any more.
///
/// Over HTTP/1.1 the connection is closed anyway. Over HTTP/2 it would go back to the pool, where
/// one that died silently fails every request until it has been idle for 90 s (aws-sdk-rust#1402).
#[derive(Debug)]
pub struct CloseUnanswered;

#[derive(Debug)]
struct Attempt {
    connection: CaptureSmithyConnection,
    is_answered: AtomicBool,
}

impl Storable for Attempt {
    type Storer = StoreReplace<Self>;
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !*self.is_answered.get_mut()
            && let Some(connection) = self.connection.get()
        {
            connection.poison();
        }
    }
}

impl Intercept for CloseUnanswered {
    fn name(&self) -> &'static str {
        "CloseUnanswered"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // The SDK's own interceptor puts it there for each attempt.
        if let Some(connection) = config.load::<CaptureSmithyConnection>().cloned() {
            config.interceptor_state().store_put(Attempt { connection, is_answered: AtomicBool::new(false) });
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        attempt: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_answered = match attempt.output_or_error() {
            Some(Ok(_)) => true,
            Some(Err(error)) => error.is_operation_error(),
            None => false,
        };
        if let Some(attempt) = config.load::<Attempt>() {
            attempt.is_answered.store(is_answered, Ordering::Relaxed);
        }
        Ok(())
    }
}
