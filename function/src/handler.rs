//! One webhook, from raw body to response.

use std::time::SystemTime;

use lambda_http::{Request, RequestExt, http::Method, request::RequestContext};
use serde_json::value::RawValue;

use crate::{
    event::{Arrival, Event},
    json::Members,
    limits,
    outcome::Refusal,
    publish::Publisher,
    request_log::RequestLog,
    scheme::Scheme,
    secret::{SecretCache, SecretStore},
    source::AllowedSources,
};

/// The receiver: everything that requests share.
pub struct Webhook<S, P> {
    /// Who may send.
    pub allowed_sources: AllowedSources,
    /// What the sender signs.
    pub scheme: &'static dyn Scheme,
    /// The secrets that verify it.
    pub secrets: SecretCache<S>,
    /// `Source` of the published events.
    pub event_source: String,
    /// Where they go.
    pub publisher: P,
}

impl<S: SecretStore, P: Publisher> Webhook<S, P> {
    /// Handles one request, noting in `log` what it learns of it.
    ///
    /// # Errors
    /// Why the webhook was not accepted. `Ok` means that its event is published.
    pub async fn handle(&self, request: &Request, log: &mut RequestLog) -> Result<(), Refusal> {
        let received_at = SystemTime::now();
        note_gateway(request, log);
        if !self.allowed_sources.allow(log.source_ip.as_deref()) {
            return Err(Refusal::ForbiddenSource);
        }
        if request.method() != Method::POST {
            return Err(Refusal::MethodNotAllowed);
        }
        let raw_body: &[u8] = request.body();
        log.body_bytes = Some(raw_body.len() as u64);
        if raw_body.len() > limits::MAX_RAW_BODY_BYTES {
            return Err(Refusal::BodyTooLarge);
        }
        if raw_body.is_empty() {
            return Err(Refusal::MalformedRequest { reason: "raw body is empty" });
        }

        let signed = self.scheme.extract(request.headers(), raw_body)?;
        let verified = self.secrets.verify(self.scheme, &signed).await?;
        log.verified_by(&verified);

        let not_an_object = Refusal::InvalidPayload { reason: "payload is not a JSON object" };
        let payload: &RawValue =
            serde_json::from_slice(&signed.message).map_err(|_| not_an_object.clone())?;
        let description = self.scheme.describe(&Members::of(payload).ok_or(not_an_object)?)?;
        log.describe(&description);

        let arrival = Arrival {
            request_id: log.request_id.as_deref().unwrap_or_default(),
            trace_id: log.trace_id.as_deref(),
            received_at,
        };
        let event =
            Event::new(&self.event_source, payload, &description, arrival, self.scheme, &signed, &verified)?;
        self.publisher.publish(event).await
    }
}

/// Notes what API Gateway says of the request.
fn note_gateway(request: &Request, log: &mut RequestLog) {
    if let Some(RequestContext::ApiGatewayV2(gateway)) = request.request_context_ref() {
        log.request_id.clone_from(&gateway.request_id);
        log.source_ip.clone_from(&gateway.http.source_ip);
    }
}
