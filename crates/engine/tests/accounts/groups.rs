//! Groups of users.

use engine::accounts::{AccountRef, GroupChoice, NewAccount};
use engine::apps::group_id;
use model::Code;

use super::support::{Bed, choice, code, new_account};

fn of(email: &str) -> Vec<AccountRef> {
    vec![AccountRef::of(email)]
}

#[tokio::test]
async fn groups_are_named_by_id_or_name() {
    let bed = Bed::new().await;
    let by_id = GroupChoice {
        id: Some(group_id("plain")),
        name: Some("strict".to_owned()),
        primary: true,
        external: true,
    };
    let new = NewAccount {
        groups: vec![by_id],
        ..new_account("bob@example.com")
    };
    let made = bed.engine().create_account(&bed.admin, new).await.unwrap();
    let group = &made.groups[0];
    assert_eq!(
        (&*group.name, &group.id, group.primary, group.external),
        ("plain", &group_id("plain"), true, true)
    );
    for (groups, field) in [
        (vec![choice("nobodys", true)], "groups[0]"),
        (vec![choice("plain", true), choice("plain", false)], "groups[1]"),
        (vec![choice("plain", true), choice("quick", true)], "groups"),
        (vec![choice("plain", false), choice("quick", false)], "groups"),
        (vec![GroupChoice::default()], "groups[0]"),
    ] {
        let new = NewAccount {
            groups,
            ..new_account("cee@example.com")
        };
        let refused = bed.engine().create_account(&bed.admin, new).await.unwrap_err();
        assert_eq!((refused.code(), refused.field()), (Code::BadValue, Some(field)));
    }
}

#[tokio::test]
async fn groups_come_and_go_one_by_one() {
    let bed = Bed::new().await;
    let engine = bed.engine();
    bed.user("ann@example.com", &["plain"]).await;
    let names = async || {
        let account = bed.account("ann@example.com").await;
        account
            .groups
            .iter()
            .map(|group| group.name.clone())
            .collect::<Vec<_>>()
    };
    let add = async |choice| {
        engine
            .add_account_group(&bed.admin, of("ann@example.com"), choice)
            .await
    };
    let remove = async |group: &str| {
        let group = group.to_owned();
        engine
            .remove_account_group(&bed.admin, of("ann@example.com"), group)
            .await
    };
    add(choice("quick", false)).await.unwrap();
    assert_eq!(names().await, ["plain", "quick"]);
    add(choice("local", true)).await.unwrap();
    assert_eq!(names().await, ["local", "plain", "quick"]);
    assert_eq!(bed.account("ann@example.com").await.version, 2);
    assert_eq!(code(add(choice("nobodys", false)).await), Code::NotFound);
    assert_eq!(code(add(GroupChoice::default()).await), Code::BadRequest);
    remove(&group_id("local")).await.unwrap();
    remove("quick").await.unwrap();
    assert_eq!(names().await, ["plain"]);
    assert_eq!(code(remove("quick").await), Code::NotFound);
    assert_eq!(code(remove("nobodys").await), Code::NotFound);
}

#[tokio::test]
async fn callers_see_their_own_account_and_groups() {
    let bed = Bed::new().await;
    let ann = bed.user("ann@example.com", &["strict", "plain"]).await;
    let own = bed.engine().current_account(&ann).await.unwrap();
    assert_eq!(own.id, ann.oid);
    let groups = bed.engine().current_groups(&ann).await.unwrap();
    let groups: Vec<_> = groups
        .iter()
        .map(|group| (&*group.label, group.primary))
        .collect();
    assert_eq!(groups, [("The strict ones", true), ("The plain ones", false)]);
}
