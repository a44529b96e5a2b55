//! What a new entity looks like, and what is no entity.

use serde_json::json;

use crate::support::{Bed, Blueprint, Bot, Factory, Group, Item, Queue, Set, complaint, json, new};

#[tokio::test]
async fn an_item_is_laid_out_as_queries_see_it() {
    let bed = Bed::new().await;
    let sent = new(
        r#"{"data":{"b":1.10,"a":{"$uuid":"00000000000000000000000000000001"}},"guid":"x","info":1,"tags":2,"metadata":3}"#,
        r#"{"_class":"c"}"#,
        &[("Project", " A ")],
    );
    let made = bed
        .app
        .engine
        .create_entity(&bed.admin, Item, sent)
        .await
        .unwrap();
    let stamp = json!({
        "on": { "$date": 1_464_584_157_316_i64, "$zone": "UTC", "$offset": null },
        "by": { "email": "admin@example.com", "guid": { "$uuid": bed.admin.guid.simple().to_string() }, "entity": "user" },
    });
    assert_eq!(
        json(&made),
        json!({
            "guid": { "$uuid": made.guid.simple().to_string() },
            "data": { "b": 1.1, "a": { "$uuid": "00000000000000000000000000000001" } },
            "file": {},
            "metadata": { "data": { "_class": "c" } },
            "tags": [{ "name": "project", "value": "a" }],
            "info": { "entity_type": "item", "archived": false, "created": stamp, "modified": stamp },
        })
    );
    // Number spelling and order survive.
    assert!(made.body.to_text().unwrap().contains(r#""data":{"b":1.10,"a""#));
    assert_eq!(
        bed.app.engine.entity(&bed.admin, Item, made.guid).await.unwrap(),
        made
    );
    assert!(!bed.admin.guid.is_nil());
}

#[tokio::test]
async fn every_kind_has_its_own_collection_and_defaults() {
    let bed = Bed::new().await;
    let fields = [
        (Item, "{}", json!({ "data": {}, "file": {} })),
        (Set, "{}", json!({ "items": {} })),
        (Group, "{}", json!({ "sets": {} })),
        (
            Bot,
            r#"{"name":"b","config":{}}"#,
            json!({ "name": "b", "config": {} }),
        ),
        (
            Queue,
            r#"{"name":"q","parameters":{}}"#,
            json!({ "name": "q", "parameters": {} }),
        ),
    ];
    for (kind, sent, own) in fields {
        let made = bed.create(kind, sent).await.unwrap();
        let mut body = json(&made);
        let object = body.as_object_mut().unwrap();
        for common in ["guid", "metadata", "tags", "info"] {
            assert!(object.remove(common).is_some(), "{common} of {kind:?}");
        }
        assert_eq!(body, own);
        let elsewhere = if kind == Item { Set } else { Item };
        let missing = bed.app.engine.entity(&bed.admin, elsewhere, made.guid).await;
        assert_eq!(complaint(missing).0, "not-found");
    }
}

#[tokio::test]
async fn what_has_not_the_shape_of_its_kind_is_refused() {
    let bed = Bed::new().await;
    let guid = r#"{"$uuid":"00000000000000000000000000000001"}"#;
    let items = format!(r#"{{"items":{{"a":{guid},"b":"1"}}}}"#);
    let cases = [
        (Item, r#"{"data":[]}"#, "bad-value", "data"),
        (Item, r#"{"file":null}"#, "bad-value", "file"),
        (Set, items.as_str(), "bad-value", "items.b"),
        (Set, r#"{"items":[]}"#, "bad-value", "items"),
        (Group, r#"{"sets":{"a":null}}"#, "bad-value", "sets.a"),
        (Queue, r#"{"parameters":{}}"#, "missing-field", "name"),
        (Queue, r#"{"name":"","parameters":{}}"#, "bad-value", "name"),
        (Queue, r#"{"name":7,"parameters":{}}"#, "bad-value", "name"),
        (Queue, r#"{"name":"q"}"#, "missing-field", "parameters"),
        (Bot, r#"{"name":"b","config":{},"host":1}"#, "bad-value", "host"),
        (
            Bot,
            r#"{"name":"b","config":{},"state":"asleep"}"#,
            "bad-value",
            "state",
        ),
        (
            Bot,
            r#"{"name":"b","config":{},"workers":[{},1]}"#,
            "bad-value",
            "workers.1",
        ),
        (Factory, r#"{"name":"f","stage":"s"}"#, "missing-field", "plan"),
        (
            Factory,
            r#"{"name":"f","stage":"s","plan":{},"status":"x"}"#,
            "bad-value",
            "status",
        ),
        (
            Blueprint,
            r#"{"name":"b","schema":{},"entity_type":"queue"}"#,
            "bad-value",
            "entity_type",
        ),
    ];
    for (kind, fields, code, field) in cases {
        let refused = complaint(bed.create(kind, fields).await);
        assert_eq!(refused, (code, field.to_owned()), "{fields}");
    }
    let meta = bed
        .app
        .engine
        .create_entity(&bed.admin, Item, new("{}", "[]", &[]));
    assert_eq!(complaint(meta.await), ("bad-value", "meta".to_owned()));
    let many: Vec<_> = (0..101).map(|n| (n.to_string(), "v")).collect();
    let many: Vec<_> = many.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    assert_eq!(complaint(bed.tagged(&bed.admin, &many).await).1, "tags");
    let top: Vec<_> = (0..101).map(|n| format!("\"f{n}\":1")).collect();
    let top = bed.create(Item, &format!("{{{}}}", top.join(","))).await;
    assert_eq!(complaint(top).1, "fields");
}

#[tokio::test]
async fn an_entity_that_is_too_large_is_refused() {
    let bed = Bed::new().await;
    let text = "x".repeat(8 << 20);
    let data = |count: usize| {
        let fields: Vec<_> = (0..count).map(|n| format!("\"f{n}\":\"{text}\"")).collect();
        format!("{{\"data\":{{{}}}}}", fields.join(","))
    };
    let limits = jsonb::Limits {
        max_bytes: 64 << 20,
        ..jsonb::Limits::default()
    };
    let mut large = new("{}", "{}", &[]);
    large.fields = jsonb::Jsonb::parse(data(2).as_bytes(), &limits).unwrap();
    let refused = bed.app.engine.create_entity(&bed.admin, Item, large).await;
    assert_eq!(complaint(refused).0, "too-large");
    assert!(bed.create(Item, &data(1)).await.is_ok());
}
