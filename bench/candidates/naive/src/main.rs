//! The straightforward function: secret read at init, defaults everywhere.

use std::env;

use aws_config::BehaviorVersion;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use hmac::{Hmac, KeyInit, Mac};
use lambda_http::{Error, Request, Response, run, service_fn, tracing};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha256;

#[derive(Deserialize)]
struct Form {
    webhook: String,
    signature: String,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let secret = aws_sdk_secretsmanager::Client::new(&config)
        .get_secret_value()
        .secret_id(env::var("WEBHOOK_SECRET_ARN")?)
        .send()
        .await?
        .secret_string
        .ok_or("the secret is not text")?;
    let events = aws_sdk_eventbridge::Client::new(&config);
    let bus = env::var("EVENT_BUS_NAME")?;
    run(service_fn(async |request: Request| handle(request, &secret, &events, &bus).await)).await
}

async fn handle(
    request: Request,
    secret: &str,
    events: &aws_sdk_eventbridge::Client,
    bus: &str,
) -> Result<Response<String>, Error> {
    let Ok(form) = serde_urlencoded::from_bytes::<Form>(request.body()) else {
        return answer(400, json!({ "error": "Missing webhook or signature" }));
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())?;
    mac.update(form.webhook.as_bytes());
    if mac.verify_slice(&hex::decode(&form.signature).unwrap_or_default()).is_err() {
        return answer(401, json!({ "error": "Unauthorized" }));
    }
    let payload: Value = serde_json::from_str(&form.webhook)?;
    let event_type = payload["eventType"].as_str().unwrap_or("genesys.webhook").to_owned();
    tracing::info!(event_type, conversation = payload["conversation"]["id"].as_str(), "webhook");
    let detail = json!({ "topicName": event_type, "version": "2", "eventBody": payload, "metadata": {} });
    let entry = PutEventsRequestEntry::builder()
        .event_bus_name(bus)
        .source("genesys.cloud.webhook")
        .detail_type(event_type)
        .detail(detail.to_string())
        .build();
    let output = events.put_events().entries(entry).send().await?;
    if output.failed_entry_count > 0 {
        return answer(503, json!({ "error": "Service Unavailable" }));
    }
    answer(200, json!({ "status": "success" }))
}

fn answer(status: u16, body: Value) -> Result<Response<String>, Error> {
    Ok(Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(body.to_string())?)
}
