//! Saving: what `PATCH` and `PUT` replace, what is passed over, what is archived and deleted.

use serde_json::{Value, json};

use crate::support::{KINDS, app, call, expect, get, guid, make, sample};

#[tokio::test]
async fn a_patch_replaces_each_field_as_a_whole() {
    let app = app().await;
    let item = make(
        &app,
        "item",
        json!({ "data": { "a": 1, "b": { "c": 2 } }, "meta": { "m": 1, "n": 2 } }),
    )
    .await;
    let path = format!("item/{}", guid(&item));
    let saved = expect(&app, 200, "PATCH", &path, json!({ "data": { "b": {} } })).await;
    assert_eq!(
        (&saved["data"], &saved["meta"]),
        (&json!({ "b": {} }), &json!({ "m": 1, "n": 2 }))
    );
    assert_eq!(saved["file"], json!({}));
    let saved = expect(&app, 200, "PATCH", &path, json!({ "meta": { "n": 3 } })).await;
    assert_eq!(
        (&saved["data"], &saved["meta"]),
        (&json!({ "b": {} }), &json!({ "n": 3 }))
    );
    assert_eq!(get(&app, &path).await, saved);
}

#[tokio::test]
async fn a_put_replaces_the_whole() {
    let app = app().await;
    let item = make(&app, "item", json!({ "data": { "a": 1 }, "meta": { "m": 1 } })).await;
    let path = format!("item/{}", guid(&item));
    let saved = expect(&app, 200, "PUT", &path, json!({ "meta": { "x": 1 } })).await;
    assert_eq!((&saved["data"], &saved["meta"]), (&json!({}), &json!({ "x": 1 })));
    let queue = make(&app, "queue", sample("queue")).await;
    let path = format!("queue/{}", guid(&queue));
    let refused = expect(&app, 400, "PUT", &path, json!({ "name": "other" })).await;
    assert!(refused["parameters"].is_array(), "{refused}");
    assert_eq!(get(&app, &path).await["name"], "q");
}

#[tokio::test]
async fn what_is_not_the_clients_to_say_is_passed_over() {
    let app = app().await;
    for kind in KINDS {
        let mut body = sample(kind);
        for (name, value) in [
            ("guid", json!("1234")),
            ("info", json!({ "created": 1, "credentials": { "token": "x" } })),
            ("workers", json!([{ "guid": 1 }])),
            ("url", json!("http://x")),
            ("encrypt", json!(true)),
            ("file_key", json!("plan")),
            ("colour", json!({ "$date": "no date" })),
        ] {
            body[name] = value;
        }
        let made = make(&app, kind, body.clone()).await;
        let path = format!("{kind}/{}", guid(&made));
        let saved = expect(&app, 200, "PATCH", &path, body).await;
        assert_eq!(saved["guid"], made["guid"], "{kind}");
        assert_eq!(
            saved["info"]["created"]["by"]["email"], "user@example.com",
            "{kind}"
        );
        for name in ["colour", "encrypt", "url", "file_key"] {
            assert!(saved.get(name).is_none(), "{kind} {saved}");
        }
        assert!(
            saved["info"]["credentials"].get("token").is_none(),
            "{kind} {saved}"
        );
    }
}

#[tokio::test]
async fn archiving_is_a_flag() {
    let app = app().await;
    for kind in ["item", "set", "group"] {
        let made = make(&app, kind, sample(kind)).await;
        assert_eq!(made["info"]["archived"], false);
        let path = format!("{kind}/{}", guid(&made));
        for (verb, expected) in [("archive", true), ("archive", true), ("unarchive", false)] {
            let answer = expect(&app, 200, "PATCH", &format!("{path}/{verb}"), Value::Null).await;
            assert_eq!(answer["info"]["archived"], expected, "{kind}");
            assert_eq!(get(&app, &path).await, answer);
        }
    }
}

#[tokio::test]
async fn what_is_deleted_is_gone() {
    let app = app().await;
    for kind in KINDS {
        let made = make(&app, kind, sample(kind)).await;
        let path = format!("{kind}/{}", guid(&made));
        let answer = call(&app, &app.user, "DELETE", &path, &Value::Null).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
        for method in ["GET", "DELETE"] {
            let gone = expect(&app, 404, method, &path, Value::Null).await;
            assert!(gone["detail"].as_str().unwrap().starts_with(kind), "{gone}");
        }
    }
}

#[tokio::test]
async fn guids_are_read_in_every_form() {
    let app = app().await;
    let item = make(&app, "item", json!({})).await;
    let hex = guid(&item);
    let dashed = format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    );
    for form in [&hex, &dashed, &hex.to_uppercase()] {
        assert_eq!(get(&app, &format!("item/{form}")).await["guid"], item["guid"]);
    }
    let set = make(
        &app,
        "set",
        json!({ "items": { "a": hex, "b": dashed, "c": { "$uuid": dashed } } }),
    )
    .await;
    let same = json!({ "$uuid": hex });
    assert_eq!(set["items"], json!({ "a": same, "b": same, "c": same }));
    let patched = json!({ "items": { "z": dashed } });
    let set = expect(&app, 200, "PATCH", &format!("set/{}", guid(&set)), patched).await;
    assert_eq!(set["items"], json!({ "z": same }));
}

#[tokio::test]
async fn sets_and_groups_hold_guids_only() {
    let app = app().await;
    for (kind, field) in [("set", "items"), ("group", "sets")] {
        for (value, key) in [
            (json!({ "a": "no guid" }), format!("{field}.a")),
            (json!({ "a": 5 }), format!("{field}.a")),
            (json!({ "a": null }), format!("{field}.a")),
            (json!(["a"]), field.to_owned()),
        ] {
            let refused = expect(&app, 400, "POST", kind, json!({ (field): value })).await;
            assert!(refused[&key].is_array(), "{refused}");
        }
    }
}

#[tokio::test]
async fn the_name_of_a_blueprint_is_unique_and_its_schema_verbatim() {
    let app = app().await;
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$ref": "#/definitions/a",
        "definitions": { "a": { "type": "object", "properties": { "a.b": { "enum": ["x"] }, "$id": { "type": "string" } } } },
    });
    let body = json!({ "name": "p", "schema": schema, "entity_type": "set" });
    let made = make(&app, "blueprint", body.clone()).await;
    assert_eq!(made["schema"].to_string(), schema.to_string());
    let refused = expect(&app, 400, "POST", "blueprint", body).await;
    assert!(refused["name"][0].as_str().unwrap().contains('p'), "{refused}");
    let wrong = json!({ "name": "x", "schema": {}, "entity_type": "bot" });
    let refused = expect(&app, 400, "POST", "blueprint", wrong).await;
    assert!(refused["entity_type"].is_array(), "{refused}");
}
