//! Where events go: the seam, and Amazon EventBridge behind it. The only module that names the
//! EventBridge client.

use std::future::Future;

use aws_config::SdkConfig;
use aws_sdk_eventbridge::{
    Client,
    error::SdkError,
    operation::put_events::{PutEventsError, PutEventsOutput},
    types::PutEventsRequestEntry,
};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use tracing::warn;

use crate::{event::Event, limits, outcome::Refusal, retry, sdk};

/// A durable destination: `Ok` means that it has the event.
pub trait Publisher {
    /// Publishes one event.
    ///
    /// # Errors
    /// [`Refusal::PublishFailed`] where a later try may succeed, [`Refusal::EventRefused`] where
    /// no try can.
    fn publish(&self, event: &Event) -> impl Future<Output = Result<(), Refusal>> + Send;
}

/// An Amazon EventBridge event bus.
pub struct EventBridge {
    client: Client,
    bus_name: String,
}

impl EventBridge {
    /// A client for the bus with this name or ARN.
    #[must_use]
    pub fn new(sdk: &SdkConfig, bus_name: String) -> Self {
        let config = aws_sdk_eventbridge::config::Builder::from(sdk)
            .timeout_config(retry::time_outs(limits::PUBLISH_ATTEMPT_TIMEOUT, limits::PUBLISH_BUDGET))
            .retry_config(retry::attempts())
            .retry_partition(retry::no_quota())
            .retry_classifier(retry::WorthAnother(error_code))
            .interceptor(retry::CloseUnanswered)
            .build();
        Self { client: Client::from_conf(config), bus_name }
    }

    /// Opens the connection that the first event will use, by a call that publishes nothing and
    /// needs no permission: any answer will do.
    pub async fn warm(&self) {
        match self.client.put_events().set_entries(Some(Vec::new())).send().await {
            Ok(_) | Err(SdkError::ServiceError(_)) => {}
            Err(error) => {
                warn!(error_code = sdk::error_code(&error), "EventBridge cannot be reached at cold start");
            }
        }
    }
}

impl Publisher for EventBridge {
    async fn publish(&self, event: &Event) -> Result<(), Refusal> {
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus_name)
            .source(&event.source)
            .detail_type(&event.detail_type)
            .detail(&event.detail)
            .build();
        let output = self
            .client
            .put_events()
            .entries(entry)
            .send()
            .await
            .map_err(|error| refusal(&sdk::error_code(&error)))?;
        // PutEvents answers 200 for entries that it did not take: only an event id says that it did.
        match output.entries() {
            [entry] if entry.event_id.is_some() && output.failed_entry_count == 0 => Ok(()),
            [entry] => Err(refusal(entry.error_code.as_deref().unwrap_or("NoEventId"))),
            _ => Err(refusal("NoEventId")),
        }
    }
}

/// The code that an attempt failed with: the call's own, or an entry's inside a 200.
fn error_code(attempt: &InterceptorContext) -> Option<&str> {
    match attempt.output_or_error()? {
        Ok(output) => {
            output.downcast_ref::<PutEventsOutput>()?.entries().iter().find_map(|entry| entry.error_code())
        }
        Err(_) => retry::code_of::<PutEventsError>(attempt),
    }
}

/// Only what no retry can mend is refused for good (`PutEventsResultEntry`, EventBridge API
/// reference). A `ValidationException` is about the whole call, which is this one entry: the bus's
/// name was checked at start.
fn refusal(code: &str) -> Refusal {
    match code {
        "MalformedDetail" | "InvalidArgument" | "ValidationException" => {
            Refusal::EventRefused { code: code.into() }
        }
        _ => Refusal::PublishFailed { code: code.into() },
    }
}
