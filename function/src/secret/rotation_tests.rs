//! Rotation in virtual time, every order of steps. Each test is a sentence of `docs/rotation.md`; those that stream
//! webhooks print their counts.

use std::time::Duration;

use tokio::time::advance;

use super::{Policy, fake_store::*};
use crate::outcome::Refusal;

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
