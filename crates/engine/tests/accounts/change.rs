//! Making, changing and deleting users.

use engine::accounts::{AccountChange, AccountRef, Localization, NewAccount, ProviderChoice, UserStatus};
use model::Code;
use testkit::PASSWORD;

use super::support::{Bed, choice, code, new_account};

#[tokio::test]
async fn a_new_account_is_active_and_can_come_in() {
    let bed = Bed::new().await;
    let new = NewAccount {
        groups: vec![choice("plain", false), choice("strict", true)],
        localization: Localization {
            timezone: Some("Europe/Berlin".to_owned()),
            fixed_timezone: true,
            language: Some("de".to_owned()),
        },
        ..new_account(" Bob@Example.com ")
    };
    let weak = NewAccount {
        password: Some("letters only".to_owned()),
        ..new.clone()
    };
    let refused = bed.engine().create_account(&bed.dev, weak).await.unwrap_err();
    assert_eq!(
        (refused.field(), refused.message()),
        (Some("password"), "the password must have a digit")
    );
    let new = NewAccount {
        password: Some("ab12".to_owned()),
        ..new
    };
    let made = bed.engine().create_account(&bed.dev, new.clone()).await.unwrap();
    assert_eq!(
        (&*made.email, &*made.full_name, made.version),
        ("bob@example.com", "Bob Cole", 0)
    );
    assert_eq!(
        (made.status, made.developer, made.admin),
        (UserStatus::Active, false, false)
    );
    let groups: Vec<_> = made
        .groups
        .iter()
        .map(|group| (&*group.name, &*group.label, group.primary))
        .collect();
    assert_eq!(
        groups,
        [
            ("strict", "The strict ones", true),
            ("plain", "The plain ones", false)
        ]
    );
    assert_eq!(made.localization, new.localization);
    assert_eq!((made.providers.len(), &*made.providers[0].id), (1, "__slingr__"));
    assert!(bed.log_in("bob@example.com", "ab12").await.is_ok());
    assert_eq!(
        bed.engine().account(AccountRef::of(made.id.clone())).await,
        Ok(made)
    );
    assert_eq!(
        code(bed.engine().create_account(&bed.admin, new).await),
        Code::AlreadyExists
    );
}

#[tokio::test]
async fn all_that_is_wrong_is_said_at_once() {
    let bed = Bed::new().await;
    let new = NewAccount {
        last_name: "x".repeat(300),
        localization: Localization {
            timezone: Some("Nowhere".to_owned()),
            ..Localization::default()
        },
        ..NewAccount::default()
    };
    let refused = bed.engine().create_account(&bed.admin, new).await.unwrap_err();
    let fields: Vec<_> = refused.details().iter().map(|detail| &*detail.field).collect();
    assert_eq!(
        fields,
        [
            "firstName",
            "lastName",
            "email",
            "password",
            "localization.timezone"
        ]
    );
    assert_eq!(refused.message(), "First name cannot be empty");
}

#[tokio::test]
async fn a_made_up_password_is_nobodys() {
    let bed = Bed::new().await;
    let new = NewAccount {
        password: None,
        generate_password: true,
        ..new_account("bob@example.com")
    };
    bed.engine().create_account(&bed.admin, new).await.unwrap();
    assert_eq!(
        code(bed.log_in("bob@example.com", PASSWORD).await),
        Code::Unauthenticated
    );
}

#[tokio::test]
async fn only_managers_manage() {
    let bed = Bed::new().await;
    let plain = bed.user("ann@example.com", &["plain", "masters"]).await;
    let of = || vec![AccountRef::of("dev@example.com")];
    let engine = bed.engine();
    assert_eq!(
        code(engine.create_account(&plain, new_account("b@example.com")).await),
        Code::Forbidden
    );
    let change = engine.change_account(
        &plain,
        AccountRef::of("ann@example.com"),
        AccountChange::default(),
    );
    assert_eq!(code(change.await), Code::Forbidden);
    assert_eq!(code(engine.delete_accounts(&plain, of()).await), Code::Forbidden);
    assert_eq!(
        code(engine.deactivate_accounts(&plain, of()).await),
        Code::Forbidden
    );
    assert_eq!(
        code(engine.reactivate_accounts(&plain, of()).await),
        Code::Forbidden
    );
    assert_eq!(code(engine.unblock_accounts(&plain, of()).await), Code::Forbidden);
    let added = engine.add_account_group(&plain, of(), choice("plain", false));
    assert_eq!(code(added.await), Code::Forbidden);
    let removed = engine.remove_account_group(&plain, of(), "plain".to_owned());
    assert_eq!(code(removed.await), Code::Forbidden);
    let named = ProviderChoice::default();
    let of = || AccountRef::of("dev@example.com");
    assert_eq!(
        code(engine.add_account_provider(&plain, of(), named).await),
        Code::Forbidden
    );
    let key = "slingr".to_owned();
    assert_eq!(
        code(engine.remove_account_provider(&plain, of(), key).await),
        Code::Forbidden
    );
}

#[tokio::test]
async fn changes_are_partial_and_need_the_version() {
    let bed = Bed::new().await;
    bed.user("ann@example.com", &["plain"]).await;
    let change = async |change: AccountChange| {
        let of = AccountRef::of("ann@example.com");
        bed.engine().change_account(&bed.dev, of, change).await
    };
    let last_name = |name: &str, version| AccountChange {
        version,
        last_name: Some(name.to_owned()),
        ..AccountChange::default()
    };
    let changed = change(last_name("Cee", Some(0))).await.unwrap();
    assert_eq!((&*changed.full_name, changed.version), ("Ann Cee", 1));
    assert_eq!(
        code(change(last_name("Dee", Some(0))).await),
        Code::VersionConflict
    );
    assert_eq!(change(last_name("Cee", Some(1))).await.unwrap().version, 1);
    assert_eq!(change(last_name("Dee", None)).await.unwrap().version, 2);
    assert_eq!(code(change(last_name(" ", None)).await), Code::MissingField);
    let taken = AccountChange {
        email: Some("Dev@example.com".to_owned()),
        ..AccountChange::default()
    };
    assert_eq!(code(change(taken).await), Code::AlreadyExists);
    let strict = AccountChange {
        password: Some("letters only".to_owned()),
        groups: Some(vec![choice("strict", true)]),
        ..AccountChange::default()
    };
    assert_eq!(code(change(strict).await), Code::BadValue);
    let moved = AccountChange {
        email: Some("cee@example.com".to_owned()),
        developer: Some(true),
        ..AccountChange::default()
    };
    let moved = change(moved).await.unwrap();
    assert_eq!(
        (&*moved.email, moved.developer, moved.version),
        ("cee@example.com", true, 3)
    );
    assert_eq!(code(change(AccountChange::default()).await), Code::NotFound);
}

#[tokio::test]
async fn nobody_removes_himself_or_the_last_admin() {
    let bed = Bed::new().await;
    let engine = bed.engine();
    let of = |email: &str| vec![AccountRef::of(email)];
    for by in [&bed.admin, &bed.dev] {
        assert_eq!(
            code(engine.delete_accounts(by, of(&by.email)).await),
            Code::Forbidden
        );
        assert_eq!(
            code(engine.deactivate_accounts(by, of(&by.email)).await),
            Code::Forbidden
        );
    }
    assert_eq!(
        code(engine.delete_accounts(&bed.dev, of("admin@example.com")).await),
        Code::Forbidden
    );
    assert_eq!(
        code(
            engine
                .deactivate_accounts(&bed.dev, of("admin@example.com"))
                .await
        ),
        Code::Forbidden
    );
    let plain = AccountChange {
        admin: Some(false),
        ..AccountChange::default()
    };
    let demoted = engine.change_account(&bed.dev, AccountRef::of("admin@example.com"), plain);
    assert_eq!(code(demoted.await), Code::Forbidden);
    let second = NewAccount {
        admin: true,
        ..new_account("bob@example.com")
    };
    engine.create_account(&bed.dev, second).await.unwrap();
    engine
        .deactivate_accounts(&bed.dev, of("bob@example.com"))
        .await
        .unwrap();
    assert_eq!(
        code(engine.delete_accounts(&bed.dev, of("admin@example.com")).await),
        Code::Forbidden
    );
    engine
        .reactivate_accounts(&bed.dev, of("bob@example.com"))
        .await
        .unwrap();
    engine
        .delete_accounts(&bed.dev, of("admin@example.com"))
        .await
        .unwrap();
}

#[tokio::test]
async fn several_are_deleted_together_or_not_at_all() {
    let bed = Bed::new().await;
    for email in ["a@example.com", "b@example.com"] {
        bed.user(email, &["plain"]).await;
    }
    let of = |keys: &[&str]| keys.iter().map(|key| AccountRef::of(*key)).collect::<Vec<_>>();
    let missing = of(&["a@example.com", "nobody"]);
    assert_eq!(
        code(bed.engine().delete_accounts(&bed.admin, missing).await),
        Code::NotFound
    );
    let both = of(&["a@example.com", "b@example.com", "a@example.com"]);
    let gone = bed.engine().delete_accounts(&bed.admin, both).await.unwrap();
    let gone: Vec<_> = gone.iter().map(|account| &*account.email).collect();
    assert_eq!(gone, ["a@example.com", "b@example.com"]);
    assert_eq!(
        code(bed.engine().account(AccountRef::of("a@example.com")).await),
        Code::NotFound
    );
}

#[tokio::test]
async fn other_systems_know_users_too() {
    let bed = Bed::new().await;
    let engine = bed.engine();
    bed.user("ann@example.com", &["plain"]).await;
    let known = |name: &str| ProviderChoice {
        id: None,
        name: Some(name.to_owned()),
        external_id: Some("x1".to_owned()),
    };
    let of = || AccountRef::of("ann@example.com");
    let added = engine
        .add_account_provider(&bed.dev, of(), known("ldap"))
        .await
        .unwrap();
    let names: Vec<_> = added.providers.iter().map(|provider| &*provider.name).collect();
    assert_eq!((names, added.version), (vec!["slingr", "ldap"], 1));
    assert_eq!(
        engine.account(AccountRef::of("x1")).await.unwrap().email,
        "ann@example.com"
    );
    let second = NewAccount {
        providers: vec![known("saml")],
        ..new_account("bob@example.com")
    };
    engine.create_account(&bed.dev, second).await.unwrap();
    assert_eq!(code(engine.account(AccountRef::of("x1")).await), Code::BadValue);
    let saml = AccountRef {
        key: "x1".to_owned(),
        provider: Some("saml".to_owned()),
    };
    assert_eq!(engine.account(saml).await.unwrap().email, "bob@example.com");
    let remove = || engine.remove_account_provider(&bed.dev, of(), "ldap".to_owned());
    assert_eq!(remove().await.unwrap().providers.len(), 1);
    assert_eq!(code(remove().await), Code::NotFound);
}
