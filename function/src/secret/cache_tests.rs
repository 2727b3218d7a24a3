//! Rotation in virtual time: every order of steps, every outage. Each test is a sentence of
//! `docs/rotation.md`; those that stream webhooks print their counts.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::time::{Instant, advance, sleep};

use super::*;
use crate::{
    limits,
    outcome::Refusal,
    scheme::{self, Unverified},
    secret::SecretValue,
    signature::hmac_sha256,
};

const OLD: &str = "the-secret-in-force-before";
const NEW: &str = "the-secret-that-replaces-it";
const FORGED: &str = "not-a-secret-of-this-webhook";
const MESSAGE: &[u8] = br#"{"eventType":"conversation:created"}"#;
const DAY: Duration = Duration::from_hours(24);
const SECOND: Duration = Duration::from_secs(1);

/// The wall clock, moved by tokio's virtual time.
fn now() -> SystemTime {
    thread_local!(static ORIGIN: Instant = Instant::now());
    UNIX_EPOCH + Duration::from_hours(500_000) + ORIGIN.with(Instant::elapsed)
}

/// Secrets Manager's rules for versions and labels, with faults.
#[derive(Default)]
struct FakeStore(Mutex<Fake>);

#[derive(Default)]
struct Fake {
    values: HashMap<String, Option<SecretValue>>,
    labels: HashMap<&'static str, String>,
    last_changed: Option<SystemTime>,
    fault: Option<&'static str>,
    fault_of_version: HashMap<String, &'static str>,
    latency_of_version: HashMap<String, Duration>,
    latency: Duration,
    gets: u32,
    describes: u32,
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
    fn with(secret: &str) -> Self {
        let store = Self::default();
        store.stage(secret);
        store.promote();
        store
    }

    fn fake(&self) -> std::sync::MutexGuard<'_, Fake> {
        self.0.lock().unwrap()
    }

    /// `PutSecretValue` with the AWSPENDING label. The version's id is named after its value.
    fn stage(&self, secret: &str) {
        self.stage_value(secret, Some(SecretValue::Text(secret.into())));
    }

    fn stage_value(&self, id: &str, value: Option<SecretValue>) {
        let mut fake = self.fake();
        fake.values.insert(id.into(), value);
        fake.labels.insert("AWSPENDING", id.into());
        fake.last_changed = Some(now());
    }

    /// `UpdateSecretVersionStage`: AWSCURRENT moves, AWSPREVIOUS follows it, AWSPENDING goes.
    fn promote(&self) {
        let mut fake = self.fake();
        let pending = fake.labels.remove("AWSPENDING").unwrap();
        if let Some(current) = fake.labels.insert("AWSCURRENT", pending) {
            fake.labels.insert("AWSPREVIOUS", current);
        }
        fake.last_changed = Some(now());
    }

    fn rotate_to(&self, secret: &str) {
        self.stage(secret);
        self.promote();
    }

    fn fail(&self, code: impl Into<Option<&'static str>>) {
        self.fake().fault = code.into();
    }

    async fn answer_time(&self) {
        let latency = self.fake().latency;
        sleep(latency).await;
    }

    fn calls(&self) -> (u32, u32) {
        let fake = self.fake();
        (fake.gets, fake.describes)
    }
}

fn cache(store: &FakeStore) -> SecretCache<&FakeStore> {
    cache_with(store, Policy::default())
}

fn cache_with(store: &FakeStore, policy: Policy) -> SecretCache<&FakeStore> {
    SecretCache::new(store, SecretFormat::default(), policy, now)
}

async fn loaded(store: &FakeStore) -> SecretCache<&FakeStore> {
    let cache = cache(store);
    cache.load().await;
    cache
}

async fn send(cache: &SecretCache<&FakeStore>, secret: &str) -> Result<Verified, Refusal> {
    let tags = vec![hmac_sha256(secret.as_bytes(), MESSAGE)];
    cache.verify(scheme::ALL[0], &Unverified { message: MESSAGE.into(), tags }).await
}

/// The stage that verified, or the outcome's name.
async fn answer(cache: &SecretCache<&FakeStore>, secret: &str) -> &'static str {
    match send(cache, secret).await {
        Ok(verified) => verified.stage.label(),
        Err(refusal) => refusal.answer().outcome,
    }
}

#[tokio::test(start_paused = true)]
async fn cold_start_is_one_read_and_steady_state_one_refresh_per_ttl() {
    let store = FakeStore::with(OLD);
    let cache = loaded(&store).await;
    assert_eq!(store.calls(), (1, 0));
    for _ in 0..3_600 {
        assert_eq!(answer(&cache, OLD).await, "AWSCURRENT");
        advance(SECOND).await;
    }
    assert_eq!(store.calls(), (1, 11), "an hour has 11 refreshes, and no value is read twice");
}

/// A stream of webhooks, one a second and one in ten forged, through a planned rotation whose
/// steps come at the given seconds. Returns how many validly signed ones were refused, and when.
async fn stream(stage_at: u64, switch_at: u64, promote_at: u64) -> Vec<u64> {
    let store = FakeStore::with(OLD);
    let cache = loaded(&store).await;
    let (mut sent, mut refused) = (0, Vec::new());
    for second in 0..1_000 {
        if second == stage_at {
            store.stage(NEW);
        }
        if second == promote_at {
            store.promote();
        }
        if second % 10 == 9 {
            assert!(send(&cache, FORGED).await.is_err(), "a forged webhook was accepted");
        } else {
            sent += 1;
            match send(&cache, if second < switch_at { OLD } else { NEW }).await {
                Ok(_) => {}
                Err(Refusal::SignatureMismatch) => refused.push(second),
                Err(other) => panic!("{other}"),
            }
        }
        advance(SECOND).await;
    }
    println!(
        "stage {stage_at} s, switch {switch_at} s, promote {promote_at} s: {sent} sent, {} refused",
        refused.len()
    );
    refused
}

#[tokio::test(start_paused = true)]
async fn refuses_nothing_in_any_order_when_the_new_secret_is_there_a_cooldown_before_its_use() {
    for (stage, switch, promote) in
        [(100, 105, 600), (100, 600, 600), (100, 600, 700), (100, 700, 600), (100, 105, 100), (100, 400, 100)]
    {
        assert_eq!(
            stream(stage, switch, promote).await,
            [0_u64; 0],
            "stage {stage}, switch {switch}, promote {promote}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_switched_first_is_refused_only_until_the_secret_is_there_plus_one_cooldown() {
    for promote in [200, 600] {
        let refused = stream(200, 100, promote).await;
        assert!(!refused.is_empty());
        assert!(refused.iter().all(|second| (100..=205).contains(second)), "{refused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_environment_born_in_mid_rotation_accepts_its_first_request_with_the_previous_or_the_pending_secret()
 {
    let store = FakeStore::with(OLD);
    store.rotate_to(NEW);
    assert_eq!(answer(&loaded(&store).await, OLD).await, "AWSPREVIOUS");
    store.stage("the-one-after-that");
    assert_eq!(answer(&loaded(&store).await, "the-one-after-that").await, "AWSPENDING");
}

#[tokio::test(start_paused = true)]
async fn a_secret_staged_days_before_its_promotion_leaves_the_previous_one_its_whole_grace() {
    let store = FakeStore::with(OLD);
    store.stage(NEW);
    advance(DAY * 7).await;
    store.promote();
    let cache = loaded(&store).await;
    advance(DAY.saturating_sub(SECOND)).await;
    assert_eq!(answer(&cache, OLD).await, "AWSPREVIOUS");
    advance(SECOND).await;
    assert_eq!(answer(&cache, OLD).await, "unauthorized");
}

#[tokio::test(start_paused = true)]
async fn an_unrelated_edit_lengthens_the_grace_and_never_shortens_it() {
    let store = FakeStore::with(OLD);
    store.rotate_to(NEW);
    advance(DAY / 2).await;
    store.fake().last_changed = Some(now());
    advance(DAY.saturating_sub(SECOND)).await;
    assert_eq!(answer(&loaded(&store).await, OLD).await, "AWSPREVIOUS");
}

#[tokio::test(start_paused = true)]
async fn a_grace_of_zero_switches_the_previous_secret_off() {
    let store = FakeStore::with(OLD);
    store.rotate_to(NEW);
    let cache = cache_with(&store, Policy { previous_grace: Duration::ZERO, ..Policy::default() });
    cache.load().await;
    assert_eq!(answer(&cache, OLD).await, "unauthorized");
    assert_eq!(answer(&cache, NEW).await, "AWSCURRENT");
}

#[tokio::test(start_paused = true)]
async fn the_secret_from_two_rotations_ago_is_refused() {
    let store = FakeStore::with(OLD);
    let cache = loaded(&store).await;
    store.rotate_to(NEW);
    advance(Duration::from_mins(10)).await;
    assert_eq!(answer(&cache, OLD).await, "AWSPREVIOUS");
    store.rotate_to("the-one-after-that");
    advance(Duration::from_mins(10)).await;
    assert_eq!(answer(&cache, OLD).await, "unauthorized");
    assert_eq!(answer(&cache, NEW).await, "AWSPREVIOUS");
}

#[tokio::test(start_paused = true)]
async fn a_previous_secret_whose_label_is_removed_is_refused_within_one_ttl() {
    let store = FakeStore::with(OLD);
    store.rotate_to(NEW);
    let cache = loaded(&store).await;
    assert_eq!(answer(&cache, OLD).await, "AWSPREVIOUS");
    store.fake().labels.remove("AWSPREVIOUS");
    advance(Policy::default().ttl).await;
    assert_eq!(answer(&cache, OLD).await, "unauthorized");
}

#[tokio::test(start_paused = true)]
async fn the_log_is_told_how_much_of_the_grace_is_left() {
    let store = FakeStore::with(OLD);
    store.rotate_to(NEW);
    let cache = loaded(&store).await;
    advance(DAY / 4).await;
    assert_eq!(send(&cache, OLD).await.unwrap().grace_left, Some(DAY / 4 * 3));
    assert_eq!(send(&cache, NEW).await.unwrap().grace_left, None);
}

#[tokio::test(start_paused = true)]
async fn refuses_no_verified_webhook_within_the_stale_limit_whatever_the_outage() {
    let faults = [
        "DispatchFailure",
        "ThrottlingException",
        "InternalServiceError",
        "AccessDeniedException",
        "ResourceNotFoundException",
        "DecryptionFailure",
    ];
    for fault in faults {
        let store = FakeStore::with(OLD);
        let cache = loaded(&store).await;
        store.fail(fault);
        let refused = refused_in(&cache, DAY).await;
        println!("{fault} for a day: {refused} of 1440 refused");
        assert_eq!(refused, 0, "{fault}");
        assert_eq!(answer(&cache, OLD).await, "secret_unavailable", "{fault}, past the limit");
        advance(Policy::default().cooldown).await;
        store.fail(None);
        assert_eq!(answer(&cache, OLD).await, "AWSCURRENT", "{fault}, over");
    }
}

/// A webhook a minute for a while; how many were refused.
async fn refused_in(cache: &SecretCache<&FakeStore>, period: Duration) -> u32 {
    let mut refused = 0;
    for _ in 0..period.as_secs() / 60 {
        refused += u32::from(send(cache, OLD).await.is_err());
        advance(Duration::from_mins(1)).await;
    }
    refused
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_costs_a_request_its_refresh_budget_and_no_more() {
    let store = FakeStore::with(OLD);
    let cache = loaded(&store).await;
    store.fake().latency = Duration::from_hours(1);
    advance(Policy::default().ttl).await;
    let asked = now();
    assert_eq!(answer(&cache, OLD).await, "AWSCURRENT");
    assert_eq!(now().duration_since(asked).unwrap(), limits::REFRESH_BUDGET);
    assert_eq!(answer(&cache, OLD).await, "AWSCURRENT");
    assert_eq!(
        now().duration_since(asked).unwrap(),
        limits::REFRESH_BUDGET,
        "the second one waits for nothing"
    );
}

#[tokio::test(start_paused = true)]
async fn within_the_cooldown_a_mismatch_follows_the_last_attempt() {
    let store = FakeStore::with(OLD);
    let cache = loaded(&store).await;
    assert_eq!(answer(&cache, FORGED).await, "unauthorized");
    store.fail("ThrottlingException");
    assert_eq!(answer(&cache, FORGED).await, "unauthorized", "the last attempt succeeded");
    advance(Policy::default().cooldown).await;
    assert_eq!(answer(&cache, FORGED).await, "secret_unavailable");
    store.fail(None);
    assert_eq!(answer(&cache, FORGED).await, "secret_unavailable", "the last attempt failed");
    advance(Policy::default().cooldown).await;
    assert_eq!(answer(&cache, FORGED).await, "unauthorized");
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_forged_requests_is_refused_at_one_refresh_per_cooldown() {
    let store = FakeStore::with(OLD);
    let cache = loaded(&store).await;
    let mut accepted = 0;
    for _ in 0..100_000 {
        accepted += u32::from(send(&cache, FORGED).await.is_ok());
        advance(Duration::from_millis(1)).await;
    }
    let (gets, describes) = store.calls();
    println!(
        "100000 forged in 100 s: {accepted} accepted, {gets} GetSecretValue, {describes} DescribeSecret"
    );
    assert_eq!((accepted, gets, describes), (0, 1, 20));
}

#[tokio::test(start_paused = true)]
async fn concurrent_requests_on_an_expired_cache_share_one_refresh() {
    let store = FakeStore::with(OLD);
    let policy = Policy { cooldown: Duration::from_secs(1), ..Policy::default() };
    let cache = cache_with(&store, policy);
    cache.load().await;
    store.rotate_to(NEW);
    store.fake().latency = limits::REFRESH_BUDGET / 3;
    advance(policy.ttl).await;
    let answers = futures_util::future::join_all((0..200).map(|_| answer(&cache, NEW))).await;
    println!("200 concurrent: {:?} GetSecretValue and DescribeSecret", store.calls());
    assert!(answers.iter().all(|answer| *answer == "AWSCURRENT"));
    assert_eq!(store.calls(), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn concurrent_requests_share_a_refresh_that_outlasts_the_cooldown() {
    let store = FakeStore::with(OLD);
    let cache = cache_with(&store, Policy { cooldown: SECOND, ..Policy::default() });
    cache.load().await;
    store.fake().latency = Duration::from_hours(1);
    let asked = now();
    let answers = futures_util::future::join_all((0..200).map(|_| answer(&cache, FORGED))).await;
    assert!(answers.iter().all(|answer| *answer == "secret_unavailable"));
    assert_eq!(now().duration_since(asked).unwrap(), limits::REFRESH_BUDGET);
}

#[tokio::test(start_paused = true)]
async fn a_request_awaits_one_refresh_at_the_most() {
    let store = FakeStore::with(OLD);
    let cache = cache_with(&store, Policy { cooldown: SECOND, ..Policy::default() });
    cache.load().await;
    store.fake().latency = Duration::from_hours(1);
    advance(Policy::default().ttl).await;
    let asked = now();
    assert_eq!(answer(&cache, FORGED).await, "secret_unavailable");
    assert_eq!(now().duration_since(asked).unwrap(), limits::REFRESH_BUDGET);
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_a_current_version_leaves_cached_secrets_in_service() {
    let store = FakeStore::with(OLD);
    store.stage(NEW);
    let cache = loaded(&store).await;
    assert_eq!(answer(&cache, NEW).await, "AWSPENDING");
    let labels = std::mem::take(&mut store.fake().labels);
    advance(Policy::default().ttl).await;
    assert_eq!(answer(&cache, NEW).await, "AWSPENDING");
    assert_eq!(answer(&cache, FORGED).await, "secret_unavailable");
    store.fake().labels = labels;
    advance(Policy::default().cooldown).await;
    assert_eq!(answer(&cache, FORGED).await, "unauthorized");
    assert_eq!(store.calls().0, 2, "and no value was read again");
}

#[tokio::test(start_paused = true)]
async fn a_removed_label_is_the_hard_stop_even_while_another_value_hangs() {
    let store = FakeStore::with(OLD);
    store.rotate_to(NEW);
    let cache = loaded(&store).await;
    assert_eq!(answer(&cache, OLD).await, "AWSPREVIOUS");
    store.fake().labels.remove("AWSPREVIOUS");
    store.stage("hangs");
    store.fake().latency_of_version.insert("hangs".into(), Duration::from_hours(1));
    advance(Policy::default().ttl).await;
    assert_eq!(answer(&cache, OLD).await, "secret_unavailable", "not accepted, and not refused for certain");
    assert_eq!(answer(&cache, NEW).await, "AWSCURRENT");
}

#[tokio::test(start_paused = true)]
async fn a_version_under_two_labels_is_read_once() {
    let store = FakeStore::with(OLD);
    let cache = loaded(&store).await;
    store.rotate_to(NEW);
    store.fake().labels.insert("AWSPENDING", NEW.into());
    assert_eq!(answer(&cache, NEW).await, "AWSCURRENT");
    assert_eq!(store.calls(), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_cold_start_without_secrets_manager_answers_503_until_it_is_back() {
    let store = FakeStore::with(OLD);
    store.fail("DispatchFailure");
    let cache = loaded(&store).await;
    assert_eq!(answer(&cache, OLD).await, "secret_unavailable");
    store.fail(None);
    advance(Policy::default().cooldown).await;
    assert_eq!(answer(&cache, OLD).await, "AWSCURRENT");
}

#[tokio::test(start_paused = true)]
async fn a_pending_version_without_a_value_yet_is_skipped_and_read_once_it_has_one() {
    let store = FakeStore::with(OLD);
    let cache = loaded(&store).await;
    store.stage_value("empty", None);
    assert_eq!(answer(&cache, FORGED).await, "unauthorized", "skipped, not a failed refresh");
    store.stage_value("empty", Some(SecretValue::Text(NEW.into())));
    advance(Policy::default().cooldown).await;
    assert_eq!(answer(&cache, NEW).await, "AWSPENDING");
}

#[tokio::test(start_paused = true)]
async fn a_pending_version_that_is_unusable_is_skipped() {
    for value in [SecretValue::Binary, SecretValue::Text(" ".into())] {
        let store = FakeStore::with(OLD);
        let cache = loaded(&store).await;
        store.stage_value("unusable", Some(value));
        assert_eq!(answer(&cache, "").await, "unauthorized");
        assert_eq!(answer(&cache, " ").await, "unauthorized");
        assert_eq!(answer(&cache, OLD).await, "AWSCURRENT");
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_good_secret_outlives_a_current_version_that_is_unusable_whatever_the_grace() {
    let store = FakeStore::with(OLD);
    let cache = cache_with(&store, Policy { previous_grace: Duration::ZERO, ..Policy::default() });
    cache.load().await;
    store.stage_value("blank", Some(SecretValue::Text(String::new())));
    store.promote();
    advance(Policy::default().ttl * 2).await;
    assert_eq!(answer(&cache, OLD).await, "AWSCURRENT");
    assert_eq!(
        answer(&cache, FORGED).await,
        "secret_unavailable",
        "nothing is certain without the current one"
    );
    let age = send(&cache, OLD).await.unwrap().secret_age;
    assert_eq!(age, Policy::default().ttl * 2, "the age keeps growing, so that an alarm sees it");
    store.fake().labels.insert("AWSCURRENT", OLD.into());
    advance(Policy::default().cooldown).await;
    assert_eq!(answer(&cache, FORGED).await, "unauthorized", "moved back, as the log says");
    assert_eq!(send(&cache, OLD).await.unwrap().secret_age, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_previous_version_that_cannot_be_read_makes_a_refusal_uncertain_and_hides_nothing_else() {
    let store = FakeStore::with(OLD);
    store.rotate_to(NEW);
    store.fake().fault_of_version.insert(OLD.into(), "DecryptionFailure");
    let cache = loaded(&store).await;
    assert_eq!(answer(&cache, OLD).await, "secret_unavailable");
    store.stage("the-one-after-that");
    advance(Policy::default().cooldown).await;
    assert_eq!(answer(&cache, "the-one-after-that").await, "AWSPENDING");
    store.promote();
    advance(Policy::default().ttl).await;
    assert_eq!(answer(&cache, "the-one-after-that").await, "AWSCURRENT");
}

#[tokio::test(start_paused = true)]
async fn a_date_out_of_all_bounds_starts_the_grace_now() {
    let store = FakeStore::with(OLD);
    store.rotate_to(NEW);
    store.fake().last_changed = Some(UNIX_EPOCH + Duration::from_secs(i64::MAX as u64));
    assert_eq!(answer(&loaded(&store).await, OLD).await, "AWSPREVIOUS");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_makes_a_refresh_due_and_blocks_none() {
    let store = FakeStore::with(OLD);
    let cache = loaded(&store).await;
    let future = now() + DAY;
    {
        let mut state = cache.state();
        let ring = KeyRing { read_at: future, ..KeyRing::clone(state.ring.as_ref().unwrap()) };
        state.ring = Some(ring.into());
        state.last_refresh = Some(Refresh { started: future, outcome: Ok(()) });
    }
    assert_eq!(answer(&cache, OLD).await, "AWSCURRENT");
    assert_eq!(store.calls(), (1, 1));
}
