//! Acting as another user.

use engine::accounts::{AccountChange, AccountRef};
use model::Code;

use super::support::{Bed, code, new_account};

#[tokio::test]
async fn an_impersonator_has_the_rights_of_the_other_and_is_named() {
    let bed = Bed::new().await;
    bed.user("ann@example.com", &["plain"]).await;
    for by in ["dev@example.com", "admin@example.com"] {
        let opened = bed.act_as(by, "Ann@example.com").await.unwrap();
        assert_eq!(opened.impersonator.as_deref(), Some(by));
        assert_eq!(opened.account.email, "ann@example.com");
        let caller = bed.engine().authenticate(&opened.token).await.unwrap();
        assert_eq!(
            (&*caller.email, caller.roles.developer),
            ("ann@example.com", false)
        );
        assert_eq!(caller.impersonator.as_deref(), Some(by));
    }
}

#[tokio::test]
async fn only_some_may_act_as_others() {
    let bed = Bed::new().await;
    for (email, group) in [
        ("ann@example.com", "plain"),
        ("master@example.com", "masters"),
        ("bob@example.com", "plain"),
    ] {
        bed.user(email, &[group]).await;
    }
    let refusal = async |by: &str, other: &str| code(bed.act_as(by, other).await);
    assert!(bed.act_as("master@example.com", "ann@example.com").await.is_ok());
    assert_eq!(
        refusal("bob@example.com", "ann@example.com").await,
        Code::Forbidden
    );
    assert_eq!(
        refusal("master@example.com", "dev@example.com").await,
        Code::Forbidden
    );
    assert_eq!(
        refusal("admin@example.com", "dev@example.com").await,
        Code::Forbidden
    );
    assert_eq!(
        refusal("master@example.com", "admin@example.com").await,
        Code::Forbidden
    );
    assert!(bed.act_as("dev@example.com", "admin@example.com").await.is_ok());
    assert_eq!(
        refusal("dev@example.com", "nobody@example.com").await,
        Code::NotFound
    );
    assert_eq!(
        refusal("bob@example.com", "nobody@example.com").await,
        Code::Forbidden
    );
    let off = vec![AccountRef::of("ann@example.com")];
    bed.engine().deactivate_accounts(&bed.admin, off).await.unwrap();
    assert_eq!(
        refusal("dev@example.com", "ann@example.com").await,
        Code::Forbidden
    );
}

#[tokio::test]
async fn passwords_are_not_changed_so() {
    let bed = Bed::new().await;
    let opened = bed.act_as("dev@example.com", "admin@example.com").await.unwrap();
    let caller = bed.engine().authenticate(&opened.token).await.unwrap();
    bed.engine()
        .create_account(&caller, new_account("bob@example.com"))
        .await
        .unwrap();
    let change = AccountChange {
        password: Some("another password".to_owned()),
        ..AccountChange::default()
    };
    let of = AccountRef::of("bob@example.com");
    let changed = bed.engine().change_account(&caller, of, change).await;
    assert_eq!(code(changed), Code::Forbidden);
}

#[tokio::test]
async fn it_ends_with_the_rights_or_the_account_of_the_impersonator() {
    let bed = Bed::new().await;
    bed.user("ann@example.com", &["plain"]).await;
    bed.user("master@example.com", &["plain", "masters"]).await;
    let own = bed.session("master@example.com").await;
    let as_ann = bed.act_as("master@example.com", "ann@example.com").await.unwrap();
    let of = || vec![AccountRef::of("master@example.com")];
    let group = "masters".to_owned();
    bed.engine()
        .remove_account_group(&bed.admin, of(), group)
        .await
        .unwrap();
    assert!(!bed.known(&as_ann.token).await && bed.known(&own).await);
    let as_ann = bed.act_as("dev@example.com", "ann@example.com").await.unwrap();
    let of = vec![AccountRef::of("dev@example.com")];
    bed.engine().delete_accounts(&bed.admin, of).await.unwrap();
    assert!(!bed.known(&as_ann.token).await);
}
