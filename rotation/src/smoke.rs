//! Proves that the receiver takes a secret: a webhook to its own URL, signed with it.

use genesys_webhook::{
    outcome::{Answer, Refusal},
    secret::SharedSecret,
    signature, timestamp,
};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::time::sleep;

use crate::{
    Failure,
    config::{Config, Holder},
    http,
};

/// As the command line's `smoke` sends, so that consumers need to know one type.
const TYPE: &str = "genesys-webhook.smoke";

/// What a test showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The receiver verified the webhook and published it.
    Accepted,
    /// The receiver is there, and takes webhooks from other addresses only: the value was read by the receiver's own code,
    /// and no webhook verified.
    ClosedToUs,
}

impl Proof {
    /// For the log line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "the receiver accepted a webhook signed with it",
            Self::ClosedToUs => {
                "the receiver's code reads it, and its URL answers; allowedCidrs keeps a signed webhook out"
            }
        }
    }
}

/// Sends one webhook, again where that may help, until the receiver has published it. `id` names it.
///
/// # Errors
/// What the receiver answered instead.
pub async fn test(http: &Client, config: &Config, secret: &SharedSecret, id: &str) -> Result<Proof, Failure> {
    let mut pauses = http::PAUSES.into_iter();
    loop {
        let answer = send(http, config, secret, id).await;
        match (&answer, pauses.next()) {
            (Ok((StatusCode::OK, body)), _) if body == Answer::ACCEPTED.body => return Ok(Proof::Accepted),
            // The receiver's own refusal: a gateway or a firewall has another body.
            (Ok((StatusCode::FORBIDDEN, body)), _)
                if config.is_restricted && body == Refusal::ForbiddenSource.answer().body =>
            {
                return Ok(Proof::ClosedToUs);
            }
            // Another answer may come next: an environment reads the labels again, an outage ends, a throttle lets it through.
            (_, Some(pause)) => sleep(pause).await,
            (_, None) => return Err(Failure::new(unexpected(answer))),
        }
    }
}

async fn send(
    http: &Client,
    config: &Config,
    secret: &SharedSecret,
    id: &str,
) -> reqwest::Result<(StatusCode, String)> {
    let body = payload(&config.holder, id).to_string();
    let proof = match config.holder {
        Holder::Integration(_) => {
            let tag = signature::hmac_sha256(secret.as_bytes(), body.as_bytes());
            format!("sha256={}", tag.to_base64()).into_bytes()
        }
        Holder::Credential { .. } => secret.as_bytes().to_vec(),
    };
    let request = http.post(config.webhook_url.clone()).header("content-type", "application/json");
    let response = request.header(config.scheme.header(), proof).body(body).send().await?;
    Ok((response.status(), response.text().await?))
}

fn payload(holder: &Holder, id: &str) -> Value {
    match holder {
        Holder::Integration(_) => {
            let now = timestamp::serialize(&OffsetDateTime::now_utc(), serde_json::value::Serializer);
            let channel =
                json!({ "id": id, "platform": "Open", "type": "Private", "time": now.unwrap_or_default() });
            json!({ "id": id, "channel": channel, "conversationId": id, "type": TYPE, "direction": "Outbound" })
        }
        Holder::Credential { .. } => json!({ "topicName": TYPE, "conversationId": id }),
    }
}

fn unexpected(answer: reqwest::Result<(StatusCode, String)>) -> String {
    match answer {
        Ok((StatusCode::OK, body)) if body == Answer::PARKED.body => {
            "the receiver parked the test webhook instead of publishing it: EventBridge or Secrets Manager is away \
             (docs/runbook.md#webhooks-parked)"
                .into()
        }
        Ok((StatusCode::UNAUTHORIZED, _)) => {
            "the receiver refuses a webhook signed with the pending secret: does the function read this secret, and \
             WEBHOOK_SECRET_JSON_KEY, SIGNATURE_SCHEME as the rotation function?"
                .into()
        }
        Ok((StatusCode::FORBIDDEN, _)) => {
            "the webhook's URL answers 403: something before the receiver refuses this function".into()
        }
        Ok((StatusCode::NOT_FOUND, _)) => "the webhook's URL answers 404: is the stack deployed to the end?".into(),
        Ok((status, _)) => format!(
            "the receiver answers a webhook signed with the pending secret with {}: see its own log",
            status.as_u16()
        ),
        Err(error) => format!("the webhook's URL {}", http::no_answer(&error)),
    }
}
