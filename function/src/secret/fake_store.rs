//! A Secrets Manager in virtual time for the tests of the cache, and a sender.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::time::{Instant, sleep};

use super::{
    Labels, Policy, SecretCache, SecretFormat, SecretStore, SecretValue, Stage, StoreError, StoredVersion,
    Verified,
};
use crate::{
    outcome::Refusal,
    scheme::{self, Unverified},
    signature::hmac_sha256,
};

pub(super) const OLD: &str = "the-secret-in-force-before";
pub(super) const NEW: &str = "the-secret-that-replaces-it";
pub(super) const FORGED: &str = "not-a-secret-of-this-webhook";
pub(super) const MESSAGE: &[u8] = br#"{"eventType":"conversation:created"}"#;
pub(super) const DAY: Duration = Duration::from_hours(24);
pub(super) const SECOND: Duration = Duration::from_secs(1);

/// The wall clock, moved by tokio's virtual time.
pub(super) fn now() -> SystemTime {
    thread_local!(static ORIGIN: Instant = Instant::now());
    UNIX_EPOCH + Duration::from_hours(500_000) + ORIGIN.with(Instant::elapsed)
}

/// Secrets Manager's rules for versions and labels, with faults.
#[derive(Default)]
pub(super) struct FakeStore(Mutex<Fake>);

#[derive(Default)]
pub(super) struct Fake {
    pub(super) values: HashMap<String, Option<SecretValue>>,
    pub(super) labels: HashMap<&'static str, String>,
    pub(super) last_changed: Option<SystemTime>,
    pub(super) fault: Option<&'static str>,
    pub(super) fault_of_version: HashMap<String, &'static str>,
    pub(super) latency_of_version: HashMap<String, Duration>,
    pub(super) latency: Duration,
    pub(super) gets: u32,
    pub(super) describes: u32,
}

impl SecretStore for &FakeStore {
    async fn get(&self, version_id: Option<&str>) -> Result<StoredVersion, StoreError> {
        self.answer_time().await;
        let id = version_id.map_or_else(|| self.fake().labels["AWSCURRENT"].clone(), str::to_owned);
        let latency = self.fake().latency_of_version.get(&id).copied().unwrap_or_default();
        sleep(latency).await;
        let mut fake = self.fake();
        fake.gets += 1;
        let fault = fake.fault.or_else(|| fake.fault_of_version.get(&id).copied());
        if let Some(code) = fault {
            return Err(StoreError { code: code.into() });
        }
        match fake.values.get(&id).cloned().flatten() {
            Some(value) => Ok(StoredVersion { id, value }),
            None => Err(StoreError { code: "ResourceNotFoundException".into() }),
        }
    }

    async fn describe(&self) -> Result<Labels, StoreError> {
        self.answer_time().await;
        let mut fake = self.fake();
        fake.describes += 1;
        if let Some(code) = fake.fault {
            return Err(StoreError { code: code.into() });
        }
        let version = |stage: Stage| Some((stage, fake.labels.get(stage.label())?.clone()));
        Ok(Labels {
            versions: Stage::ALL.into_iter().filter_map(version).collect(),
            last_changed: fake.last_changed,
        })
    }
}

impl FakeStore {
    pub(super) fn with(secret: &str) -> Self {
        let store = Self::default();
        store.stage(secret);
        store.promote();
        store
    }

    pub(super) fn fake(&self) -> std::sync::MutexGuard<'_, Fake> {
        self.0.lock().unwrap()
    }

    /// `PutSecretValue` with the AWSPENDING label. The version's id is named after its value.
    pub(super) fn stage(&self, secret: &str) {
        self.stage_value(secret, Some(SecretValue::Text(secret.into())));
    }

    pub(super) fn stage_value(&self, id: &str, value: Option<SecretValue>) {
        let mut fake = self.fake();
        fake.values.insert(id.into(), value);
        fake.labels.insert("AWSPENDING", id.into());
        fake.last_changed = Some(now());
    }

    /// `UpdateSecretVersionStage`: AWSCURRENT moves, AWSPREVIOUS follows it, AWSPENDING goes.
    pub(super) fn promote(&self) {
        let mut fake = self.fake();
        let pending = fake.labels.remove("AWSPENDING").unwrap();
        if let Some(current) = fake.labels.insert("AWSCURRENT", pending) {
            fake.labels.insert("AWSPREVIOUS", current);
        }
        fake.last_changed = Some(now());
    }

    pub(super) fn rotate_to(&self, secret: &str) {
        self.stage(secret);
        self.promote();
    }

    pub(super) fn fail(&self, code: impl Into<Option<&'static str>>) {
        self.fake().fault = code.into();
    }

    async fn answer_time(&self) {
        let latency = self.fake().latency;
        sleep(latency).await;
    }

    pub(super) fn calls(&self) -> (u32, u32) {
        let fake = self.fake();
        (fake.gets, fake.describes)
    }
}

pub(super) async fn loaded(store: &FakeStore) -> SecretCache<&FakeStore> {
    loaded_with(store, Policy::default()).await
}

/// A cache after the cold start.
pub(super) async fn loaded_with(store: &FakeStore, policy: Policy) -> SecretCache<&FakeStore> {
    let cache = SecretCache::new(store, SecretFormat::default(), policy, now);
    cache.load().await;
    cache
}

pub(super) async fn send(cache: &SecretCache<&FakeStore>, secret: &str) -> Result<Verified, Refusal> {
    let tags = vec![hmac_sha256(secret.as_bytes(), MESSAGE)];
    cache.verify(scheme::ALL[0], &Unverified { message: MESSAGE.into(), tags }).await
}

/// The stage that verified, or the outcome's name.
pub(super) async fn answer(cache: &SecretCache<&FakeStore>, secret: &str) -> &'static str {
    match send(cache, secret).await {
        Ok(verified) => verified.stage.label(),
        Err(refusal) => refusal.answer().outcome,
    }
}
