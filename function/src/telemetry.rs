//! The log: JSON lines on standard output, as Lambda's JSON log format has them.

use tracing::{Level, error, level_filters::LevelFilter};
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::request_log;

/// Starts logging at `level` (`AWS_LAMBDA_LOG_LEVEL`; INFO where it is absent or unknown).
///
/// Dependencies are capped at WARN whatever the level, because the SDK's TRACE holds whole
/// requests. The line of a request is always written, because alarms count it.
pub fn init(level: Option<&str>) {
    let level = match level {
        Some("FATAL") => LevelFilter::ERROR,
        name => name.and_then(|name| name.parse().ok()).unwrap_or(LevelFilter::INFO),
    };
    let filter = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("genesys_webhook", level)
        .with_target(request_log::TARGET, Level::INFO);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false);
    tracing_subscriber::registry().with(filter).with(lines).init();

    // The place is enough to mend a panic; its message could quote what was being parsed.
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        error!(location, "panic");
    }));
}
