//! When secrets are read, and what holds while they cannot be.
//!
//! | situation | what happens |
//! |---|---|
//! | cold start | one read of `AWSCURRENT`; not a refresh, starts no cooldown |
//! | older than the TTL | the next request awaits a refresh, then verifies |
//! | a signature that no cached secret verifies | a refresh, one more try, and only then 401 |
//! | a refresh within the cooldown of the last attempt | the last attempt's outcome stands: 401 rests on it where it succeeded; where it failed, nothing is refused |
//! | a refresh fails | cached secrets stay in service until the stale limit, then there is none |

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use futures_util::future::join_all;
use tokio::time::{Instant, timeout_at};
use tracing::{error, warn};

use super::{
    Key, KeyRing, Labels, SecretFormat, SecretStore, SharedSecret, Stage, StoreError, StoredVersion,
    Unusable, Verified,
};
use crate::{
    limits,
    outcome::Refusal,
    scheme::{Scheme, Unverified},
};

/// How long secrets are kept, and how long the previous one verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Past this age the next request awaits a refresh.
    pub ttl: Duration,
    /// The least time from the start of one refresh to the start of the next.
    pub cooldown: Duration,
    /// How long `AWSPREVIOUS` verifies after the secret last changed; zero switches it off.
    pub previous_grace: Duration,
    /// How long secrets stay in service while they cannot be refreshed.
    pub max_stale: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            ttl: Duration::from_mins(5),
            cooldown: Duration::from_secs(5),
            previous_grace: Duration::from_hours(24),
            max_stale: Duration::from_hours(24),
        }
    }
}

/// The shared secrets of one execution environment. Safe to share between concurrent requests.
pub struct SecretCache<S> {
    store: S,
    format: SecretFormat,
    policy: Policy,
    /// The wall clock: Lambda freezes environments between requests, and time goes on meanwhile.
    clock: fn() -> SystemTime,
    state: Mutex<State>,
    refreshing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    ring: Option<Arc<KeyRing>>,
    /// What has been read, by version id: a version's value never changes.
    values: HashMap<String, Result<SharedSecret, Unusable>>,
    last_refresh: Option<Refresh>,
    refreshes: u64,
}

struct Refresh {
    started: SystemTime,
    outcome: Result<(), StoreError>,
}

impl<S: SecretStore> SecretCache<S> {
    /// An empty cache in front of `store`.
    pub fn new(store: S, format: SecretFormat, policy: Policy, clock: fn() -> SystemTime) -> Self {
        Self {
            store,
            format,
            policy,
            clock,
            state: Mutex::default(),
            refreshing: tokio::sync::Mutex::default(),
        }
    }

    /// Reads `AWSCURRENT`, once, at cold start. Where that fails, the log says why and the first
    /// request tries again.
    pub async fn load(&self) {
        let read_at = (self.clock)();
        let version = match self.store.get(None).await {
            Ok(version) => version,
            Err(error) => {
                return error!(
                    error_code = error.code,
                    "the shared secret cannot be read at cold start: {error}"
                );
            }
        };
        let version_id = version.id.clone();
        match self.remember(version) {
            Ok(secret) => {
                let keys = vec![Key { stage: Stage::Current, version_id, secret }];
                self.state().ring = Some(Arc::new(KeyRing { keys, read_at, previous_until: read_at }));
            }
            Err(unusable) => {
                error!(error_code = unusable.code(), "the shared secret is unusable: {unusable}");
            }
        }
    }

    /// Finds the secret that verifies `unverified`. Awaits one refresh at the most.
    ///
    /// # Errors
    /// [`Refusal::SecretUnavailable`] where it cannot be said for certain that none does,
    /// [`Refusal::SignatureMismatch`] where it can.
    pub async fn verify(
        &self,
        scheme: &dyn Scheme,
        unverified: &Unverified<'_>,
    ) -> Result<Verified, Refusal> {
        let refreshed = if self.is_within_ttl() { None } else { Some(self.refresh().await) };
        let Some(ring) = self.ring_in_service() else {
            refreshed.unwrap_or(Ok(()))?;
            return Err(StoreError { code: "SecretTooStale".into() }.into());
        };
        if let Some(verified) = ring.verify(scheme, unverified, (self.clock)()) {
            return Ok(verified);
        }
        let refreshed = match refreshed {
            Some(outcome) => outcome,
            None => self.refresh().await,
        };
        let newer = self.ring_in_service().filter(|newer| !Arc::ptr_eq(newer, &ring));
        if let Some(verified) = newer.and_then(|ring| ring.verify(scheme, unverified, (self.clock)())) {
            return Ok(verified);
        }
        refreshed?;
        Err(Refusal::SignatureMismatch)
    }

    fn is_within_ttl(&self) -> bool {
        let now = (self.clock)();
        // A clock that was set back makes the age unknown, and a refresh due.
        let is_fresh =
            |ring: &Arc<KeyRing>| now.duration_since(ring.read_at).is_ok_and(|age| age < self.policy.ttl);
        self.state().ring.as_ref().is_some_and(is_fresh)
    }

    fn ring_in_service(&self) -> Option<Arc<KeyRing>> {
        let now = (self.clock)();
        self.state().ring.clone().filter(|ring| ring.age(now) < self.policy.max_stale)
    }

    /// Refreshes at most once per cooldown; whoever comes meanwhile, or within it, gets that outcome.
    async fn refresh(&self) -> Result<(), StoreError> {
        let seen = self.state().refreshes;
        let _one_at_a_time = self.refreshing.lock().await;
        let started = (self.clock)();
        {
            let state = self.state();
            let joined = state.refreshes != seen;
            let cooling = |last: &&Refresh| {
                started.duration_since(last.started).is_ok_and(|ago| ago < self.policy.cooldown)
            };
            if let Some(last) = state.last_refresh.as_ref().filter(|last| joined || cooling(last)) {
                return last.outcome.clone();
            }
        }
        let outcome = self.read_all_stages(started).await;
        let mut state = self.state();
        state.refreshes += 1;
        state.last_refresh = Some(Refresh { started, outcome: outcome.clone() });
        outcome
    }

    /// Reads every stage within the budget and puts what verifies into service. An error means that something which
    /// may verify could not be read, so that no refusal would be certain.
    async fn read_all_stages(&self, started: SystemTime) -> Result<(), StoreError> {
        let deadline = Instant::now() + limits::REFRESH_BUDGET;
        let labels =
            within(deadline, self.store.describe()).await.and_then(with_current).inspect_err(|error| {
                warn!(
                    error_code = error.code,
                    "the shared secret was not refreshed; cached secrets stay in service: {error}"
                );
            })?;
        let previous_until = grace_end(labels.last_changed, self.policy.previous_grace, started);
        let mut versions = labels.versions;
        versions.retain(|(stage, _)| *stage != Stage::Previous || started < previous_until);
        // A promoted version keeps AWSPENDING until somebody removes it.
        versions.dedup_by(|(_, later), (_, first)| later == first);
        let values = join_all(versions.iter().map(|(_, id)| within(deadline, self.value(id)))).await;

        let mut keys = Vec::new();
        let mut uncertain = None;
        for ((stage, version_id), value) in versions.iter().zip(values) {
            let (code, problem, is_uncertain) = match value {
                Ok(Ok(secret)) => {
                    keys.push(Key { stage: *stage, version_id: version_id.clone(), secret });
                    continue;
                }
                Ok(Err(unusable)) => {
                    (unusable.code().to_owned(), unusable.to_string(), *stage == Stage::Current)
                }
                Err(error) => {
                    (error.code.clone(), error.to_string(), *stage == Stage::Current || !error.is_not_found())
                }
            };
            let stage = stage.label();
            warn!(
                secret_stage = stage,
                secret_version_id = version_id,
                error_code = code,
                "{stage} is skipped: {problem}"
            );
            if is_uncertain {
                uncertain.get_or_insert(StoreError { code });
            }
        }
        self.put_into_service(KeyRing { keys, read_at: started, previous_until }, &versions);
        uncertain.map_or(Ok(()), Err)
    }

    /// Puts what was read into service. Without a current secret among it, the last good one stays, as old as it is.
    fn put_into_service(&self, mut ring: KeyRing, versions: &[(Stage, String)]) {
        let mut state = self.state();
        state.values.retain(|id, _| versions.iter().any(|(_, labelled)| labelled == id));
        let is_current = |key: &&Key| key.stage == Stage::Current;
        if !ring.keys.iter().any(|key| is_current(&key)) {
            error!(
                "AWSCURRENT cannot be used: the last good secret stays in service, where there is one; if its value is \
                 at fault, move AWSCURRENT back to the version before"
            );
            if let Some(last_good) = &state.ring {
                ring.read_at = last_good.read_at;
                ring.keys.splice(0..0, last_good.keys.iter().find(is_current).cloned());
            }
        }
        if !ring.keys.is_empty() {
            state.ring = Some(Arc::new(ring));
        }
    }

    /// The value of a version, read from the store only when its id is new.
    async fn value(&self, version_id: &str) -> Result<Result<SharedSecret, Unusable>, StoreError> {
        if let Some(value) = self.state().values.get(version_id) {
            return Ok(value.clone());
        }
        let version = self.store.get(Some(version_id)).await?;
        Ok(self.remember(version))
    }

    fn remember(&self, version: StoredVersion) -> Result<SharedSecret, Unusable> {
        let value = self.format.read(&version.value, &version.id);
        self.state().values.insert(version.id, value.clone());
        value
    }

    /// Never held across an await. A panic elsewhere leaves nothing half-written in it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that has to be over at `deadline`.
async fn within<T>(
    deadline: Instant,
    call: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    timeout_at(deadline, call).await.unwrap_or_else(|_| Err(StoreError { code: "TimeoutError".into() }))
}

/// Makes an answer without `AWSCURRENT` an error: every secret has that label.
fn with_current(labels: Labels) -> Result<Labels, StoreError> {
    let has_current = labels.versions.iter().any(|(stage, _)| *stage == Stage::Current);
    if has_current { Ok(labels) } else { Err(StoreError { code: "NoCurrentVersion".into() }) }
}

/// When `AWSPREVIOUS` stops verifying. Without a usable date the grace starts now, so that it never ends
/// too early.
fn grace_end(last_changed: Option<SystemTime>, grace: Duration, now: SystemTime) -> SystemTime {
    last_changed.and_then(|changed| changed.checked_add(grace)).unwrap_or(now + grace)
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
