//! Between Lambda and the handler: whatever the event holds and whatever goes wrong, the gateway
//! gets an answer of the contract and the log gets its line.

use std::{convert::Infallible, panic::AssertUnwindSafe};

use futures_util::FutureExt;
use lambda_http::{
    Body, Error, LambdaEvent,
    aws_lambda_events::apigw::ApiGatewayV2httpResponse,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    lambda_runtime, service_fn,
};

use crate::{
    arrival::Arrival,
    handler::Webhook,
    limits,
    outcome::{Answer, Refusal},
    publish::Publisher,
    request_log::RequestLog,
    secret::SecretStore,
};

/// Polls Lambda for events until the environment is shut down.
///
/// # Errors
/// Where the Runtime API cannot be reached.
pub async fn run<S: SecretStore, P: Publisher>(webhook: &Webhook<S, P>) -> Result<(), Error> {
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Arrival>| {
        Ok::<_, Infallible>(respond(webhook, event).await)
    }))
    .await
}

/// Answers one event.
pub async fn respond<S: SecretStore, P: Publisher>(
    webhook: &Webhook<S, P>,
    LambdaEvent { payload: mut arrival, context }: LambdaEvent<Arrival>,
) -> ApiGatewayV2httpResponse {
    arrival.trace_id = context.xray_trace_id.as_deref().and_then(root_trace_id);
    let mut log = RequestLog::start(webhook.scheme.name(), &context);
    let panicked = Err(Refusal::Internal { reason: "unforeseen; look for a panic in the log" });
    let handling = AssertUnwindSafe(webhook.handle(&arrival, &mut log));
    let result = handling.catch_unwind().await.unwrap_or(panicked);
    let answer = result.as_ref().map_or_else(Refusal::answer, |()| Answer::ACCEPTED);
    log.write(&arrival, answer, result.as_ref().err());
    response(answer)
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
