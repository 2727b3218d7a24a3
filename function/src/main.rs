//! The cold start: configuration, clients, and both connections opened before the first request.

use std::{process::ExitCode, time::SystemTime};

use genesys_webhook::{
    config::Config,
    handler::Webhook,
    limits,
    parking::ParkingQueue,
    publish::EventBridge,
    runtime, sdk,
    secret::{SecretCache, store::SecretsManager},
    telemetry, variables,
};
use mimalloc::MiMalloc;
use tokio::time::timeout;
use tracing::{error, warn};

/// mimalloc instead of glibc's allocator: a webhook of 1 KB takes 0.95 times the CPU and one of 100 KB
/// takes 0.8 times, even where glibc's is told to keep freed memory. The price is 1 MiB of memory and
/// 1.03 times the CPU in a cold start (docs/decisions.md, "Speed").
///
/// The stack sets mimalloc's options (`cdk/memory.ts`). With its defaults the process would hold 24 MiB
/// instead of 11.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

// One thread, because an environment handles one request at a time. Tokio's multi-thread runtime takes
// 1.2 times the CPU at 1 KB on one CPU, and 1.65 times on two (docs/decisions.md, "Speed").
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::init(variables::of_process("AWS_LAMBDA_LOG_LEVEL").as_deref());
    let config = match Config::read(variables::of_process) {
        Ok(config) => config,
        Err(errors) => {
            error!("configuration: {}", errors.join("; "));
            return ExitCode::FAILURE;
        }
    };

    let sdk = sdk::load().await;
    let webhook = Webhook {
        allowed_sources: config.allowed_sources,
        scheme: config.scheme,
        secrets: SecretCache::new(
            SecretsManager::new(&sdk, config.secret_id),
            config.secret_format,
            config.policy,
            SystemTime::now,
        ),
        event_source: config.event_source,
        publisher: EventBridge::new(&sdk, config.event_bus_name),
        parking: config.parking_queue_url.map(|url| ParkingQueue::new(&sdk, url)),
    };
    let warm = async { tokio::join!(webhook.secrets.load(), webhook.publisher.warm()) };
    if timeout(limits::INIT_BUDGET, warm).await.is_err() {
        warn!("init took longer than its budget; what is missing is read with the first request");
    }

    match runtime::run(&webhook).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!("the Runtime API cannot be reached: {error}");
            ExitCode::FAILURE
        }
    }
}
