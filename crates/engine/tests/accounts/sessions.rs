//! How long sessions and tokens last.

use engine::SlingrOptions;
use engine::accounts::{AccountChange, AccountRef, UserStatus};
use engine::upkeep::sweep;
use std::time::Duration;

use super::support::Bed;

const HOUR: u64 = 3_600_000;

#[tokio::test]
async fn a_session_ends_after_a_pause_and_tokens_never() {
    let bed = Bed::new().await;
    let ann = bed.user("ann@example.com", &["plain"]).await;
    let personal = bed.engine().make_token("ann@example.com").await.unwrap().token;
    let session = bed.session(&ann.email).await;
    for _ in 0..3 {
        bed.pass(8 * HOUR - 1);
        assert!(bed.known(&session).await);
    }
    bed.pass(8 * HOUR);
    assert!(!bed.known(&session).await);
    assert!(bed.known(&personal).await);
}

#[tokio::test]
async fn the_shortest_time_of_the_groups_counts() {
    let bed = Bed::new().await;
    bed.user("ann@example.com", &["plain", "quick"]).await;
    let session = bed.session("ann@example.com").await;
    // Used all the time, by the memory of the server and without it.
    for _ in 0..20 {
        bed.pass(999);
        assert!(bed.known(&session).await);
    }
    bed.pass(3_999);
    assert!(bed.known(&session).await);
    bed.pass(4_000);
    assert!(!bed.known(&session).await);
    assert!(!bed.known(&session).await);
}

#[tokio::test]
async fn the_last_use_outlives_the_process() {
    let mut bed = Bed::new().await;
    bed.user("ann@example.com", &["quick"]).await;
    let session = bed.session("ann@example.com").await;
    for _ in 0..10 {
        bed.pass(1_000);
        assert!(bed.known(&session).await);
    }
    bed.app.restart().await;
    bed.pass(2_500);
    assert!(bed.known(&session).await);
    bed.pass(4_000);
    assert!(!bed.known(&session).await);
}

#[tokio::test]
async fn the_time_of_the_server_can_be_set() {
    let bed = Bed::with(SlingrOptions {
        session_ttl: 2,
        ..SlingrOptions::default()
    })
    .await;
    let session = bed.session(&bed.dev.email).await;
    bed.pass(1_999);
    assert!(bed.known(&session).await);
    bed.pass(2_000);
    assert!(!bed.known(&session).await);
}

#[tokio::test]
async fn logging_out_ends_the_session_at_once() {
    let bed = Bed::new().await;
    bed.user("ann@example.com", &["plain"]).await;
    let (one, two) = (
        bed.session("ann@example.com").await,
        bed.session("ann@example.com").await,
    );
    let caller = bed.engine().authenticate(&one).await.unwrap();
    bed.engine().close_session(&caller).await.unwrap();
    assert!(!bed.known(&one).await && bed.known(&two).await);
    bed.engine().close_session(&caller).await.unwrap();
    // A token that is no session is not ended so.
    bed.engine().close_session(&bed.dev).await.unwrap();
    assert!(bed.known(&bed.app.user).await);
}

#[tokio::test]
async fn who_is_switched_off_is_out_at_once() {
    let bed = Bed::new().await;
    bed.user("ann@example.com", &["plain"]).await;
    let personal = bed.engine().make_token("ann@example.com").await.unwrap().token;
    let session = bed.session("ann@example.com").await;
    assert!(bed.known(&personal).await && bed.known(&session).await);
    let of = || vec![AccountRef::of("ann@example.com")];
    let off = bed.engine().deactivate_accounts(&bed.admin, of()).await.unwrap();
    assert_eq!(off[0].status, UserStatus::Inactive);
    assert!(!bed.known(&personal).await && !bed.known(&session).await);
    bed.engine().reactivate_accounts(&bed.admin, of()).await.unwrap();
    assert!(bed.known(&personal).await && !bed.known(&session).await);
}

#[tokio::test]
async fn a_new_password_ends_sessions() {
    let bed = Bed::new().await;
    bed.user("ann@example.com", &["plain"]).await;
    let session = bed.session("ann@example.com").await;
    let change = AccountChange {
        password: Some("another password".to_owned()),
        ..AccountChange::default()
    };
    let of = AccountRef::of("ann@example.com");
    bed.engine().change_account(&bed.admin, of, change).await.unwrap();
    assert!(!bed.known(&session).await);
    assert!(bed.log_in("ann@example.com", "another password").await.is_ok());
}

#[tokio::test]
async fn ended_sessions_are_swept() {
    let bed = Bed::new().await;
    let session = bed.session(&bed.dev.email).await;
    bed.pass(9 * HOUR);
    sweep(bed.engine(), Duration::from_secs(3600)).await.unwrap();
    // The store knows it no longer, whatever time it is.
    let users = bed.engine().users(&bed.admin).await.unwrap();
    let dev = users
        .iter()
        .find(|entry| entry.user.email == bed.dev.email)
        .unwrap();
    assert!(dev.has_token);
    assert!(!bed.known(&session).await);
}
