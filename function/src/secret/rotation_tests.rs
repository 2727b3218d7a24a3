//! Rotation in virtual time. The tests check what `docs/rotation.md` says.

use tokio::time::advance;

use super::fake_store::*;

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
/// steps come at the given seconds. Returns when validly signed ones were refused.
async fn stream(stage_at: u64, switch_at: u64, promote_at: u64) -> Vec<u64> {
    let store = FakeStore::with(OLD);
    let cache = loaded(&store).await;
    let mut refused = Vec::new();
    for second in 0..1_000 {
        if second == stage_at {
            store.stage(NEW);
        }
        if second == promote_at {
            store.promote();
        }
        let secret = match second {
            _ if second % 10 == 9 => FORGED,
            _ if second < switch_at => OLD,
            _ => NEW,
        };
        match answer(&cache, secret).await {
            "unauthorized" if secret == FORGED => {}
            "unauthorized" => refused.push(second),
            stage => assert!(secret != FORGED && stage.starts_with("AWS"), "{stage} at {second} s"),
        }
        advance(SECOND).await;
    }
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
async fn a_secret_staged_days_before_its_promotion_leaves_the_previous_one_its_whole_grace() {
    let store = FakeStore::with(OLD);
    store.stage(NEW);
    advance(DAY * 7).await;
    store.promote();
    let cache = loaded(&store).await;
    advance(DAY / 4).await;
    assert_eq!(send(&cache, OLD).await.unwrap().grace_left, Some(DAY / 4 * 3), "for the log");
    assert_eq!(send(&cache, NEW).await.unwrap().grace_left, None);
    advance((DAY / 4 * 3).saturating_sub(SECOND)).await;
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
