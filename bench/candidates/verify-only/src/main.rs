//! What a webhook costs before its hand-off: the product, but its publisher takes everything.

use std::{env, time::SystemTime};

use genesys_webhook::{
    config::Config,
    event::Event,
    handler::Webhook,
    outcome::Refusal,
    publish::Publisher,
    runtime, sdk,
    secret::{SecretCache, store::SecretsManager},
    telemetry,
};

struct TakesEverything;

impl Publisher for TakesEverything {
    async fn publish(&self, _: Event<'_>) -> Result<(), Refusal> {
        Ok(())
    }
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    telemetry::init(None);
    let config = Config::read(|name| env::var(name).ok()).expect("a whole configuration");
    let secrets = SecretsManager::new(&sdk::load().await, config.secret_id);
    let webhook = Webhook {
        allowed_sources: config.allowed_sources,
        scheme: config.scheme,
        secrets: SecretCache::new(secrets, config.secret_format, config.policy, SystemTime::now),
        event_source: config.event_source,
        publisher: TakesEverything,
    };
    webhook.secrets.load().await;
    runtime::run(&webhook).await.expect("the Runtime API answers");
}
