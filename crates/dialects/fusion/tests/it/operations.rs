//! What each operation does with records that are there and records that are not.

use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{app, collections, dynamic_app, entries, import, make_collection, outcome, record, run};

/// What one record of an import comes to: its error's code, or what is stored then.
async fn after(operation: &str, sent: Value, existing: bool) -> Result<Option<(u64, String)>, String> {
    let app = app().await;
    if existing {
        run(
            &app,
            &import(
                "Category",
                "insert",
                &json!([{ "id": "a", "x": 1, "y": { "z": [1] } }]),
            ),
        )
        .await;
    }
    let id = run(&app, &import("Category", operation, &json!([sent]))).await;
    let (status, result, errors) = outcome(&app, id).await;
    assert_eq!(status, "complete");
    match entries(&app, &format!("/api/v2/jobs/{id}/errors"))
        .await
        .as_slice()
    {
        [] => {
            assert_eq!((result.as_str(), errors), ("Success", 0));
            Ok(record(&app, "categories", "a").await)
        }
        [error] => {
            assert_eq!((result.as_str(), errors), ("Failure", 1));
            assert_eq!((&error["row"], &error["field"]), (&json!(1), &json!("id")));
            Err(error["code"].as_str().unwrap().to_owned())
        }
        more => panic!("{more:?}"),
    }
}

#[tokio::test]
async fn insert_creates_only() {
    let stored = (1, r#"{"id":"a","x":2}"#.to_owned());
    assert_eq!(
        after("insert", json!({ "id": "a", "x": 2 }), false).await,
        Ok(Some(stored))
    );
    assert_eq!(
        after("insert", json!({ "id": "a", "x": 2 }), true).await,
        Err("already-exists".to_owned())
    );
}

#[tokio::test]
async fn update_changes_only() {
    let stored = (2, r#"{"id":"a","x":2,"y":{"z":[1]},"n":null}"#.to_owned());
    let sent = json!({ "id": "a", "x": 2, "n": null });
    assert_eq!(after("update", sent.clone(), true).await, Ok(Some(stored)));
    assert_eq!(after("update", sent, false).await, Err("not-found".to_owned()));
}

#[tokio::test]
async fn upsert_merges_or_creates() {
    let merged = (2, r#"{"id":"a","x":1,"y":5}"#.to_owned());
    let created = (1, r#"{"id":"a","y":5}"#.to_owned());
    let sent = json!({ "id": "a", "y": 5 });
    assert_eq!(after("upsert", sent.clone(), true).await, Ok(Some(merged)));
    assert_eq!(after("upsert", sent, false).await, Ok(Some(created)));
}

#[tokio::test]
async fn reset_replaces_or_creates() {
    let sent = json!({ "id": "a", "y": 5 });
    let body = r#"{"id":"a","y":5}"#.to_owned();
    assert_eq!(
        after("reset", sent.clone(), true).await,
        Ok(Some((2, body.clone())))
    );
    assert_eq!(after("reset", sent, false).await, Ok(Some((1, body))));
}

#[tokio::test]
async fn delete_removes_only_what_is_there() {
    assert_eq!(after("delete", json!({ "id": "a" }), true).await, Ok(None));
    assert_eq!(
        after("delete", json!({ "id": "a" }), false).await,
        Err("not-found".to_owned())
    );
}

#[tokio::test]
async fn keys_are_id_then_code_then_new() {
    let app = app().await;
    let sent = json!([{ "id": 7, "code": "x" }, { "code": "c" }, { "id": null, "code": 8 }, { "name": "n" }]);
    let id = run(&app, &import("Category", "insert", &sent)).await;
    let results = entries(&app, &format!("/api/v2/jobs/{id}/results")).await;
    let ids: Vec<_> = results
        .iter()
        .map(|entry| entry["id"].as_str().unwrap())
        .collect();
    assert_eq!(&ids[..3], ["7", "c", "8"]);
    assert_eq!(ids[3].len(), 24);
    let made = record(&app, "categories", ids[3]).await;
    assert_eq!(made, Some((1, r#"{"name":"n"}"#.to_owned())));
    // An update needs a key.
    let id = run(&app, &import("Category", "update", &json!([{ "name": "n" }]))).await;
    let errors = entries(&app, &format!("/api/v2/jobs/{id}/errors")).await;
    assert_eq!(errors[0]["code"], "missing-field");
}

#[tokio::test]
async fn bad_rows_do_not_stop_the_others() {
    let app = app().await;
    let long = "k".repeat(257);
    let data = format!(
        r#"[{{"id":"ok1"}},5,{{"id":"","n":1}},{{"id":1.5}},{{"id":"d","a":1,"a":2}},{{"id":"{long}"}},
            {{"id":"n","n":123456789012345678901234567890}},{{"id":"r","_request_data_id":[1]}},{{"id":"t\u0007b"}},{{"id":"ok2"}}]"#
    );
    let body = format!(r#"{{"job":{{"entity":"Category","operation":"insert","data":{data}}}}}"#);
    let id = run(&app, &body).await;
    assert_eq!(
        outcome(&app, id).await,
        ("complete".to_owned(), "Failure".to_owned(), 8)
    );
    assert!(
        record(&app, "categories", "ok1").await.is_some()
            && record(&app, "categories", "ok2").await.is_some()
    );
    let errors = entries(&app, &format!("/api/v2/jobs/{id}/errors")).await;
    let shown: Vec<_> = errors
        .iter()
        .map(|error| {
            let message = error["messages"][0].as_str().unwrap();
            format!("{} {} {} {message}", error["row"], error["code"], error["field"])
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[tokio::test]
async fn nested_data_is_kept_as_it_was_sent() {
    let app = dynamic_app().await;
    let record_text = r#"{"id":1,"products":[{"id":28,"price_items":[{"amount":14.10,"from":"2016-01-01"},{"amount":1}]}]}"#;
    // The form without the wrapping object, its members in any order.
    let body = format!(r#"{{"data":[{record_text}],"operation":"reset","entity":"PriceBook"}}"#);
    let id = run(&app, &body).await;
    assert_eq!(outcome(&app, id).await.1, "Success");
    let stored = record(&app, "price_books", "1").await;
    assert_eq!(stored, Some((1, record_text.to_owned())));
}

#[tokio::test]
async fn entities_are_collections_by_name_or_by_model() {
    let app = app().await;
    make_collection(&app, "Category").await;
    run(&app, &import("Category", "insert", &json!([{ "id": "exact" }]))).await;
    run(
        &app,
        &import("categories", "insert", &json!([{ "id": "plural" }])),
    )
    .await;
    assert!(record(&app, "Category", "exact").await.is_some());
    assert!(record(&app, "categories", "plural").await.is_some());
    let refused = app
        .post("/api/v2/jobs", &import("Brand", "insert", &json!([])))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["error"], r#"unknown entity "Brand""#);
    assert!(!collections(&app).await.contains(&"brands".to_owned()));
}

#[tokio::test]
async fn a_rejected_body_makes_no_collection() {
    let app = dynamic_app().await;
    let refused = app
        .post("/api/v2/jobs", &import("Brand", "frob", &json!([])))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(collections(&app).await, ["articles"]);
    let odd = app
        .post("/api/v2/jobs", &import("no such/thing", "insert", &json!([])))
        .await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
    run(&app, &import("Brand", "insert", &json!([]))).await;
    assert_eq!(collections(&app).await, ["articles", "brands"]);
}

#[tokio::test]
async fn collections_of_entities_are_out_of_reach() {
    for app in [app().await, dynamic_app().await] {
        let refused = app
            .post("/api/v2/jobs", &import("qalx.item", "insert", &json!([])))
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn articles_are_held_to_their_rules() {
    let app = app().await;
    let sent = json!([
        { "F_1": "12411116", "F_80004": "248,28", "_request_data_id": "r1" },
        { "F_1": 5, "C_75000": "INDOOR" },
        { "F_1": "6", "name": "x" },
        { "F_3": "no number" },
    ]);
    let id = run(&app, &import("Article", "insert", &sent)).await;
    assert_eq!(outcome(&app, id).await.2, 2);
    let errors = entries(&app, &format!("/api/v2/jobs/{id}/errors")).await;
    assert_eq!(
        (&errors[0]["field"], &errors[1]["field"]),
        (&json!("name"), &json!("F_1"))
    );
    let stored = record(&app, "articles", "12411116").await;
    assert_eq!(
        stored,
        Some((1, r#"{"F_1":"12411116","F_80004":"248,28"}"#.to_owned()))
    );
    let id = run(
        &app,
        &import("Article", "upsert", &json!([{ "F_1": "5", "F_3": "c" }])),
    )
    .await;
    assert_eq!(outcome(&app, id).await.1, "Success");
    let stored = record(&app, "articles", "5").await;
    assert_eq!(
        stored,
        Some((2, r#"{"F_1":"5","C_75000":"INDOOR","F_3":"c"}"#.to_owned()))
    );
}

#[tokio::test]
async fn results_show_the_record_as_it_is_now() {
    let app = app().await;
    let body = json!({ "job": { "entity": "Category", "operation": "insert",
        "options": { "object_in_response": true }, "data": [{ "id": "a", "n": 1 }, { "id": "b" }] } });
    let id = run(&app, &body.to_string()).await;
    run(
        &app,
        &import("Category", "update", &json!([{ "id": "a", "n": 2 }])),
    )
    .await;
    run(&app, &import("Category", "delete", &json!([{ "id": "b" }]))).await;
    let results = entries(&app, &format!("/api/v2/jobs/{id}/results")).await;
    assert_eq!(results[0]["object"], json!({ "id": "a", "n": 2 }));
    assert!(results[1].as_object().unwrap().contains_key("object") && results[1]["object"].is_null());
}

#[tokio::test]
async fn ten_thousand_records() {
    let app = app().await;
    let rows: Vec<_> = (0..10_000)
        .map(|n| json!({ "id": n, "name": format!("Category {n}"), "parent": n / 10 }))
        .collect();
    let id = run(&app, &import("Category", "insert", &json!(rows))).await;
    assert_eq!(
        outcome(&app, id).await,
        ("complete".to_owned(), "Success".to_owned(), 0)
    );
    let last = app
        .get(&format!("/api/v2/jobs/{id}/results?per_page=1000&page=10"))
        .await
        .json();
    assert_eq!(
        (&last["total_pages"], &last["total_entries"]),
        (&json!(10), &json!(10_000))
    );
    assert_eq!(last["entries"][999]["id"], "9999");
    // All of them again: as many errors, in the listing, page by page, and in the table.
    let id = run(&app, &import("Category", "insert", &json!(rows))).await;
    assert_eq!(
        outcome(&app, id).await,
        ("complete".to_owned(), "Failure".to_owned(), 10_000)
    );
    let table = app.get(&format!("/api/v2/jobs/{id}/errors.csv")).await;
    let table_rows: Vec<_> = table
        .text()
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap_or_default().parse::<u64>().ok())
        .collect();
    assert_eq!(table_rows, (1..=10_000).map(Some).collect::<Vec<_>>());
    assert_eq!(
        table.text().lines().last(),
        Some("10000,,already-exists,id,Category already exists: 9999")
    );
}
