//! Many entities at once.

use crate::support::{Bed, Blueprint, Item, ask, complaint, json, new};

#[tokio::test]
async fn each_stands_for_itself() {
    let bed = Bed::new().await;
    let sent = vec![
        new(r#"{"data":{"n":0}}"#, "{}", &[]),
        new(r#"{"data":7}"#, "{}", &[]),
        new(r#"{"data":{"n":2}}"#, "{}", &[]),
    ];
    let made = bed
        .app
        .engine
        .create_entities(&bed.admin, Item, sent)
        .await
        .unwrap();
    let outcome: Vec<_> = made
        .iter()
        .map(|one| one.as_ref().map(json).map(|body| body["data"]["n"].as_i64()))
        .collect();
    assert_eq!(outcome[0].as_ref().unwrap(), &Some(0));
    assert_eq!(outcome[2].as_ref().unwrap(), &Some(2));
    assert_eq!(complaint(made[1].clone()).1, "data");
    // They are listed in the order in which they were sent.
    let found = bed.find(&bed.admin, ask("{}")).await.unwrap();
    let made: Vec<_> = made.into_iter().flatten().collect();
    assert_eq!((found.total, found.rows), (2, made));
    let none = bed
        .app
        .engine
        .create_entities(&bed.admin, Item, vec![])
        .await
        .unwrap();
    assert!(none.is_empty());
}

#[tokio::test]
async fn what_is_taken_within_one_call_is_refused_too() {
    let bed = Bed::new().await;
    let blueprint = r#"{"name":"b","schema":{},"entity_type":"set"}"#;
    let sent = vec![new(blueprint, "{}", &[]), new(blueprint, "{}", &[])];
    let made = bed
        .app
        .engine
        .create_entities(&bed.admin, Blueprint, sent)
        .await
        .unwrap();
    assert!(made[0].is_ok());
    assert_eq!(complaint(made[1].clone()), ("already-exists", "name".to_owned()));
}

#[tokio::test]
async fn tags_of_others_are_refused_one_by_one() {
    let bed = Bed::new().await;
    bed.project("p", &[("n", "mine")]).await;
    let (ann, _) = bed.user("ann@example.com", &["p"]).await;
    let sent = vec![
        new("{}", "{}", &[("n", "mine")]),
        new("{}", "{}", &[("n", "yours")]),
    ];
    let made = bed.app.engine.create_entities(&ann, Item, sent).await.unwrap();
    assert!(made[0].is_ok());
    assert_eq!(complaint(made[1].clone()), ("bad-value", "tags.0".to_owned()));
}
