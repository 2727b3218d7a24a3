//! The log: JSON lines on standard output, as Lambda's JSON log format has them.

use std::io::{self, Write};

use tracing::{Level, error, level_filters::LevelFilter};
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{request_log, text};

/// Starts logging at `level` (`AWS_LAMBDA_LOG_LEVEL`; INFO where it is absent or unknown).
///
/// Dependencies are capped at WARN whatever the level, because the SDK's TRACE holds whole
/// requests. The line of a request is always written, because alarms count it; Lambda drops it where
/// the function's own log level is above the line's, which is why the stack pins that to INFO.
pub fn init(level: Option<&str>) {
    let level = match level {
        Some("FATAL") => LevelFilter::ERROR,
        name => name.and_then(|name| name.parse().ok()).unwrap_or(LevelFilter::INFO),
    };
    let filter = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("genesys_webhook", level)
        // It says of an invocation error what the request's line has said.
        .with_target("lambda_runtime::layers::panic", LevelFilter::OFF)
        .with_target(request_log::TARGET, Level::INFO);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(|| Escaping(io::stdout()));
    tracing_subscriber::registry().with(filter).with(lines).init();

    log_panics();
}

/// Logs where a panic happened and not its message, which could quote what was being parsed.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        error!(location, "panic");
    }));
}

/// Writes lines of JSON, and escapes the characters that a line splitter or a terminal would obey. JSON
/// itself requires fewer escapes (RFC 8259, section 7): a payload's U+2028 or U+202E would reach the log
/// as it is.
struct Escaping<W>(W);

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        // Outside of strings the lines have no such character but the newline at their ends, which stays.
        let is_obeyed = |character| character != '\n' && text::is_invisible(character);
        match str::from_utf8(lines) {
            Ok(json) => self.0.write_all(text::escaped(json, is_obeyed).as_bytes())?,
            Err(_) => self.0.write_all(lines)?,
        }
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Read, sync::Arc};

    use super::*;

    #[test]
    fn a_panic_is_logged_with_its_place_and_without_its_message() {
        let (mut reader, writer) = io::pipe().unwrap();
        let log = tracing_subscriber::fmt().json().with_writer(Arc::new(writer)).finish();
        let hook = std::panic::take_hook();
        log_panics();
        tracing::subscriber::with_default(log, || {
            assert!(std::panic::catch_unwind(|| panic!("a private marker")).is_err());
        });
        std::panic::set_hook(hook);
        let mut log = String::new();
        reader.read_to_string(&mut log).unwrap();
        assert!(log.contains("panic") && log.contains("telemetry.rs:"), "{log}");
        assert!(!log.contains("marker"), "{log}");
    }
}
