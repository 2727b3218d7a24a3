//! Every way in which a request can end, and the one place that maps each to its answer: outcome, status
//! and body.

use lambda_http::http::StatusCode;

/// Who has a webhook that was not refused: it is not lost any more.
#[derive(Debug)]
pub enum Kept {
    /// The event bus has its event.
    Published,
    /// The parking queue has it, because of this.
    Parked(Refusal),
}

/// Why a webhook was not accepted. Holds no part of the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The source address is not on the allow-list.
    #[error("source address is not in ALLOWED_CIDRS")]
    ForbiddenSource,
    /// Not a POST.
    #[error("method is not POST")]
    MethodNotAllowed,
    /// The raw body is larger than anything that is read.
    #[error("raw body is larger than 3.5 MiB")]
    BodyTooLarge,
    /// No message, or no signature for it.
    #[error("{reason}")]
    MalformedRequest {
        /// What is missing.
        reason: &'static str,
    },
    /// A signature that cannot be right whatever the secret.
    #[error("malformed_signature")]
    MalformedSignature,
    /// No secret verifies the signature, for certain.
    #[error("signature_mismatch")]
    SignatureMismatch,
    /// No usable secret, or one that might match could not be read.
    #[error("shared secret cannot be had: {code}: {advice}")]
    SecretUnavailable {
        /// The AWS error code, or the SDK's kind of failure.
        code: String,
        /// How to mend it.
        advice: &'static str,
    },
    /// Verified, but not a payload of this scheme: a signed message is lost.
    #[error("{reason}")]
    InvalidPayload {
        /// Which rule it breaks.
        reason: &'static str,
    },
    /// Verified, but as large as or larger than what EventBridge takes: a signed message is lost.
    #[error("entry is not smaller than EventBridge's 1 MB")]
    EventTooLarge,
    /// Verified, but EventBridge will never take it: a signed message is lost.
    #[error("EventBridge refuses the entry for good")]
    EventRefused {
        /// EventBridge's error code.
        code: String,
    },
    /// Verified, but EventBridge does not have it (yet).
    #[error("EventBridge did not take the event")]
    PublishFailed {
        /// The AWS error code, or the SDK's kind of failure.
        code: String,
    },
    /// An event that cannot be read, or anything unforeseen.
    #[error("{reason}")]
    Internal {
        /// What cannot be read, or where to look.
        reason: &'static str,
    },
}

/// How a webhook is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The outcome's name in the log line; metrics count it.
    pub outcome: &'static str,
    /// The HTTP status.
    pub status: StatusCode,
    /// The JSON body.
    pub body: &'static str,
}

impl Answer {
    /// The event is on the bus.
    pub const ACCEPTED: Self = answer("accepted", StatusCode::OK, r#"{"status":"success"}"#);
    /// The webhook is in the parking queue. 200, because it is not known that Open Messaging takes another 2xx.
    pub const PARKED: Self = answer("parked", StatusCode::OK, r#"{"status":"parked"}"#);
    /// A parked webhook cannot be handled yet. Nobody waits for this answer: the queue keeps the webhook.
    pub const STILL_PARKED: Self = answer("still_parked", StatusCode::SERVICE_UNAVAILABLE, "");
}

const fn answer(outcome: &'static str, status: StatusCode, body: &'static str) -> Answer {
    Answer { outcome, status, body }
}

impl Refusal {
    /// The answer to a refused request.
    #[must_use]
    pub fn answer(&self) -> Answer {
        const TOO_LARGE: &str = r#"{"error":"Payload Too Large"}"#;
        const UNAVAILABLE: &str = r#"{"error":"Service Unavailable"}"#;
        match self {
            Self::ForbiddenSource => {
                answer("forbidden_source", StatusCode::FORBIDDEN, r#"{"error":"Forbidden"}"#)
            }
            Self::MethodNotAllowed => answer(
                "method_not_allowed",
                StatusCode::METHOD_NOT_ALLOWED,
                r#"{"error":"Method Not Allowed"}"#,
            ),
            Self::BodyTooLarge => answer("body_too_large", StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE),
            Self::MalformedRequest { .. } => answer(
                "malformed_request",
                StatusCode::BAD_REQUEST,
                r#"{"error":"Missing webhook or signature"}"#,
            ),
            Self::MalformedSignature | Self::SignatureMismatch => {
                answer("unauthorized", StatusCode::UNAUTHORIZED, r#"{"error":"Unauthorized"}"#)
            }
            Self::SecretUnavailable { .. } => {
                answer("secret_unavailable", StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE)
            }
            Self::InvalidPayload { .. } => {
                answer("invalid_payload", StatusCode::BAD_REQUEST, r#"{"error":"Invalid JSON payload"}"#)
            }
            Self::EventTooLarge => answer("event_too_large", StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE),
            Self::EventRefused { .. } => {
                answer("event_refused", StatusCode::BAD_REQUEST, r#"{"error":"Event Refused"}"#)
            }
            Self::PublishFailed { .. } => {
                answer("publish_failed", StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE)
            }
            Self::Internal { .. } => answer(
                "internal_error",
                StatusCode::INTERNAL_SERVER_ERROR,
                r#"{"error":"Internal Server Error"}"#,
            ),
        }
    }

    /// The AWS error code behind it, for the log line.
    #[must_use]
    pub fn error_code(&self) -> Option<&str> {
        match self {
            Self::SecretUnavailable { code, .. }
            | Self::EventRefused { code }
            | Self::PublishFailed { code } => Some(code),
            _ => None,
        }
    }
}
