//! Changing, putting away, deleting; what history keeps.

use std::time::Duration;

use engine::entities::{Change, Mode};
use model::{ChangeEvent, Page};
use serde_json::json;

use crate::support::{Bed, Item, Queue, Set, body, complaint, json, new, tags};

#[tokio::test]
async fn keys_are_replaced_as_a_whole() {
    let bed = Bed::new().await;
    let made = bed.item(r#"{"a":1,"b":2}"#).await;
    bed.app.clock.advance(Duration::from_secs(60));
    let changed = bed
        .change(Item, &made, r#"{"data":{"b":3},"extra":1,"guid":1,"info":{}}"#)
        .await
        .unwrap();
    let seen = json(&changed);
    assert_eq!(
        (changed.version, &seen["data"], &seen["extra"]),
        (2, &json!({ "b": 3 }), &json!(1))
    );
    assert_eq!(seen["guid"], json(&made)["guid"]);
    assert_eq!(seen["info"]["created"], json(&made)["info"]["created"]);
    assert_eq!(
        seen["info"]["modified"]["on"]["$date"],
        json!(1_464_584_157_316_i64 + 60_000)
    );
    assert_eq!(seen["metadata"], json(&made)["metadata"]);
    assert_eq!(
        bed.app.engine.entity(&bed.admin, Item, made.guid).await.unwrap(),
        changed
    );
}

#[tokio::test]
async fn metadata_and_tags_are_replaced_when_they_are_given() {
    let bed = Bed::new().await;
    let engine = &bed.app.engine;
    let sent = new(r#"{"data":{"a":1}}"#, r#"{"m":1}"#, &[("n", "v")]);
    let made = engine.create_entity(&bed.admin, Item, sent).await.unwrap();
    let mut change = Change::of(body("{}"));
    change.meta = Some(body(r#"{"o":2}"#));
    let changed = engine
        .change_entity(&bed.admin, Item, made.guid, change)
        .await
        .unwrap();
    let seen = json(&changed);
    assert_eq!(seen["metadata"]["data"], json!({ "o": 2 }));
    assert_eq!(
        (&seen["tags"], &seen["data"]),
        (&json(&made)["tags"], &json!({ "a": 1 }))
    );
    let mut change = Change::of(body("{}"));
    change.tags = Some(tags(&[("p", "1"), ("p", "1"), ("q", "2")]));
    let changed = engine
        .change_entity(&bed.admin, Item, made.guid, change)
        .await
        .unwrap();
    let expected = json!([{ "name": "p", "value": "1" }, { "name": "q", "value": "2" }]);
    assert_eq!(json(&changed)["tags"], expected);
}

#[tokio::test]
async fn replacing_drops_what_is_not_sent() {
    let bed = Bed::new().await;
    let made = bed.create(Item, r#"{"data":{"a":1},"extra":1}"#).await.unwrap();
    let change = |fields: &str| {
        let mode = Mode::Replace;
        Change {
            mode,
            ..Change::of(body(fields))
        }
    };
    let engine = &bed.app.engine;
    let changed = engine
        .change_entity(&bed.admin, Item, made.guid, change("{}"))
        .await
        .unwrap();
    assert_eq!(
        (&json(&changed)["data"], json(&changed).get("extra")),
        (&json!({}), None)
    );
    let queue = bed
        .create(Queue, r#"{"name":"q","parameters":{}}"#)
        .await
        .unwrap();
    let refused = engine.change_entity(&bed.admin, Queue, queue.guid, change(r#"{"name":"q"}"#));
    assert_eq!(
        complaint(refused.await),
        ("missing-field", "parameters".to_owned())
    );
}

#[tokio::test]
async fn a_refused_change_changes_nothing() {
    let bed = Bed::new().await;
    let made = bed.create(Set, "{}").await.unwrap();
    let refused = bed.change(Set, &made, r#"{"items":{"a":"1"}}"#).await;
    assert_eq!(complaint(refused).1, "items.a");
    assert_eq!(
        bed.app.engine.entity(&bed.admin, Set, made.guid).await.unwrap(),
        made
    );
}

#[tokio::test]
async fn concurrent_steps_all_count() {
    let bed = Bed::new().await;
    let made = bed.item(r#"{"n":0}"#).await;
    let steps = (0..20).map(|_| {
        let (engine, admin) = (bed.app.engine.clone(), bed.admin.clone());
        tokio::spawn(async move {
            let step = engine.change_entity_with(&admin, Item, made.guid, |entity| {
                let n = entity
                    .body
                    .root()
                    .path("data.n")
                    .unwrap()
                    .unwrap()
                    .as_i64()
                    .unwrap()
                    .unwrap();
                Ok(Change::of(body(&format!(r#"{{"data":{{"n":{}}}}}"#, n + 1))))
            });
            step.await.unwrap();
        })
    });
    for step in steps.collect::<Vec<_>>() {
        step.await.unwrap();
    }
    let last = bed.app.engine.entity(&bed.admin, Item, made.guid).await.unwrap();
    assert_eq!((last.version, &json(&last)["data"]["n"]), (21, &json!(20)));
    let refused = bed
        .app
        .engine
        .change_entity_with(&bed.admin, Item, made.guid, |_| {
            Ok(Change::of(body(r#"{"data":1}"#)))
        });
    assert_eq!(complaint(refused.await).1, "data");
}

#[tokio::test]
async fn archiving_goes_there_and_back() {
    let bed = Bed::new().await;
    let made = bed.item("{}").await;
    let engine = &bed.app.engine;
    let archive = |archived| engine.archive_entity(&bed.admin, Item, made.guid, archived);
    assert_eq!(archive(false).await.unwrap(), made);
    let away = archive(true).await.unwrap();
    assert_eq!(
        (away.version, &json(&away)["info"]["archived"]),
        (2, &json!(true))
    );
    assert_eq!(archive(true).await.unwrap(), away);
    // A change leaves it where it is.
    let changed = bed.change(Item, &made, "{}").await.unwrap();
    assert_eq!(json(&changed)["info"]["archived"], json!(true));
    let back = archive(false).await.unwrap();
    assert_eq!(
        (back.version, &json(&back)["info"]["archived"]),
        (4, &json!(false))
    );
}

#[tokio::test]
async fn deleting_leaves_the_history() {
    let bed = Bed::new().await;
    let made = bed.item(r#"{"a":1}"#).await;
    bed.change(Item, &made, r#"{"data":{"a":2}}"#).await.unwrap();
    let engine = &bed.app.engine;
    engine.delete_entity(&bed.admin, Item, made.guid).await.unwrap();
    let again = engine.delete_entity(&bed.admin, Item, made.guid).await;
    assert_eq!(complaint(again).0, "not-found");
    assert_eq!(
        complaint(engine.entity(&bed.admin, Item, made.guid).await).0,
        "not-found"
    );
    assert_eq!(complaint(bed.change(Item, &made, "{}").await).0, "not-found");
    let (collection, id) = (engine.entity_collection(Item), made.guid.simple().to_string());
    let history = engine
        .store()
        .read(move |tx| Ok::<_, model::Error>(tx.history(collection, &id, Page::first(9))?));
    let lines: Vec<_> = history
        .await
        .unwrap()
        .entries
        .into_iter()
        .map(|line| (line.event, line.stamp.by))
        .collect();
    let by = || "admin@example.com".to_owned();
    assert_eq!(
        lines,
        [
            (ChangeEvent::Deleted, by()),
            (ChangeEvent::Updated, by()),
            (ChangeEvent::Created, by())
        ]
    );
}
