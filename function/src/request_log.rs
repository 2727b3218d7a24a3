//! The one log line of a request. Metrics and alarms read its fields by name.

use std::time::{Instant, SystemTime};

use lambda_http::Context;
use tracing::{error, info, warn};

use crate::{
    arrival::Arrival,
    event::Event,
    json::Members,
    limits::{LOGGED_KEY_CHARS, MAX_LOGGED_CHARS},
    outcome::{Answer, Refusal},
    parking::ParkingError,
    scheme::{Description, Scheme},
    secret::Verified,
};

/// The target of the line, which this crate writes at every log level (see [`crate::telemetry`]).
pub const TARGET: &str = "genesys_webhook::request";

/// What is known of a request so far. Never its body, a signature, or any other payload field.
#[derive(Debug)]
pub struct RequestLog {
    started: Instant,
    /// Tells instances apart; metrics take it as their dimension.
    function_name: String,
    scheme: &'static str,
    /// The size of the raw body, after base64.
    pub body_bytes: Option<u64>,
    event_type: Option<String>,
    conversation_id: Option<String>,
    conversation_type: Option<String>,
    verified: Option<Verified>,
    dedupe_hash: Option<String>,
    parking_error: Option<ParkingError>,
}

impl RequestLog {
    /// Starts the clock of one invocation.
    #[must_use]
    pub fn start(scheme: &'static str, context: &Context) -> Self {
        Self {
            started: Instant::now(),
            function_name: context.env_config.function_name.clone(),
            scheme,
            body_bytes: None,
            event_type: None,
            conversation_id: None,
            conversation_type: None,
            verified: None,
            dedupe_hash: None,
            parking_error: None,
        }
    }

    /// Notes what an event that was parked says of itself, as if it had just been verified.
    pub fn found(&mut self, event: &Event, scheme: &dyn Scheme) {
        let detail: Members = serde_json::from_str(&event.detail).unwrap_or_default();
        self.identified_by(&detail.object("metadata").string("dedupeKey").unwrap_or_default());
        if let Ok(description) = scheme.describe(&detail.object("eventBody")) {
            self.describe(&description);
        }
    }

    /// Notes why the parking queue did not take it.
    pub fn not_parked(&mut self, error: ParkingError) {
        self.parking_error = Some(error);
    }

    /// Notes which secret verified it.
    pub fn verified_by(&mut self, verified: &Verified) {
        self.verified = Some(verified.clone());
    }

    /// Notes how the event's `dedupeKey` begins: enough to tell webhooks apart, and to find the event.
    pub fn identified_by(&mut self, dedupe_key: &str) {
        self.dedupe_hash = dedupe_key.get(..LOGGED_KEY_CHARS).map(str::to_owned);
    }

    /// Notes what the verified payload says of itself, cut to [`MAX_LOGGED_CHARS`].
    pub fn describe(&mut self, description: &Description) {
        let cut =
            |text: &Option<String>| text.as_ref().map(|text| text.chars().take(MAX_LOGGED_CHARS).collect());
        self.event_type = cut(&description.detail_type);
        self.conversation_id = cut(&description.conversation_id);
        self.conversation_type = cut(&description.conversation_type);
    }

    /// Writes the line: ERROR for 5xx, WARN for 4xx and for whatever was parked and stays so, else INFO.
    /// `cause` is why the webhook was not accepted.
    pub fn write(&self, arrival: &Arrival, answer: Answer, cause: Option<&Refusal>) {
        let is_refused = answer.status.as_u16() >= 400 && answer != Answer::STILL_PARKED;
        macro_rules! line {
            ($level:ident) => {
                $level!(
                    target: TARGET,
                    outcome = answer.outcome,
                    status = answer.status.as_u16(),
                    reason = cause.map(tracing::field::display),
                    error_code = cause.and_then(Refusal::error_code),
                    cause = (answer == Answer::PARKED).then(|| cause.map(|cause| cause.answer().outcome)).flatten(),
                    parking_error_code = self.parking_error.as_ref().map(|error| error.code.as_str()),
                    parked = arrival.is_parked.then_some(true),
                    age_seconds = arrival.is_parked.then(|| age(arrival)),
                    function_name = self.function_name,
                    request_id = arrival.request_id,
                    trace_id = arrival.trace_id,
                    scheme = self.scheme,
                    event_type = self.event_type,
                    event_kind = self.event_type.as_deref().map(event_kind),
                    conversation_id = self.conversation_id,
                    conversation_type = self.conversation_type,
                    dedupe_hash = self.dedupe_hash,
                    body_bytes = self.body_bytes,
                    duration_ms = (self.started.elapsed().as_secs_f64() * 1e6).round() / 1e3,
                    secret_stage = self.verified.as_ref().map(|verified| verified.stage.label()),
                    secret_version_id = self.verified.as_ref().map(|verified| verified.version_id.as_str()),
                    secret_age_seconds = self.verified.as_ref().map(|verified| verified.secret_age.as_secs()),
                    grace_left_seconds = self.verified.as_ref().and_then(|verified| verified.grace_left).map(|left| left.as_secs()),
                    source_ip = arrival.source_ip.as_deref().filter(|_| is_refused),
                    "webhook"
                )
            };
        }
        match answer.status.as_u16() {
            500.. if answer != Answer::STILL_PARKED => line!(error),
            400.. => line!(warn),
            _ if cause.is_some() => line!(warn),
            _ => line!(info),
        }
    }
}

/// Seconds since the webhook arrived.
fn age(arrival: &Arrival) -> u64 {
    SystemTime::now().duration_since(arrival.received_at).unwrap_or_default().as_secs()
}

/// The events that the tutorial tells apart.
fn event_kind(event_type: &str) -> &'static str {
    match event_type {
        "conversation:created" => "conversation_created",
        "conversation:updated" => "conversation_updated",
        _ => "other",
    }
}
