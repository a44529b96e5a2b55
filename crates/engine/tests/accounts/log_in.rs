//! Who gets in, and from where.

use engine::accounts::{AccountRef, LogIn, UserStatus};
use model::Code;
use testkit::PASSWORD;

use super::support::{Bed, code, with};

#[tokio::test]
async fn a_right_password_gives_a_session() {
    let bed = Bed::new().await;
    bed.user("ann@example.com", &["plain"]).await;
    let opened = bed.log_in(" Ann@Example.com ", PASSWORD).await.unwrap();
    assert_eq!(opened.token.len(), 32);
    assert!(opened.token.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(opened.impersonator, None);
    let account = &opened.account;
    assert_eq!(
        (&*account.email, &*account.full_name),
        ("ann@example.com", "Ann Bee")
    );
    assert_eq!((&*account.first_name, &*account.last_name), ("Ann", "Bee"));
    assert_eq!((account.id.len(), &account.id[..8]), (24, "574bc7dd"));
    let caller = bed.engine().authenticate(&opened.token).await.unwrap();
    assert_eq!((&*caller.email, &caller.oid), ("ann@example.com", &account.id));
    assert_eq!(caller.groups, ["plain"]);
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_refused() {
    let bed = Bed::new().await;
    bed.user("ann@example.com", &["plain"]).await;
    for (email, password, expected) in [
        ("", PASSWORD, Code::MissingField),
        ("ann@example.com", "", Code::MissingField),
        ("ann@example.com", "wrong horse", Code::Unauthenticated),
        ("nobody@example.com", PASSWORD, Code::Unauthenticated),
        ("ann@example.com", &"x".repeat(5000), Code::Unauthenticated),
    ] {
        assert_eq!(code(bed.log_in(email, password).await), expected, "{email}");
    }
}

#[tokio::test]
async fn wrong_passwords_in_a_row_block() {
    let bed = Bed::new().await;
    bed.user("ann@example.com", &["strict", "plain"]).await;
    let (session, wrong) = (bed.session("ann@example.com").await, "wrong");
    for _ in 0..2 {
        assert_eq!(
            code(bed.log_in("ann@example.com", wrong).await),
            Code::Unauthenticated
        );
    }
    // A right one starts the count anew.
    bed.session("ann@example.com").await;
    for _ in 0..2 {
        assert_eq!(
            code(bed.log_in("ann@example.com", wrong).await),
            Code::Unauthenticated
        );
    }
    assert_eq!(bed.account("ann@example.com").await.status, UserStatus::Active);
    assert!(bed.known(&session).await);
    assert_eq!(
        code(bed.log_in("ann@example.com", wrong).await),
        Code::Unauthenticated
    );
    assert_eq!(bed.account("ann@example.com").await.status, UserStatus::Blocked);
    assert!(!bed.known(&session).await);
    assert_eq!(
        code(bed.log_in("ann@example.com", PASSWORD).await),
        Code::Forbidden
    );
    assert_eq!(
        code(bed.log_in("ann@example.com", wrong).await),
        Code::Unauthenticated
    );
    let of = vec![AccountRef::of("ann@example.com")];
    let unblocked = bed.engine().unblock_accounts(&bed.admin, of).await.unwrap();
    assert_eq!(unblocked[0].status, UserStatus::Active);
    bed.session("ann@example.com").await;
}

#[tokio::test]
async fn without_a_rule_nobody_is_blocked() {
    let bed = Bed::new().await;
    // The rule of a further group does not count.
    bed.user("ann@example.com", &["plain", "strict"]).await;
    for _ in 0..5 {
        assert_eq!(
            code(bed.log_in("ann@example.com", "wrong").await),
            Code::Unauthenticated
        );
    }
    bed.session("ann@example.com").await;
}

#[tokio::test]
async fn groups_say_where_users_may_come_from() {
    let bed = Bed::new().await;
    bed.user("ann@example.com", &["plain", "local"]).await;
    bed.user("bob@example.com", &["plain"]).await;
    let from = async |email: &str, ip: Option<&str>| {
        let wanted = LogIn {
            ip: ip.map(|ip| ip.parse().unwrap()),
            ..with(email, PASSWORD)
        };
        bed.engine().open_session(wanted).await
    };
    assert!(from("ann@example.com", Some("10.1.2.3")).await.is_ok());
    assert!(from("ann@example.com", Some("::ffff:192.168.1.7")).await.is_ok());
    for bad in [Some("192.168.1.8"), Some("::1"), None] {
        assert_eq!(
            code(from("ann@example.com", bad).await),
            Code::Forbidden,
            "{bad:?}"
        );
    }
    assert!(from("bob@example.com", Some("192.168.1.8")).await.is_ok());
    let wrong = LogIn {
        ip: Some("192.168.1.8".parse().unwrap()),
        ..with("ann@example.com", "wrong")
    };
    assert_eq!(
        code(bed.engine().open_session(wrong).await),
        Code::Unauthenticated
    );
}
