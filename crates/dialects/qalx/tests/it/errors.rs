//! What a wrong request is told: always in the dialect's form, never as a fault of the server.

use http::Method;
use serde_json::{Value, json};

use crate::support::{app, call, expect, make, sample};

#[tokio::test]
async fn wrong_bodies_are_told_where() {
    let app = app().await;
    for (kind, body, field, needle) in [
        ("item", json!({ "data": 5 }), "data", "object"),
        (
            "item",
            json!({ "meta": [] }),
            "meta",
            "meta: expected an object, got an array",
        ),
        (
            "item",
            json!({ "tags": {} }),
            "tags",
            "tags: expected an array, got an object",
        ),
        (
            "item",
            json!({ "tags": ["x"] }),
            "tags.0",
            "tags.0: expected an object, got a text",
        ),
        (
            "item",
            json!({ "tags": [{ "name": "a" }] }),
            "tags.0.value",
            "required",
        ),
        (
            "item",
            json!({ "tags": [{ "name": "a", "value": 5 }] }),
            "tags.0.value",
            "expected a text",
        ),
        (
            "item",
            json!({ "tags": [{ "name": "", "value": "v" }] }),
            "tags.0.name",
            "must not be empty",
        ),
        ("item", json!({ "file": "a.txt" }), "file", "expected an object"),
        ("item", json!({ "file": { "url": "x" } }), "file.name", "required"),
        ("bot", json!({ "config": {} }), "name", "required"),
        (
            "bot",
            json!({ "name": "b", "config": null }),
            "config",
            "required",
        ),
        ("queue", json!({ "name": 5, "parameters": {} }), "name", "text"),
        ("queue", json!({ "name": "", "parameters": {} }), "name", "empty"),
        (
            "blueprint",
            json!({ "name": "b", "entity_type": "item" }),
            "schema",
            "required",
        ),
        (
            "blueprint",
            json!({ "name": "b", "schema": { "type": 5 }, "entity_type": "item" }),
            "schema.type",
            "schema",
        ),
        (
            "factory",
            json!({ "name": "f", "stage": "s" }),
            "plan",
            "required",
        ),
        (
            "factory",
            json!({ "name": "f", "stage": "s", "plan": {} }),
            "plan.name",
            "required",
        ),
        ("tags/validate", json!({}), "tags", "required"),
        (
            "factory/validate",
            json!({ "plan": {} }),
            "plan",
            "expected a text",
        ),
    ] {
        let refused = expect(&app, 400, "POST", kind, body.clone()).await;
        let message = refused[field][0]
            .as_str()
            .unwrap_or_else(|| panic!("{kind} {body}: {refused}"));
        assert!(message.contains(needle), "{kind} {body}: {message}");
    }
}

#[tokio::test]
async fn what_is_no_object_is_told() {
    let app = app().await;
    let id = crate::support::guid(&make(&app, "item", sample("item")).await);
    for (method, path) in [
        ("POST", "item".to_owned()),
        ("PATCH", format!("item/{id}")),
        ("PUT", format!("item/{id}")),
        ("POST", "notification".to_owned()),
        ("POST", "item/aggregate".to_owned()),
    ] {
        for text in [
            "[]",
            "5",
            "null",
            "{",
            "",
            "{\"a\":1,\"a\":2}",
            "{} {}",
            "\u{feff}{}",
        ] {
            let request = app.request(method.parse().unwrap(), &format!("/qalx/{path}"));
            let request = request
                .header("authorization", &format!("Token {}", app.user))
                .json(text);
            let answer = request.send().await;
            assert_eq!(
                answer.status.as_u16(),
                400,
                "{method} {path} {text:?}: {}",
                answer.text()
            );
            assert!(answer.json().is_object());
        }
    }
}

#[tokio::test]
async fn queries_that_cannot_be_read_are_told_why_and_where() {
    let app = app().await;
    for (query, needle) in [
        ("{", "not valid JSON"),
        ("[]", ""),
        (r#"{"name": {"$nosuch": 1}}"#, "name.$nosuch"),
        (r#"{"$and": {}}"#, "$and"),
        (r#"{"name": {"$regex": "("}}"#, "name.$regex"),
        (r#"{"a": {"$date": "soon"}}"#, "$date"),
    ] {
        let path = format!("item?query={}", encoded(query));
        let refused = expect(&app, 400, "GET", &path, Value::Null).await;
        let message = refused["query"][0]
            .as_str()
            .unwrap_or_else(|| panic!("{refused}"));
        assert!(message.contains(needle), "{query}: {message}");
    }
}

#[tokio::test]
async fn pipelines_that_cannot_be_run_are_told_why_and_where() {
    let app = app().await;
    for (pipeline, needle) in [
        (json!("["), "not valid JSON"),
        (json!("{}"), "expected an array"),
        (json!(r#"[{"$nosuch": 1}]"#), "$nosuch"),
        (json!(r#"[{"$out": "x"}]"#), "$out"),
        (json!(r#"[{"$merge": "x"}]"#), "$merge"),
        (json!([{ "$limit": 0 }]), "$limit"),
        (json!([{ "$match": { "a": { "$nosuch": 1 } } }]), "$nosuch"),
    ] {
        let refused = expect(
            &app,
            400,
            "POST",
            "item/aggregate",
            json!({ "aggregate": pipeline }),
        )
        .await;
        let message = refused["aggregate"][0]
            .as_str()
            .unwrap_or_else(|| panic!("{refused}"));
        assert!(message.contains(needle), "{pipeline}: {message}");
    }
    let refused = expect(&app, 400, "POST", "item/aggregate", json!({})).await;
    assert!(refused["aggregate"].is_array(), "{refused}");
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let app = app().await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=many", "limit"),
        ("skip=-1", "skip"),
        ("skip=99999999999999999999", "skip"),
        ("sort=", ""),
        ("query=%ff", "query"),
    ] {
        let answer = call(&app, &app.user, "GET", &format!("item?{query}"), &Value::Null).await;
        match field {
            "" => assert_eq!(answer.status.as_u16(), 200, "{query}"),
            _ => {
                assert_eq!(answer.status.as_u16(), 400, "{query}");
                assert!(answer.json()[field].is_array(), "{query}: {}", answer.text());
            }
        }
    }
}

#[tokio::test]
async fn other_refusals_have_the_form_too() {
    let app = app().await;
    let token = format!("Token {}", app.user);
    for (method, path, status) in [
        (Method::GET, "/qalx/none", 404),
        (Method::GET, "/qalx", 404),
        (Method::GET, "/qalx/item/none", 404),
        (Method::DELETE, "/qalx/item", 405),
        (Method::GET, "/qalx/tags/validate", 405),
    ] {
        let answer = app
            .request(method.clone(), path)
            .header("authorization", &token)
            .send()
            .await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
        assert!(answer.json()["detail"].is_string(), "{}", answer.text());
    }
    let request = app
        .request(Method::POST, "/qalx/item")
        .header("authorization", &token);
    let answer = request
        .header("content-type", "text/plain")
        .body("{}")
        .send()
        .await;
    assert_eq!(answer.status.as_u16(), 415);
    let large = json!({ "data": { "x": "y".repeat(11 << 20) } });
    let answer = call(&app, &app.user, "POST", "item", &large).await;
    assert_eq!(answer.status.as_u16(), 413);
    let fits = json!({ "data": { "x": "y".repeat(9 << 20) } });
    assert_eq!(
        call(&app, &app.user, "POST", "item", &fits).await.status.as_u16(),
        201
    );
    let request = app
        .request(Method::GET, "/qalx/item")
        .header("authorization", &token);
    let answer = request.header("host", "a@b\"c").send().await;
    assert_eq!(answer.status.as_u16(), 400);
}

/// Percent-encodes everything that is not a letter or a digit.
fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(encode).collect()
}
