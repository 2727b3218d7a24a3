//! Where a webhook waits that cannot be handled yet: the seam, and Amazon SQS behind it. The only module
//! that names the SQS client.

use std::{future::Future, sync::OnceLock};

use aws_config::SdkConfig;
use aws_sdk_sqs::{Client, operation::send_message::SendMessageError};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;

use crate::{limits, retry, sdk};

/// A durable place for messages: `Ok` means that it has this one.
pub trait Parking {
    /// Parks one message.
    ///
    /// # Errors
    /// Why it was not taken.
    fn park(&self, message: String) -> impl Future<Output = Result<(), ParkingError>> + Send;
}

/// Why a message was not parked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}")]
pub struct ParkingError {
    /// AWS's error code, or the SDK's kind of failure.
    pub code: String,
}

/// An Amazon SQS queue.
///
/// Its client is made, and its connection opened, when the first message is parked: nearly every
/// environment ends without one.
pub struct ParkingQueue {
    sdk: SdkConfig,
    url: String,
    client: OnceLock<Client>,
}

impl ParkingQueue {
    /// The queue with this URL.
    #[must_use]
    pub fn new(sdk: &SdkConfig, url: String) -> Self {
        Self { sdk: sdk.clone(), url, client: OnceLock::new() }
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| {
            let config = aws_sdk_sqs::config::Builder::from(&self.sdk)
                .timeout_config(retry::time_outs(limits::PARKING_ATTEMPT_TIMEOUT, limits::PARKING_BUDGET))
                .retry_config(retry::attempts())
                .retry_partition(retry::no_quota())
                .retry_classifier(retry::WorthAnother(error_code))
                .interceptor(retry::CloseUnanswered)
                .build();
            Client::from_conf(config)
        })
    }
}

impl Parking for ParkingQueue {
    async fn park(&self, message: String) -> Result<(), ParkingError> {
        if message.len() > limits::MAX_MESSAGE_BYTES {
            return Err(ParkingError { code: "MessageTooLarge".into() });
        }
        let sent = self.client().send_message().queue_url(&self.url).message_body(message).send().await;
        let output = sent.map_err(|error| ParkingError { code: sdk::error_code(&error) })?;
        // Only a message id says that SQS has it.
        let id = output.message_id.filter(|id| !id.is_empty());
        id.map(drop).ok_or_else(|| ParkingError { code: "NoMessageId".into() })
    }
}

fn error_code(attempt: &InterceptorContext) -> Option<&str> {
    retry::code_of::<SendMessageError>(attempt)
}
