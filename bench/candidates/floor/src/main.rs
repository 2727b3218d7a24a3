//! What the SDK costs: the product, but both AWS calls are signed by hand over hyper and rustls.

mod aws;

use std::{borrow::Cow, env, time::SystemTime};

use aws::Service;
use genesys_webhook::{
    config::Config,
    event::Event,
    handler::Webhook,
    outcome::Refusal,
    publish::Publisher,
    runtime,
    secret::{Labels, SecretCache, SecretStore, SecretValue, Stage, StoreError, StoredVersion},
    telemetry,
};
use serde::{Deserialize, Serialize};

struct SecretsManager {
    service: Service,
    secret_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetSecretValue<'a> {
    secret_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SecretVersion {
    version_id: String,
    secret_string: String,
}

impl SecretStore for SecretsManager {
    async fn get(&self, version_id: Option<&str>) -> Result<StoredVersion, StoreError> {
        let input = GetSecretValue { secret_id: &self.secret_id, version_id };
        let output = self.service.call("GetSecretValue", &input).await;
        let output: SecretVersion = output.map_err(|_| StoreError { code: "Failed".into() })?;
        Ok(StoredVersion { id: output.version_id, value: SecretValue::Text(output.secret_string) })
    }

    /// The secret never rotates while it is measured.
    async fn describe(&self) -> Result<Labels, StoreError> {
        let version = self.get(None).await?;
        Ok(Labels { versions: vec![(Stage::Current, version.id)], last_changed: None })
    }
}

struct EventBridge {
    service: Service,
    bus_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PutEvents<'a> {
    entries: &'a [Entry<'a>],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    source: &'a str,
    detail_type: &'a str,
    detail: &'a str,
    event_bus_name: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Published<'a> {
    failed_entry_count: u32,
    #[serde(borrow)]
    entries: Vec<PublishedEntry<'a>>,
}

#[derive(Deserialize)]
struct PublishedEntry<'a> {
    #[serde(rename = "EventId", borrow)]
    event_id: Option<Cow<'a, str>>,
}

impl EventBridge {
    async fn put(&self, entries: &[Entry<'_>]) -> Result<(), aws::Error> {
        let answer = self.service.answer("PutEvents", &PutEvents { entries }).await?;
        let published: Published = serde_json::from_slice(&answer)?;
        match published.entries.as_slice() {
            [entry] if entry.event_id.is_some() && published.failed_entry_count == 0 => Ok(()),
            _ => Err("the entry was not taken".into()),
        }
    }
}

impl Publisher for EventBridge {
    async fn publish(&self, event: Event<'_>) -> Result<(), Refusal> {
        let entry = Entry {
            source: event.source,
            detail_type: event.detail_type,
            detail: &event.detail,
            event_bus_name: &self.bus_name,
        };
        self.put(&[entry]).await.map_err(|_| Refusal::PublishFailed { code: "Failed".into() })
    }
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), aws::Error> {
    telemetry::init(None);
    let config = Config::read(|name| env::var(name).ok()).map_err(|errors| errors.join("; "))?;
    let client = aws::client()?;
    let secrets = SecretsManager {
        service: Service::new(
            &client,
            "secretsmanager",
            "secretsmanager",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        )?,
        secret_id: config.secret_id,
    };
    let publisher = EventBridge {
        service: Service::new(&client, "events", "AWSEvents", "AWS_ENDPOINT_URL_EVENTBRIDGE")?,
        bus_name: config.event_bus_name,
    };
    let webhook = Webhook {
        allowed_sources: config.allowed_sources,
        scheme: config.scheme,
        secrets: SecretCache::new(secrets, config.secret_format, config.policy, SystemTime::now),
        event_source: config.event_source,
        publisher,
    };
    // The answer to an empty list of entries is an error, and the connection is open.
    let _ = tokio::join!(webhook.secrets.load(), webhook.publisher.put(&[]));
    runtime::run(&webhook).await
}
