//! What the AWS clients share: one HTTP client, so that root certificates are loaded once and
//! connections live in one pool, and one way to name an error without quoting it.

use aws_config::{
    BehaviorVersion, SdkConfig, environment::EnvironmentVariableCredentialsProvider,
    stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::{
    Builder,
    tls::{self, rustls_provider::CryptoMode},
};

/// Reads Region, endpoints and credentials from the environment, as Lambda provides them.
///
/// Credentials come from the environment alone, so that a misconfigured function fails at once
/// instead of asking an instance metadata address that Lambda does not have.
pub async fn load() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::Ring)).build_https())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        // The time-outs of each call end one that stalls. The SDK's own watch over the transfer rate would be a second
        // clock beside them, and takes 1.02 times the CPU at 1 KB (docs/decisions.md, "Speed").
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .load()
        .await
}

/// The AWS error code, or the kind of failure where AWS did not answer with one.
///
/// Never the error's message: it may quote what was sent.
pub fn error_code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error {
        SdkError::TimeoutError(_) => "TimeoutError",
        SdkError::DispatchFailure(_) => "DispatchFailure",
        SdkError::ResponseError(_) => "ResponseError",
        SdkError::ServiceError(service) => service.err().code().unwrap_or("ServiceError"),
        _ => "ConstructionFailure",
    }
    .into()
}

#[cfg(test)]
mod tests {
    use aws_sdk_eventbridge::operation::put_events::PutEventsError;

    use super::*;

    #[test]
    fn an_answer_that_cannot_be_read_is_named_and_not_quoted() {
        let error: SdkError<PutEventsError, ()> = SdkError::response_error("of a proxy", ());
        assert_eq!(error_code(&error), "ResponseError");
    }
}
