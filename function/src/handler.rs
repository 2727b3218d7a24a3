//! One webhook, from raw body to bus.

use serde_json::value::RawValue;

use crate::{
    allowed_sources::AllowedSources,
    arrival::{Arrival, Content, HttpRequest},
    event::{Event, Metadata},
    json::Members,
    limits,
    outcome::{Kept, Refusal},
    parked,
    parking::Parking,
    publish::Publisher,
    request_log::RequestLog,
    scheme::{Description, Scheme},
    secret::{SecretCache, SecretStore},
    signature,
};

/// The receiver: everything that requests share.
pub struct Webhook<S, P, Q> {
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
    /// Where webhooks wait that cannot be verified or published yet, if anywhere.
    pub parking: Option<Q>,
}

impl<S: SecretStore, P: Publisher, Q: Parking> Webhook<S, P, Q> {
    /// Handles one webhook, be it new or parked, noting in `log` what it learns of it.
    ///
    /// # Errors
    /// Why the webhook was not accepted.
    pub async fn handle(&self, arrival: &Arrival, log: &mut RequestLog) -> Result<Kept, Refusal> {
        let verified;
        let event = match arrival.content.as_ref().map_err(|reason| Refusal::Internal { reason })? {
            Content::Event(event) => {
                log.found(event, self.scheme);
                event
            }
            Content::Request(request) => {
                if !arrival.is_parked {
                    self.admit(arrival, request)?;
                }
                verified = match self.verify(arrival, request, log).await {
                    Ok(event) => event,
                    Err(cause @ Refusal::SecretUnavailable { .. }) => {
                        let message = || parked::request(arrival, request, self.scheme);
                        return self.park(arrival, message, cause, log).await;
                    }
                    Err(refusal) => return Err(refusal),
                };
                &verified
            }
        };
        match self.publisher.publish(event).await {
            Ok(()) => Ok(Kept::Published),
            Err(cause @ Refusal::PublishFailed { .. }) => {
                self.park(arrival, || parked::event(arrival, event.clone()), cause, log).await
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Refuses what is not even looked at. A parked webhook was let in when it came, under the allow-list of then.
    fn admit(&self, arrival: &Arrival, request: &HttpRequest) -> Result<(), Refusal> {
        if !self.allowed_sources.allow(arrival.source_ip.as_deref()) {
            return Err(Refusal::ForbiddenSource);
        }
        if request.method != "POST" {
            return Err(Refusal::MethodNotAllowed);
        }
        Ok(())
    }

    /// The event of a request, if a sender who knows the secret wrote it.
    async fn verify(
        &self,
        arrival: &Arrival,
        request: &HttpRequest,
        log: &mut RequestLog,
    ) -> Result<Event, Refusal> {
        if request.parked_under.as_ref().is_some_and(|scheme| scheme != self.scheme.name()) {
            return Err(Refusal::Internal { reason: "it was parked under another signature scheme" });
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
        Event::new(&self.event_source, payload, &description, &metadata)
    }

    /// Parks a webhook that cannot be handled yet. What is refused for good never comes here.
    ///
    /// A parked one is never sent again, it stays where it is: Lambda stops a function that feeds itself through SQS after
    /// some 16 rounds ("Using Lambda recursive loop detection", AWS Lambda Developer Guide), and a message sent anew would
    /// begin its 14 days anew.
    async fn park(
        &self,
        arrival: &Arrival,
        message: impl FnOnce() -> String,
        cause: Refusal,
        log: &mut RequestLog,
    ) -> Result<Kept, Refusal> {
        let Some(parking) = self.parking.as_ref().filter(|_| !arrival.is_parked) else { return Err(cause) };
        match parking.park(message()).await {
            Ok(()) => Ok(Kept::Parked(cause)),
            Err(error) => {
                log.not_parked(error);
                Err(cause)
            }
        }
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
