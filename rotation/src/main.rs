//! The cold start: configuration and clients. A rotation runs rarely, so that nothing is opened in advance.

use std::process::ExitCode;

use genesys_webhook::{sdk, telemetry, variables};
use genesys_webhook_rotation::{
    config::Config,
    http,
    steps::{Event, Rotation},
    versions::Versions,
};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use tracing::error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    telemetry::init(variables::of_process("AWS_LAMBDA_LOG_LEVEL").as_deref());
    let (config, http) = match (Config::read(variables::of_process), http::client()) {
        (Ok(config), Ok(http)) => (config, http),
        (Err(errors), _) => {
            error!("configuration: {}", errors.join("; "));
            return ExitCode::FAILURE;
        }
        (_, Err(error)) => {
            error!("no HTTP client: {error}");
            return ExitCode::FAILURE;
        }
    };
    let rotation = Rotation { config, versions: Versions::new(&sdk::load().await), http };
    let step = service_fn(async |event: LambdaEvent<Event>| {
        rotation
            .run(&event.payload)
            .await
            .map_err(|failure| Diagnostic { error_type: "StepFailed".into(), error_message: failure.message })
    });
    match lambda_runtime::run(step).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!("the Runtime API cannot be reached: {error}");
            ExitCode::FAILURE
        }
    }
}
