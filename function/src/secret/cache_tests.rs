//! The cache in virtual time: outages, refreshes and what they find. The tests check what `docs/rotation.md` says.

use std::time::{Duration, UNIX_EPOCH};

use futures_util::future::join_all;
use tokio::time::advance;

use super::*;
use crate::{
    limits,
    secret::{SecretValue, fake_store::*},
};

#[tokio::test(start_paused = true)]
async fn refuses_no_verified_webhook_within_the_stale_limit_whatever_the_outage() {
    // Only the second has a meaning of its own: a version without a value.
    for fault in ["DispatchFailure", "ResourceNotFoundException"] {
        let store = FakeStore::with(OLD);
        let cache = loaded(&store).await;
        store.fail(fault);
        for minute in 0..24 * 60 {
            assert_eq!(answer(&cache, OLD).await, "AWSCURRENT", "{fault}, minute {minute}");
            advance(Duration::from_mins(1)).await;
        }
        assert_eq!(answer(&cache, OLD).await, "secret_unavailable", "{fault}, past the limit");
        advance(Policy::default().cooldown).await;
        store.fail(None);
        assert_eq!(answer(&cache, OLD).await, "AWSCURRENT", "{fault}, over");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_costs_a_request_its_refresh_budget_and_no_more() {
    let store = FakeStore::with(OLD);
    let cache = loaded(&store).await;
    store.fake().latency = Duration::from_hours(1);
    advance(Policy::default().ttl).await;
    let asked = now();
    for _ in 0..2 {
        assert_eq!(answer(&cache, OLD).await, "AWSCURRENT");
        assert_eq!(
            now().duration_since(asked).unwrap(),
            limits::REFRESH_BUDGET,
            "the second one waits for nothing"
        );
    }
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
    assert_eq!((accepted, store.calls()), (0, (1, 20)));
}

#[tokio::test(start_paused = true)]
async fn concurrent_requests_on_an_expired_cache_share_one_refresh() {
    let store = FakeStore::with(OLD);
    let cache = loaded_with(&store, Policy { cooldown: SECOND, ..Policy::default() }).await;
    store.rotate_to(NEW);
    store.fake().latency = limits::REFRESH_BUDGET / 3;
    advance(Policy::default().ttl).await;
    let answers = join_all((0..200).map(|_| answer(&cache, NEW))).await;
    assert!(answers.iter().all(|answer| *answer == "AWSCURRENT"));
    assert_eq!(store.calls(), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn concurrent_requests_share_a_refresh_that_outlasts_the_cooldown() {
    let store = FakeStore::with(OLD);
    let cache = loaded_with(&store, Policy { cooldown: SECOND, ..Policy::default() }).await;
    store.fake().latency = Duration::from_hours(1);
    let asked = now();
    let answers = join_all((0..200).map(|_| answer(&cache, FORGED))).await;
    assert!(answers.iter().all(|answer| *answer == "secret_unavailable"));
    assert_eq!(now().duration_since(asked).unwrap(), limits::REFRESH_BUDGET);
}

#[tokio::test(start_paused = true)]
async fn a_request_awaits_one_refresh_at_the_most() {
    let store = FakeStore::with(OLD);
    let cache = loaded_with(&store, Policy { cooldown: SECOND, ..Policy::default() }).await;
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
async fn a_pending_version_without_a_usable_value_is_skipped_until_it_has_one() {
    for value in [None, Some(SecretValue::Binary), Some(SecretValue::Text(" ".into()))] {
        let store = FakeStore::with(OLD);
        let cache = loaded(&store).await;
        store.stage_value("unusable", value);
        assert_eq!(answer(&cache, " ").await, "unauthorized", "skipped, not a failed refresh");
        assert_eq!(answer(&cache, OLD).await, "AWSCURRENT");
        store.stage(NEW);
        advance(Policy::default().cooldown).await;
        assert_eq!(answer(&cache, NEW).await, "AWSPENDING");
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_good_secret_outlives_a_current_version_that_is_unusable_whatever_the_grace() {
    let store = FakeStore::with(OLD);
    let cache = loaded_with(&store, Policy { previous_grace: Duration::ZERO, ..Policy::default() }).await;
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
