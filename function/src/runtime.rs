//! Between Lambda and the handler: whatever the event holds and whatever goes wrong, the gateway
//! gets an answer of the contract and the log gets its line.

use std::{convert::Infallible, panic::AssertUnwindSafe};

use futures_util::FutureExt;
use lambda_http::{
    Body, Error, LambdaEvent, Request,
    aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    lambda_runtime,
    request::RequestContext,
    service_fn,
};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::{
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
    lambda_runtime::run(service_fn(async |event: LambdaEvent<InvokeEvent>| {
        Ok::<_, Infallible>(respond(webhook, event).await)
    }))
    .await
}

/// An HTTP API event, or what cannot be read as one. It never fails to deserialize, because the
/// runtime would then answer in the function's place.
pub struct InvokeEvent(Option<ApiGatewayV2httpRequest>);

impl<'de> Deserialize<'de> for InvokeEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As `LambdaRequest` does it, but without a copy of the event.
        let json = <&RawValue>::deserialize(deserializer).ok();
        Ok(Self(json.and_then(|json| serde_json::from_str(json.get()).ok())))
    }
}

/// Answers one event.
pub async fn respond<S: SecretStore, P: Publisher>(
    webhook: &Webhook<S, P>,
    event: LambdaEvent<InvokeEvent>,
) -> ApiGatewayV2httpResponse {
    let mut log = RequestLog::start(webhook.scheme.name(), &event.context);
    let handling = async {
        let request = request(event.payload.0.ok_or(Refusal::Internal)?);
        webhook.handle(&request, &mut log).await
    };
    let result = AssertUnwindSafe(handling).catch_unwind().await.unwrap_or(Err(Refusal::Internal));
    let answer = result.as_ref().map_or_else(Refusal::answer, |()| Answer::ACCEPTED);
    log.write(answer, result.as_ref().err());
    response(answer)
}

/// Only what the handler reads: no URI, cookies or parameters. `lambda_http`'s own conversion panics
/// on a host or path that no URI can hold.
///
/// # Panics
/// Where the body is said to be in base64 and is not.
fn request(event: ApiGatewayV2httpRequest) -> Request {
    let body =
        event.body.map_or(Body::Empty, |body| Body::from_maybe_encoded(event.is_base64_encoded, &body));
    let mut request = Request::new(body);
    *request.method_mut() = event.request_context.http.method.clone();
    *request.headers_mut() = event.headers;
    request.extensions_mut().insert(RequestContext::ApiGatewayV2(event.request_context));
    request
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
