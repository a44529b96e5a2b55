//! Users and tokens.

use model::{Roles, Timestamp, TokenId, UserId, Uuid};
use storage::tables::identity::{
    IdentityProvider, NewSession, NewUser, TokenKind, User, UserDetails, UserStatus,
};

use super::bed::{Bed, read, write};

fn new_user(email: &str) -> NewUser {
    NewUser {
        guid: guid_of(email),
        email: email.to_owned(),
        name: "Jörg \"J\"".to_owned(),
        password_hash: "$argon2id$v=19$x".to_owned(),
        roles: Roles {
            admin: true,
            developer: false,
        },
        groups: vec!["g2".to_owned(), "g1, \"x\"".to_owned()],
        projects: vec![],
        now: Timestamp(5),
        oid: oid_of(email),
        first_name: "Jörg".to_owned(),
        last_name: "\"J\"".to_owned(),
        details: UserDetails {
            language: Some("de".to_owned()),
            external_groups: vec!["g2".to_owned()],
            ..UserDetails::default()
        },
    }
}

/// A public id of 24 digits that goes with the address.
fn oid_of(email: &str) -> String {
    guid_of(email).simple().to_string()[..24].to_owned()
}

/// A public id that goes with the address.
fn guid_of(email: &str) -> Uuid {
    Uuid::from_u128(
        email
            .bytes()
            .fold(1, |sum, byte| u128::rotate_left(sum, 8) ^ u128::from(byte)),
    )
}

fn insert(bed: &dyn Bed, email: &'static str) -> Option<UserId> {
    write(bed, move |tx| tx.insert_user(&new_user(email)))
}

fn user(bed: &dyn Bed, email: &'static str) -> Option<User> {
    read(bed, move |tx| tx.user_by_email(email))
}

fn token(bed: &dyn Bed, user: UserId, hash: u8) -> TokenId {
    write(bed, move |tx| {
        tx.insert_token(user, &[hash; 32], "t", Timestamp(6))
    })
}

pub(crate) fn a_user_survives(bed: &dyn Bed) {
    assert!(!read(bed, |tx| tx.has_users()));
    let id = insert(bed, "a@example.com").unwrap();
    let sent = new_user("a@example.com");
    let found = user(bed, "a@example.com").unwrap();
    assert_eq!((found.id, found.email, found.name), (id, sent.email, sent.name));
    assert_eq!(found.guid, sent.guid);
    assert_eq!(
        (found.password_hash, found.roles),
        (sent.password_hash, sent.roles)
    );
    assert_eq!((found.groups, found.projects), (sent.groups, sent.projects));
    assert_eq!(found.created, Timestamp(5));
    assert_eq!(
        (found.first_name, found.last_name),
        (sent.first_name, sent.last_name)
    );
    assert_eq!((found.oid, found.details), (sent.oid, sent.details));
    assert_eq!(
        (found.status, found.version, found.failed_logins),
        (UserStatus::Active, 0, 0)
    );
    assert!(read(bed, |tx| tx.has_users()));
}

pub(crate) fn mail_addresses_are_unique(bed: &dyn Bed) {
    assert!(insert(bed, "a@example.com").is_some());
    assert_eq!(insert(bed, "a@example.com"), None);
    assert_eq!(read(bed, |tx| tx.users(0, 10)).len(), 1);
    assert_eq!(user(bed, "nobody@example.com"), None);
}

pub(crate) fn users_are_listed_in_order(bed: &dyn Bed) {
    for email in ["c@example.com", "a@example.com", "b@example.com"] {
        insert(bed, email);
    }
    let list = |offset, limit| -> Vec<String> {
        let users = read(bed, move |tx| tx.users(offset, limit));
        users.into_iter().map(|entry| entry.user.email).collect()
    };
    assert_eq!(list(0, 10), ["c@example.com", "a@example.com", "b@example.com"]);
    assert_eq!(list(1, 1), ["a@example.com"]);
    assert!(list(3, 10).is_empty() && list(u64::MAX, u64::MAX).is_empty());
}

pub(crate) fn tokens_lead_to_their_owner(bed: &dyn Bed) {
    let (a, b) = (
        insert(bed, "a@example.com").unwrap(),
        insert(bed, "b@example.com").unwrap(),
    );
    let (first, second) = (token(bed, a, 1), token(bed, b, 2));
    let owner = |hash: u8| read(bed, move |tx| tx.token_owner(&[hash; 32]));
    let found = owner(1).unwrap();
    assert_eq!((found.token, found.last_used, found.user.id), (first, None, a));
    assert_eq!(
        owner(2).map(|found| (found.token, found.user.email)),
        Some((second, "b@example.com".to_owned()))
    );
    assert_eq!(owner(3), None);
}

pub(crate) fn removing_a_user_removes_his_tokens(bed: &dyn Bed) {
    let (a, b) = (
        insert(bed, "a@example.com").unwrap(),
        insert(bed, "b@example.com").unwrap(),
    );
    token(bed, a, 1);
    token(bed, a, 2);
    token(bed, b, 3);
    assert!(write(bed, move |tx| tx.delete_user(a)));
    assert!(!write(bed, move |tx| tx.delete_user(a)));
    let known = |hash: u8| read(bed, move |tx| tx.token_owner(&[hash; 32])).is_some();
    assert_eq!((known(1), known(2), known(3)), (false, false, true));
    assert_ne!(insert(bed, "a@example.com"), Some(a));
}

pub(crate) fn tokens_can_be_removed(bed: &dyn Bed) {
    let a = insert(bed, "a@example.com").unwrap();
    token(bed, a, 1);
    token(bed, a, 2);
    assert_eq!(write(bed, move |tx| tx.delete_tokens(a)), 2);
    assert_eq!(write(bed, move |tx| tx.delete_tokens(a)), 0);
    assert_eq!(read(bed, |tx| tx.token_owner(&[1; 32])), None);
    assert!(!read(bed, |tx| tx.users(0, 9))[0].has_token);
}

pub(crate) fn use_only_moves_forward(bed: &dyn Bed) {
    let a = insert(bed, "a@example.com").unwrap();
    let (first, second) = (token(bed, a, 1), token(bed, a, 2));
    let touch = |used: Vec<(TokenId, Timestamp)>| write(bed, move |tx| tx.touch_tokens(&used));
    touch(vec![
        (first, Timestamp(50)),
        (second, Timestamp(40)),
        (TokenId(999), Timestamp(1)),
    ]);
    touch(vec![(first, Timestamp(30)), (second, Timestamp(45))]);
    let used = |hash: u8| {
        read(bed, move |tx| tx.token_owner(&[hash; 32]))
            .unwrap()
            .last_used
    };
    assert_eq!((used(1), used(2)), (Some(Timestamp(50)), Some(Timestamp(45))));
    let entry = &read(bed, |tx| tx.users(0, 9))[0];
    assert_eq!((entry.has_token, entry.last_used), (true, Some(Timestamp(50))));
}

pub(crate) fn a_token_hash_is_unique(bed: &dyn Bed) {
    let a = insert(bed, "a@example.com").unwrap();
    token(bed, a, 1);
    let again = bed
        .store()
        .write_blocking(move |tx| tx.insert_token(a, &[1; 32], "again", Timestamp(7)));
    assert!(again.is_err());
    assert_eq!(write(bed, move |tx| tx.delete_tokens(a)), 1);
}

pub(crate) fn a_public_id_is_unique(bed: &dyn Bed) {
    insert(bed, "a@example.com").unwrap();
    let again = bed.store().write_blocking(|tx| {
        let email = "b@example.com".to_owned();
        let guid = guid_of("a@example.com");
        tx.insert_user(&NewUser {
            email,
            guid,
            ..new_user("b@example.com")
        })
    });
    assert!(again.is_err());
    assert_eq!(user(bed, "b@example.com"), None);
}

pub(crate) fn projects_of_a_user_are_replaced(bed: &dyn Bed) {
    let (a, b) = (
        insert(bed, "a@example.com").unwrap(),
        insert(bed, "b@example.com").unwrap(),
    );
    let set = |id: UserId, projects: Vec<String>| write(bed, move |tx| tx.set_user_projects(id, &projects));
    let names = vec!["p \"1\"".to_owned(), "ü".to_owned()];
    assert!(set(a, names.clone()));
    assert_eq!(user(bed, "a@example.com").unwrap().projects, names);
    assert!(user(bed, "b@example.com").unwrap().projects.is_empty());
    assert!(set(a, vec![]) && !set(UserId(b.0 + 1), vec![]));
    assert!(user(bed, "a@example.com").unwrap().projects.is_empty());
}

pub(crate) fn tokens_of_bots_name_them(bed: &dyn Bed) {
    let a = insert(bed, "a@example.com").unwrap();
    let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
    token(bed, a, 1);
    for (bot, hash) in [(one, 2), (one, 3), (two, 4)] {
        write(bed, move |tx| {
            tx.insert_bot_token(a, bot, &[hash; 32], Timestamp(6))
        });
    }
    let bot =
        |hash: u8| read(bed, move |tx| tx.token_owner(&[hash; 32])).map(|owner| (owner.user.id, owner.bot));
    assert_eq!(
        [1, 2, 3, 4].map(bot),
        [None, Some(one), Some(one), Some(two)].map(|bot| Some((a, bot)))
    );
    assert_eq!(write(bed, move |tx| tx.delete_bot_tokens(one)), 2);
    assert_eq!([2, 3].map(bot), [None, None]);
    assert!(bot(1).is_some() && bot(4).is_some());
}

pub(crate) fn tokens_of_bots_go_with_their_user(bed: &dyn Bed) {
    let a = insert(bed, "a@example.com").unwrap();
    let bot = Uuid::from_u128(1);
    token(bed, a, 1);
    write(bed, move |tx| tx.insert_bot_token(a, bot, &[2; 32], Timestamp(6)));
    assert_eq!(write(bed, move |tx| tx.delete_tokens(a)), 2);
    assert_eq!(read(bed, |tx| tx.token_owner(&[2; 32])), None);
}

pub(crate) fn all_of_a_user_is_replaced(bed: &dyn Bed) {
    insert(bed, "a@example.com").unwrap();
    let other = user(bed, "a@example.com").unwrap();
    insert(bed, "b@example.com").unwrap();
    let provider = IdentityProvider {
        id: "ldap".to_owned(),
        name: "ldap".to_owned(),
        label: "LDAP".to_owned(),
        external_id: Some("cn=b".to_owned()),
    };
    let changed = User {
        email: "c@example.com".to_owned(),
        name: "C D".to_owned(),
        password_hash: "other".to_owned(),
        roles: Roles {
            admin: false,
            developer: true,
        },
        groups: vec!["g3".to_owned()],
        status: UserStatus::Blocked,
        first_name: "C".to_owned(),
        last_name: "D".to_owned(),
        version: 7,
        failed_logins: 3,
        details: UserDetails {
            timezone: Some("Europe/Berlin".to_owned()),
            fixed_timezone: true,
            providers: vec![provider],
            ..UserDetails::default()
        },
        ..user(bed, "b@example.com").unwrap()
    };
    let sent = changed.clone();
    assert!(write(bed, move |tx| tx.update_user(&sent)));
    assert_eq!(user(bed, "b@example.com"), None);
    assert_eq!(user(bed, "c@example.com"), Some(changed.clone()));
    assert_eq!(user(bed, "a@example.com"), Some(other));
    let nobody = User {
        id: UserId(99),
        email: "d@example.com".to_owned(),
        ..changed
    };
    assert!(!write(bed, move |tx| tx.update_user(&nobody)));
}

pub(crate) fn users_are_found_by_more_than_their_address(bed: &dyn Bed) {
    let (a, b) = (
        insert(bed, "a@example.com").unwrap(),
        insert(bed, "b@example.com").unwrap(),
    );
    let by_oid = |oid: String| read(bed, move |tx| tx.user_by_oid(&oid)).map(|user| user.id);
    assert_eq!(by_oid(oid_of("b@example.com")), Some(b));
    assert_eq!(by_oid("0".repeat(24)), None);
    let label = |label: &'static str, limit| -> Vec<UserId> {
        let users = read(bed, move |tx| tx.users_by_label(label, limit));
        users.iter().map(|user| user.id).collect()
    };
    assert_eq!(label("Jörg \"J\"", 9), [a, b]);
    assert_eq!(label("Jörg \"J\"", 1), [a]);
    assert_eq!(label("B@example.com", 9), [b]);
    assert!(label("Jörg", 9).is_empty());
    let next = |after: UserId, limit| -> Vec<UserId> {
        let users = read(bed, move |tx| tx.users_after(after, limit));
        users.iter().map(|user| user.id).collect()
    };
    assert_eq!(
        (next(UserId(0), 9), next(UserId(0), 1), next(a, 9)),
        (vec![a, b], vec![a], vec![b])
    );
    assert!(next(b, 9).is_empty());
}

pub(crate) fn users_are_found_by_what_others_call_them(bed: &dyn Bed) {
    for (email, provider) in [("a@example.com", "ldap"), ("b@example.com", "saml")] {
        insert(bed, email).unwrap();
        let mut changed = user(bed, email).unwrap();
        changed.details.providers = vec![IdentityProvider {
            id: format!("id-{provider}"),
            name: provider.to_owned(),
            label: String::new(),
            external_id: Some("x1".to_owned()),
        }];
        write(bed, move |tx| tx.update_user(&changed));
    }
    let found = |id: &'static str, provider: Option<&'static str>| -> Vec<String> {
        let users = read(bed, move |tx| tx.users_by_external_id(id, provider));
        users.into_iter().map(|user| user.email).collect()
    };
    assert_eq!(found("x1", None), ["a@example.com", "b@example.com"]);
    assert_eq!(found("x1", Some("saml")), ["b@example.com"]);
    assert_eq!(found("x1", Some("id-ldap")), ["a@example.com"]);
    assert!(found("x2", None).is_empty() && found("x1", Some("other")).is_empty());
}

pub(crate) fn active_admins_are_counted(bed: &dyn Bed) {
    insert(bed, "a@example.com").unwrap();
    insert(bed, "b@example.com").unwrap();
    let count = || read(bed, |tx| tx.count_active_admins());
    assert_eq!(count(), 2);
    let mut off = user(bed, "a@example.com").unwrap();
    off.status = UserStatus::Inactive;
    write(bed, move |tx| tx.update_user(&off));
    assert_eq!(count(), 1);
    let mut plain = user(bed, "b@example.com").unwrap();
    plain.roles.admin = false;
    write(bed, move |tx| tx.update_user(&plain));
    assert_eq!(count(), 0);
}

fn session(bed: &dyn Bed, user: UserId, hash: u8, now: i64, impersonator: Option<&'static str>) -> TokenId {
    write(bed, move |tx| {
        tx.insert_session(&NewSession {
            user,
            hash: [hash; 32],
            idle_ms: 100,
            impersonator: impersonator.map(str::to_owned),
            now: Timestamp(now),
        })
    })
}

fn known(bed: &dyn Bed, hash: u8) -> bool {
    read(bed, move |tx| tx.token_owner(&[hash; 32])).is_some()
}

pub(crate) fn tokens_say_what_they_are_for(bed: &dyn Bed) {
    let a = insert(bed, "a@example.com").unwrap();
    token(bed, a, 1);
    write(bed, move |tx| {
        tx.insert_bot_token(a, Uuid::from_u128(1), &[2; 32], Timestamp(6))
    });
    let id = session(bed, a, 3, 50, Some("dev@example.com"));
    let owner = |hash: u8| read(bed, move |tx| tx.token_owner(&[hash; 32])).unwrap();
    assert_eq!(
        [1, 2, 3].map(|hash| owner(hash).kind),
        [
            TokenKind::Personal,
            TokenKind::Bot,
            TokenKind::Session { idle_ms: 100 }
        ]
    );
    let found = owner(3);
    assert_eq!((found.token, found.last_used), (id, Some(Timestamp(50))));
    assert_eq!(found.impersonator.as_deref(), Some("dev@example.com"));
    assert_eq!(owner(1).impersonator, None);
}

pub(crate) fn sessions_are_no_tokens_in_lists(bed: &dyn Bed) {
    let a = insert(bed, "a@example.com").unwrap();
    session(bed, a, 1, 50, None);
    let entry = &read(bed, |tx| tx.users(0, 9))[0];
    assert_eq!((entry.has_token, entry.last_used), (false, Some(Timestamp(50))));
}

pub(crate) fn sessions_end_with_their_users_doings(bed: &dyn Bed) {
    let (a, b) = (
        insert(bed, "a@example.com").unwrap(),
        insert(bed, "b@example.com").unwrap(),
    );
    token(bed, a, 1);
    let own = session(bed, a, 2, 0, None);
    session(bed, a, 3, 0, None);
    session(bed, b, 4, 0, None);
    session(bed, b, 8, 0, Some("a@example.com"));
    assert_eq!(write(bed, move |tx| tx.end_impersonations(b)), 0);
    assert_eq!(write(bed, move |tx| tx.end_impersonations(a)), 1);
    session(bed, b, 5, 0, Some("a@example.com"));
    assert_eq!(write(bed, move |tx| tx.end_sessions(a, Some(own))), 2);
    assert_eq!(
        [1, 2, 3, 4, 5].map(|hash| known(bed, hash)),
        [true, true, false, true, false]
    );
    assert_eq!(write(bed, move |tx| tx.end_sessions(a, None)), 1);
    assert!(known(bed, 1) && !known(bed, 2));
    let last = session(bed, b, 6, 0, None);
    assert!(write(bed, move |tx| tx.delete_session(last)));
    assert!(!write(bed, move |tx| tx.delete_session(last)));
    let personal = token(bed, a, 7);
    assert!(!write(bed, move |tx| tx.delete_session(personal)) && known(bed, 7));
    assert!(!known(bed, 6) && known(bed, 4));
}

pub(crate) fn a_removed_impersonator_loses_his_sessions(bed: &dyn Bed) {
    let (a, b) = (
        insert(bed, "a@example.com").unwrap(),
        insert(bed, "b@example.com").unwrap(),
    );
    session(bed, b, 1, 0, Some("a@example.com"));
    session(bed, b, 2, 0, None);
    assert!(write(bed, move |tx| tx.delete_user(a)));
    assert!(!known(bed, 1) && known(bed, 2));
}

pub(crate) fn ended_sessions_are_forgotten(bed: &dyn Bed) {
    let (a, b) = (
        insert(bed, "a@example.com").unwrap(),
        insert(bed, "b@example.com").unwrap(),
    );
    token(bed, a, 1);
    session(bed, a, 2, 0, None);
    session(bed, a, 3, 1, None);
    session(bed, b, 4, 0, None);
    let forget = |now: i64, limit: u64| write(bed, move |tx| tx.delete_ended_sessions(Timestamp(now), limit));
    assert_eq!(forget(99, 9), 0);
    assert_eq!((forget(100, 1), forget(100, 9)), (1, 1));
    assert_eq!(
        [1, 2, 3, 4].map(|hash| known(bed, hash)),
        [true, false, true, false]
    );
    // A new session of the user sweeps his own.
    session(bed, b, 5, 0, None);
    session(bed, a, 6, 101, None);
    assert_eq!(
        [1, 3, 5, 6].map(|hash| known(bed, hash)),
        [true, false, true, true]
    );
}
