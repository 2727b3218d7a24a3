//! What the SDK costs: the product, but both AWS calls are signed by hand over hyper and rustls.

mod aws;

use std::{env, time::SystemTime};

use aws::Service;
use genesys_webhook::{
    config::Config,
    event::Event,
    handler::Webhook,
    outcome::Refusal,
    parking::ParkingQueue,
    publish::Publisher,
    runtime,
    secret::{Labels, SecretCache, SecretStore, SecretValue, Stage, StoreError, StoredVersion},
    telemetry,
};
use serde_json::json;

struct SecretsManager {
    service: Service,
    secret_id: String,
}

/// The secret has one version, and never rotates while it is measured.
impl SecretStore for SecretsManager {
    async fn get(&self, _: Option<&str>) -> Result<StoredVersion, StoreError> {
        let output = self.service.call("GetSecretValue", &json!({ "SecretId": self.secret_id })).await;
        let output = output.map_err(|_| StoreError { code: "Failed".into() })?;
        let text = |name: &str| output[name].as_str().unwrap_or_default().to_owned();
        Ok(StoredVersion { id: text("VersionId"), value: SecretValue::Text(text("SecretString")) })
    }

    async fn describe(&self) -> Result<Labels, StoreError> {
        let version = self.get(None).await?;
        Ok(Labels { versions: vec![(Stage::Current, version.id)], last_changed: None })
    }
}

struct EventBridge {
    service: Service,
    bus_name: String,
}

impl Publisher for EventBridge {
    async fn publish(&self, event: &Event) -> Result<(), Refusal> {
        let entry = json!({
            "Source": event.source,
            "DetailType": event.detail_type,
            "Detail": event.detail,
            "EventBusName": self.bus_name,
        });
        match self.service.call("PutEvents", &json!({ "Entries": [entry] })).await {
            Ok(output) if output["FailedEntryCount"] == 0 => Ok(()),
            _ => Err(Refusal::PublishFailed { code: "Failed".into() }),
        }
    }
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), aws::Error> {
    telemetry::init(None);
    let config = Config::read(|name| env::var(name).ok()).map_err(|errors| errors.join("; "))?;
    let client = aws::client()?;
    let secrets_manager = ("secretsmanager", "secretsmanager", "AWS_ENDPOINT_URL_SECRETS_MANAGER");
    let service = Service::new(&client, secrets_manager)?;
    let secrets = SecretsManager { service, secret_id: config.secret_id };
    let service = Service::new(&client, ("events", "AWSEvents", "AWS_ENDPOINT_URL_EVENTBRIDGE"))?;
    let publisher = EventBridge { service, bus_name: config.event_bus_name };
    let webhook = Webhook {
        allowed_sources: config.allowed_sources,
        scheme: config.scheme,
        secrets: SecretCache::new(secrets, config.secret_format, config.policy, SystemTime::now),
        event_source: config.event_source,
        publisher,
        parking: None::<ParkingQueue>,
    };
    // The answer to an empty list of entries is an error, and the connection is open.
    let no_entries = json!({ "Entries": [] });
    let _ = tokio::join!(webhook.secrets.load(), webhook.publisher.service.call("PutEvents", &no_entries));
    runtime::run(&webhook).await
}
