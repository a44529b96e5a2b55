//! Extended JSON, in both directions.

use serde_json::{Value, json};

use crate::support::{app, expect, get, guid, make};

/// What is sent and what comes back.
fn forms() -> [(Value, Value); 10] {
    let uuid = json!({ "$uuid": "ee6a7af77650d499b8e3258a52ffdb7b" });
    [
        (uuid.clone(), uuid.clone()),
        (json!({ "$uuid": "EE6A7AF7-7650-D499-B8E3-258A52FFDB7B" }), uuid),
        (
            json!({ "$date": 1464584157316_i64, "$zone": null, "$offset": null }),
            json!({ "$date": 1464584157316_i64, "$zone": null, "$offset": null }),
        ),
        (
            json!({ "$date": 1464584157316_i64, "$zone": "Europe/London", "$offset": { "total_seconds": 3600.0 } }),
            json!({ "$date": 1464584157316_i64, "$zone": "Europe/London", "$offset": { "total_seconds": 3600.0 } }),
        ),
        (
            json!({ "$date": "2016-05-30T04:55:57.316Z" }),
            json!({ "$date": 1464584157316_i64, "$zone": "UTC", "$offset": null }),
        ),
        (
            json!({ "$date": { "$numberLong": "1464584157316" } }),
            json!({ "$date": 1464584157316_i64, "$zone": "UTC", "$offset": null }),
        ),
        (
            json!({ "$regex": "^a", "$options": "i" }),
            json!({ "$regex": "^a", "$options": "i" }),
        ),
        (
            json!({ "$oid": "507f1f77bcf86cd799439011" }),
            json!({ "$oid": "507f1f77bcf86cd799439011" }),
        ),
        (json!({ "$ref": "x", "$id": 1 }), json!({ "$ref": "x", "$id": 1 })),
        (json!([1, 1.5, "x", true, null]), json!([1, 1.5, "x", true, null])),
    ]
}

#[tokio::test]
async fn values_survive_in_data_and_meta_at_any_depth() {
    let app = app().await;
    for (sent, kept) in forms() {
        let nested = |value: &Value| json!({ "v": value, "list": [{ "deep": value }], "[1] name": 1 });
        let item = make(
            &app,
            "item",
            json!({ "data": nested(&sent), "meta": nested(&sent) }),
        )
        .await;
        assert_eq!((&item["data"], &item["meta"]), (&nested(&kept), &nested(&kept)));
        let path = format!("item/{}", guid(&item));
        assert_eq!(get(&app, &path).await, item);
        // What came back may be sent again.
        let again = expect(&app, 200, "PATCH", &path, item.clone()).await;
        assert_eq!((&again["data"], &again["meta"]), (&item["data"], &item["meta"]));
    }
}

#[tokio::test]
async fn a_whole_entity_may_be_kept_in_meta() {
    let app = app().await;
    let item = make(&app, "item", json!({ "data": { "a": 1 } })).await;
    let report = make(&app, "item", json!({ "meta": { "report": item } })).await;
    assert_eq!(report["meta"]["report"], item);
}

#[tokio::test]
async fn what_only_looks_like_a_date_is_refused() {
    let app = app().await;
    for bad in [
        json!({ "$date": "soon" }),
        json!({ "$date": 1, "$zone": null, "$offset": null, "more": 1 }),
        json!({ "$date": { "a": 1 } }),
        json!({ "$uuid": "x" }),
        json!({ "a": 1, "$date": 5 }),
    ] {
        for field in ["data", "meta"] {
            let body = json!({ (field): { "list": [bad] } });
            let refused = expect(&app, 400, "POST", "item", body).await;
            let message = refused[field][0].as_str().unwrap();
            assert!(message.starts_with(&format!("{field}.list.0")), "{message}");
        }
    }
}

#[tokio::test]
async fn numbers_and_texts_keep_their_spelling() {
    let app = app().await;
    let text = r#"{"data":{"b":1.10,"a":1e3,"u":"\u00e9\/","deep":{"z":0,"y":-0.0}}}"#;
    let answer = app
        .request(http::Method::POST, "/qalx/item")
        .header("authorization", &format!("Token {}", app.user))
        .json(text)
        .send()
        .await;
    assert!(
        answer
            .text()
            .contains(r#""data":{"b":1.10,"a":1e3,"u":"\u00e9\/","deep":{"z":0,"y":-0.0}}"#),
        "{}",
        answer.text()
    );
}
