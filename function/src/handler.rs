//! One webhook, from raw body to response.

use serde_json::value::RawValue;

use crate::{
    allowed_sources::AllowedSources,
    arrival::Arrival,
    event::{Event, Metadata},
    json::Members,
    limits,
    outcome::Refusal,
    publish::Publisher,
    request_log::RequestLog,
    scheme::{Description, Scheme},
    secret::{SecretCache, SecretStore},
    signature,
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
    pub async fn handle(&self, arrival: &Arrival, log: &mut RequestLog) -> Result<(), Refusal> {
        let request = arrival.request.as_ref().map_err(|reason| Refusal::Internal { reason })?;
        if !self.allowed_sources.allow(arrival.source_ip.as_deref()) {
            return Err(Refusal::ForbiddenSource);
        }
        if request.method != "POST" {
            return Err(Refusal::MethodNotAllowed);
        }
        let raw_body = request.raw_body.as_slice();
        log.body_bytes = Some(raw_body.len() as u64);
        if raw_body.len() > limits::MAX_RAW_BODY_BYTES {
            return Err(Refusal::BodyTooLarge);
        }
        if raw_body.is_empty() {
            return Err(Refusal::MalformedRequest { reason: "raw body is empty" });
        }

        let unverified = self.scheme.extract(&request.headers, raw_body)?;
        let verified = self.secrets.verify(self.scheme, &unverified).await?;
        log.verified_by(&verified);

        let parsed = self.parse(&unverified.message);
        let identity = parsed.as_ref().ok().and_then(|(_, description)| description.identity);
        let dedupe_key = identity.unwrap_or_else(|| signature::sha256(&unverified.message)).to_hex();
        log.identified_by(&dedupe_key);
        let (payload, description) = parsed?;
        log.describe(&description);

        let metadata = Metadata {
            correlation_id: arrival.request_id.as_deref().unwrap_or_default(),
            scheme: self.scheme.name(),
            dedupe_key: &dedupe_key,
            received_at: arrival.received_at.into(),
            secret_version_id: &verified.version_id,
            trace_id: arrival.trace_id.as_deref(),
        };
        let event = Event::new(&self.event_source, payload, &description, &metadata)?;
        self.publisher.publish(event).await
    }

    /// Parses a verified message: the payload, and what it says of itself.
    fn parse<'m>(&self, message: &'m [u8]) -> Result<(&'m RawValue, Description), Refusal> {
        let not_an_object = Refusal::InvalidPayload { reason: "payload is not a JSON object" };
        let payload: &RawValue = serde_json::from_slice(message).map_err(|_| not_an_object.clone())?;
        // Before its members are listed: 3.5 MiB of tiny ones would fill a third of the memory.
        if payload.get().starts_with('{') && payload.get().len() > limits::MAX_ENTRY_BYTES {
            return Err(Refusal::EventTooLarge);
        }
        let members = Members::of(payload).ok_or(not_an_object)?;
        Ok((payload, self.scheme.describe(&members)?))
    }
}
