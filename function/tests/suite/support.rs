//! Fakes for the two seams, and HTTP API events as AWS sends them.

use std::{
    sync::Mutex,
    time::{Duration, SystemTime},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use genesys_webhook::{
    allowed_sources::AllowedSources,
    arrival::Arrival,
    event::Event,
    handler::Webhook,
    outcome::Refusal,
    parking::{Parking, ParkingError},
    publish::Publisher,
    runtime, scheme,
    secret::{
        Labels, Policy, SecretCache, SecretFormat, SecretStore, SecretValue, Stage, StoreError, StoredVersion,
    },
};
use lambda_http::{Body, Context, LambdaEvent};
use serde::Deserialize;
use serde_json::{Value, json};

/// The secret that the receivers know.
pub const SECRET: &str = "a-shared-secret-for-tests-of-32-characters";

/// A store with [`SECRET`] under `AWSCURRENT`.
pub struct OneSecret;

impl SecretStore for OneSecret {
    async fn get(&self, _: Option<&str>) -> Result<StoredVersion, StoreError> {
        Ok(StoredVersion { id: "version-1".into(), value: SecretValue::Text(SECRET.into()) })
    }

    async fn describe(&self) -> Result<Labels, StoreError> {
        Ok(Labels { versions: vec![(Stage::Current, "version-1".into())], last_changed: None })
    }
}

/// A publisher that records each event as (detail-type, detail), or panics.
#[derive(Default)]
pub struct Recorder {
    pub panics: bool,
    pub published: Mutex<Vec<(String, String)>>,
}

impl Publisher for Recorder {
    async fn publish(&self, event: &Event) -> Result<(), Refusal> {
        assert!(!self.panics, "a marker that no answer may hold");
        self.published.lock().unwrap().push((event.detail_type.clone(), event.detail.clone()));
        Ok(())
    }
}

/// No webhook of these tests is parked.
pub struct NoParking;

impl Parking for NoParking {
    async fn park(&self, _: String) -> Result<(), ParkingError> {
        unreachable!()
    }
}

/// A receiver behind fakes.
pub struct Receiver(pub Webhook<OneSecret, Recorder, NoParking>);

impl Receiver {
    pub fn new(scheme: &str) -> Self {
        let policy = Policy { cooldown: Duration::from_hours(1), ..Policy::default() };
        Self(Webhook {
            allowed_sources: AllowedSources::default(),
            scheme: scheme::by_name(scheme).unwrap(),
            secrets: SecretCache::new(OneSecret, SecretFormat::default(), policy, SystemTime::now),
            event_source: "genesys.cloud.webhook".into(),
            publisher: Recorder::default(),
            parking: None,
        })
    }

    /// Invokes the function with `event`: the status and the body.
    pub fn invoke(&self, event: &str) -> (i64, String) {
        // As the runtime does it, which does not ask for the end of the JSON.
        let arrival = Arrival::deserialize(&mut serde_json::Deserializer::from_str(event)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let response = runtime
            .block_on(runtime::respond(&self.0, LambdaEvent::new(arrival, Context::default())))
            .unwrap()
            .unwrap();
        let Some(Body::Text(body)) = response.body else { panic!("a response without a text body") };
        (response.status_code, body)
    }

    pub fn post(&self, headers: &[(&str, &str)], body: &[u8]) -> (i64, String) {
        self.invoke(&http_api_event(headers, body, true).to_string())
    }

    /// The `Detail` of the one event that was published since.
    pub fn take_detail(&self) -> Option<String> {
        let mut published = self.0.publisher.published.lock().unwrap();
        assert!(published.len() <= 1);
        published.pop().map(|(_, detail)| detail)
    }
}

/// An HTTP API event, payload format 2.0.
pub fn http_api_event(headers: &[(&str, &str)], body: &[u8], base64: bool) -> Value {
    let body = if base64 { STANDARD.encode(body) } else { String::from_utf8(body.to_vec()).unwrap() };
    json!({
        "version": "2.0",
        "routeKey": "ANY /webhook/genesys",
        "rawPath": "/webhook/genesys",
        "rawQueryString": "",
        "headers": headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect::<serde_json::Map<_, _>>(),
        "requestContext": {
            "apiId": "api",
            "http": { "method": "POST", "path": "/webhook/genesys", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test" },
            "requestId": "request-1",
            "stage": "$default",
            "timeEpoch": 0,
        },
        "body": body,
        "isBase64Encoded": base64,
    })
}
