//! Between Lambda and the handler: whatever the event holds and whatever goes wrong, the gateway
//! gets an answer of the contract and the log gets its line.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use lambda_http::{
    Body, Error, LambdaEvent,
    aws_lambda_events::apigw::ApiGatewayV2httpResponse,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    lambda_runtime::{self, Diagnostic},
    service_fn,
};
use serde::{Deserialize, Deserializer};

use crate::{
    arrival::Arrival,
    handler::Webhook,
    json::Members,
    limits,
    outcome::{Answer, Kept, Refusal},
    parking::Parking,
    publish::Publisher,
    request_log::RequestLog,
    secret::SecretStore,
};

/// Polls Lambda for events until the environment is shut down.
///
/// # Errors
/// Where the Runtime API cannot be reached.
pub async fn run<S: SecretStore, P: Publisher, Q: Parking>(webhook: &Webhook<S, P, Q>) -> Result<(), Error> {
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Arrival>| respond(webhook, event).await)).await
}

/// The HTTP API's event, or the parking queue's. Never fails, because Lambda's runtime would answer an error
/// instead of the function.
impl<'de> Deserialize<'de> for Arrival {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Members::deserialize(deserializer).unwrap_or_default();
        Ok(match event.get("Records") {
            Some(records) => Self::of_parking_queue(records),
            None => Self::of_http_api(&event),
        })
    }
}

/// Answers one event. Nobody waits for the answer to a parked webhook, so there is none.
///
/// # Errors
/// Where a parked webhook cannot be handled yet: SQS shows it again.
pub async fn respond<S: SecretStore, P: Publisher, Q: Parking>(
    webhook: &Webhook<S, P, Q>,
    LambdaEvent { payload: mut arrival, context }: LambdaEvent<Arrival>,
) -> Result<Option<ApiGatewayV2httpResponse>, Diagnostic> {
    if !arrival.is_parked {
        arrival.trace_id = context.xray_trace_id.as_deref().and_then(root_trace_id);
    }
    let mut log = RequestLog::start(webhook.scheme.name(), &context);
    let panicked = Err(Refusal::Internal { reason: "unforeseen; look for a panic in the log" });
    let handling = AssertUnwindSafe(webhook.handle(&arrival, &mut log));
    let result = handling.catch_unwind().await.unwrap_or(panicked);
    let answer = match &result {
        Ok(Kept::Published) => Answer::ACCEPTED,
        Ok(Kept::Parked(_)) => Answer::PARKED,
        Err(refusal) => match refusal.answer() {
            answer if arrival.is_parked && answer.status.is_server_error() => Answer::STILL_PARKED,
            answer => answer,
        },
    };
    let cause = match &result {
        Ok(Kept::Published) => None,
        Ok(Kept::Parked(cause)) | Err(cause) => Some(cause),
    };
    log.write(&arrival, answer, cause);
    if !arrival.is_parked {
        return Ok(Some(response(answer)));
    }
    if answer == Answer::STILL_PARKED {
        return Err(Diagnostic {
            error_type: "StillParked".into(),
            error_message: "look for still_parked in the log".into(),
        });
    }
    Ok(None)
}

/// The trace's id in `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=…;Sampled=1` ("Tracing header",
/// AWS X-Ray Developer Guide). A sender may write that header: what is not as long is none.
fn root_trace_id(header: &str) -> Option<String> {
    let root = header.split(';').find_map(|part| part.trim().strip_prefix("Root="))?;
    (root.len() == "1-5759e988-bd862e3fe1be46a994272793".len()).then(|| root.to_owned())
}

fn response(answer: Answer) -> ApiGatewayV2httpResponse {
    let mut headers =
        HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    match answer.status {
        StatusCode::METHOD_NOT_ALLOWED => headers.insert(header::ALLOW, HeaderValue::from_static("POST")),
        StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(header::RETRY_AFTER, limits::RETRY_AFTER_SECONDS.into())
        }
        _ => None,
    };
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = answer.status.as_u16().into();
    response.headers = headers;
    response.body = Some(Body::from(answer.body));
    response
}
