//! Named values, and the revision that is one of them.

use model::{Roles, Timestamp, Uuid};
use storage::tables::identity::{NewSession, NewUser, UserDetails};

use super::bed::{Bed, read, write};

pub(crate) fn set_and_replaced(bed: &dyn Bed) {
    assert_eq!(read(bed, |tx| tx.mark("m")), None);
    for value in ["1", "", "zwei \u{1f600}"] {
        write(bed, move |tx| tx.set_mark("m", value));
        assert_eq!(read(bed, |tx| tx.mark("m")).as_deref(), Some(value));
    }
    write(bed, |tx| tx.set_mark("M", "other"));
    assert_eq!(read(bed, |tx| tx.mark("m")).as_deref(), Some("zwei \u{1f600}"));
}

pub(crate) fn revision_moves_with_what_tokens_are_worth(bed: &dyn Bed) {
    let revision = || read(bed, |tx| tx.revision());
    assert_eq!(revision(), 0);
    let user = write(bed, |tx| {
        let new = NewUser {
            guid: Uuid::from_u128(1),
            email: "a@example.com".to_owned(),
            name: "A".to_owned(),
            password_hash: String::new(),
            roles: Roles::default(),
            groups: Vec::new(),
            projects: Vec::new(),
            now: Timestamp(1),
            oid: "1".to_owned(),
            first_name: String::new(),
            last_name: String::new(),
            details: UserDetails::default(),
        };
        let user = tx.insert_user(&new)?.expect("the address is free");
        tx.insert_token(user, &[1; 32], "t", Timestamp(1))?;
        Ok(user)
    });
    let session = write(bed, move |tx| {
        tx.insert_session(&NewSession {
            user,
            hash: [2; 32],
            idle_ms: 1000,
            impersonator: None,
            now: Timestamp(1),
        })
    });
    write(bed, move |tx| tx.touch_tokens(&[(session, Timestamp(2))]));
    assert_eq!(revision(), 0, "a new token is not kept anywhere yet");
    write(bed, move |tx| tx.end_impersonations(user));
    assert_eq!(revision(), 0, "there was nothing to end");
    let mut last = 0;
    let mut moved = |what: &str| {
        let now = revision();
        assert!(now > last, "{what}");
        last = now;
    };
    write(bed, move |tx| tx.delete_session(session));
    moved("a session was ended");
    write(bed, move |tx| tx.set_user_projects(user, &["p".to_owned()]));
    moved("projects were changed");
    write(bed, |tx| {
        let user = tx.user_by_email("a@example.com")?.expect("he is there");
        tx.update_user(&user)
    });
    moved("a user was changed");
    write(bed, move |tx| tx.delete_tokens(user));
    moved("tokens were revoked");
    write(bed, move |tx| tx.insert_token(user, &[3; 32], "t", Timestamp(1)));
    write(bed, move |tx| tx.delete_user(user));
    moved("a user was deleted");
    write(bed, |tx| tx.revise());
    moved("somebody said so");
}
