//! Who sees what.

use engine::entities::{Change, FileMethod};

use crate::support::{Bed, Item, ask, body, complaint, sort, tags};

#[tokio::test]
async fn users_see_what_has_no_tags_or_one_of_their_projects() {
    let bed = Bed::new().await;
    bed.project("red", &[("code", "r"), ("dept", "x")]).await;
    bed.project("blue", &[("code", "b")]).await;
    let (ann, _) = bed.user("ann@example.com", &["red"]).await;
    let (bob, _) = bed.user("bob@example.com", &["blue", "no such project"]).await;
    let (cem, _) = bed.user("cem@example.com", &[]).await;
    let admin = &bed.admin;
    let mut made = Vec::new();
    for list in [
        &[][..],
        &[("code", "r")],
        &[("code", "b")],
        &[("code", "b"), ("dept", "x")],
        &[("code", "q")],
        &[("dept", "r")],
    ] {
        made.push(bed.tagged(admin, list).await.unwrap());
    }
    for (who, sees) in [
        (admin, &[0, 1, 2, 3, 4, 5][..]),
        (&ann, &[0, 1, 3]),
        (&bob, &[0, 2, 3]),
        (&cem, &[0]),
    ] {
        let expected: Vec<_> = sees.iter().map(|at| made[*at].clone()).collect();
        // With a scan, by an index, and one by one.
        let found = bed.find(who, ask("{}")).await.unwrap();
        assert_eq!((found.total as usize, &found.rows), (sees.len(), &expected));
        let guids: Vec<_> = made
            .iter()
            .map(|one| format!(r#"{{"$uuid":"{}"}}"#, one.guid.simple()))
            .collect();
        let by_guid = ask(&format!(r#"{{"guid":{{"$in":[{}]}}}}"#, guids.join(",")));
        assert_eq!(bed.find(who, by_guid).await.unwrap(), found);
        for (at, one) in made.iter().enumerate() {
            let read = bed.app.engine.entity(who, Item, one.guid).await;
            assert_eq!(read.is_ok(), sees.contains(&at), "{at} for {}", who.email);
        }
    }
}

#[tokio::test]
async fn what_is_not_seen_can_not_be_touched() {
    let bed = Bed::new().await;
    let (ann, _) = bed.user("ann@example.com", &[]).await;
    let hidden = bed.tagged(&bed.admin, &[("code", "r")]).await.unwrap();
    let engine = &bed.app.engine;
    let change = || Change::of(body("{}"));
    let missing = ("not-found", String::new());
    assert_eq!(
        complaint(engine.change_entity(&ann, Item, hidden.guid, change()).await),
        missing
    );
    assert_eq!(
        complaint(engine.archive_entity(&ann, Item, hidden.guid, true).await),
        missing
    );
    assert_eq!(
        complaint(engine.delete_entity(&ann, Item, hidden.guid).await),
        missing
    );
    assert_eq!(
        complaint(engine.file_grant(&ann, FileMethod::Get, Item, hidden.guid).await),
        missing
    );
    assert_eq!(
        engine.entity(&bed.admin, Item, hidden.guid).await.unwrap(),
        hidden
    );
}

#[tokio::test]
async fn pages_are_cut_from_what_is_seen() {
    let bed = Bed::new().await;
    bed.project("red", &[("code", "r")]).await;
    let (ann, _) = bed.user("ann@example.com", &["red"]).await;
    for number in 0..12 {
        let list: &[_] = if number % 3 == 0 {
            &[("code", "r")]
        } else {
            &[("code", "b")]
        };
        bed.tagged(&bed.admin, list).await.unwrap();
    }
    for order in [sort(&[]), sort(&["-guid"])] {
        let mut find = ask("{}");
        (find.sort, find.skip, find.limit) = (order, 1, 2);
        let found = bed.find(&ann, find).await.unwrap();
        assert_eq!((found.total, found.rows.len()), (4, 2));
    }
}

#[tokio::test]
async fn only_tags_of_own_projects_may_be_added() {
    let bed = Bed::new().await;
    bed.project("red", &[("code", "r")]).await;
    let (ann, _) = bed.user("ann@example.com", &["red"]).await;
    let engine = &bed.app.engine;
    let refused = ("bad-value", "tags.1".to_owned());
    let list = [("code", "R "), ("code", "b")];
    assert_eq!(complaint(engine.check_tags(&ann, &tags(&list)).await), refused);
    assert!(engine.check_tags(&ann, &tags(&list[..1])).await.is_ok());
    assert!(engine.check_tags(&bed.admin, &tags(&list)).await.is_ok());
    assert_eq!(complaint(bed.tagged(&ann, &list).await), refused);
    // What is on it already may stay, but nothing else may be added.
    let both = bed.tagged(&bed.admin, &list).await.unwrap();
    let retag = |list: &[(&str, &str)]| {
        let change = Change {
            tags: Some(tags(list)),
            ..Change::of(body("{}"))
        };
        engine.change_entity(&ann, Item, both.guid, change)
    };
    assert!(retag(&list).await.is_ok());
    assert_eq!(complaint(retag(&[("code", "r"), ("code", "c")]).await), refused);
}
