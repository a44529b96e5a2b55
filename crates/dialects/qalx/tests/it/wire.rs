//! The documented samples, byte for byte but for signatures: every kind is made, read, listed, replaced, changed, put
//! away and deleted with the bodies that the documentation shows.

use serde_json::{Map, Value, json};
use testkit::TestApp;

use crate::support::{app, call, guid};

/// The sample body of each kind.
fn samples() -> Vec<(&'static str, Value)> {
    let (two, tags) = (
        json!({ "property1": "string", "property2": "string" }),
        json!([{ "name": "string", "value": "string" }]),
    );
    let id = json!("ee6a7af7-650d-499b-8e32-58a52ffdb7bc");
    let guids = json!({ "property1": id, "property2": id });
    let file = json!({ "name": "string", "keyfile": "string" });
    vec![
        (
            "item",
            json!({ "data": two, "file": file, "meta": two, "tags": tags }),
        ),
        ("set", json!({ "items": guids, "tags": tags, "meta": two })),
        ("group", json!({ "sets": guids, "tags": tags, "meta": two })),
        (
            "bot",
            json!({ "name": "string", "config": two, "meta": two, "host": two, "status": { "message": "string" }, "tags": tags }),
        ),
        (
            "queue",
            json!({ "name": "string", "parameters": two, "meta": two, "tags": tags }),
        ),
        (
            "blueprint",
            json!({ "name": "string", "schema": {}, "entity_type": "item", "meta": two, "tags": tags }),
        ),
        (
            "factory",
            json!({ "name": "string", "status": "deploying", "plan": file, "stage": "string", "stacks": two,
                "bots": [{ "bot": id, "code": id }], "meta": two, "tags": tags }),
        ),
    ]
}

/// An answer for people to read, signatures and tokens left out.
async fn shown(app: &TestApp, method: &str, path: &str, body: &Value) -> (String, Value) {
    // The sample's tag is nobody's, so an admin it is.
    let answer = call(app, &app.admin, method, path, body).await;
    let value = if answer.body.is_empty() {
        Value::Null
    } else {
        answer.json()
    };
    let mut text = serde_json::to_string_pretty(&value).unwrap();
    for secret in [
        "signature=",
        "sy_",
        "\"ASIA",
        "SECRET_ACCESS_KEY\": \"",
        "SESSION_TOKEN\": \"",
    ] {
        text = masked(&text, secret);
    }
    (format!("== {method} {path}: {}\n{text}\n", answer.status), value)
}

fn masked(text: &str, marker: &str) -> String {
    let mut parts = text.split(marker);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|character: char| {
            character.is_ascii_alphanumeric() || "-_+/=".contains(character)
        });
        out.push_str(marker);
        out.push('…');
        out.push_str(rest);
    }
    out
}

#[tokio::test]
async fn the_documented_samples() {
    for (kind, body) in samples() {
        let app = app().await;
        let (mut text, made) = shown(&app, "POST", kind, &body).await;
        let id = guid(&made);
        let mut steps = vec![
            ("GET", format!("{kind}/{id}"), Value::Null),
            ("GET", kind.to_owned(), Value::Null),
            ("PUT", format!("{kind}/{id}"), body.clone()),
            ("PATCH", format!("{kind}/{id}"), body.clone()),
        ];
        if matches!(kind, "item" | "set" | "group") {
            steps.push(("PATCH", format!("{kind}/{id}/archive"), Value::Null));
            steps.push(("PATCH", format!("{kind}/{id}/unarchive"), Value::Null));
        }
        steps.push(("POST", format!("{kind}/aggregate"), json!({ "aggregate": "[]" })));
        steps.push(("DELETE", format!("{kind}/{id}"), Value::Null));
        for (method, path, body) in steps {
            text.push_str(&shown(&app, method, &path, &body).await.0);
        }
        insta::assert_snapshot!(kind, text);
    }
}

/// Every member that the documentation shows of a kind is there, in lists too.
#[tokio::test]
async fn documented_members_are_all_there() {
    let members: Map<String, Value> = serde_json::from_value(json!({
        "item": ["guid", "data", "file", "info", "meta", "tags"],
        "set": ["guid", "items", "info", "tags", "meta"],
        "group": ["guid", "sets", "info", "tags", "meta"],
        "bot": ["guid", "name", "config", "meta", "host", "info", "status", "workers", "tags"],
        "queue": ["guid", "name", "parameters", "meta", "info", "tags"],
        "blueprint": ["guid", "name", "schema", "entity_type", "meta", "info", "tags"],
        "factory": ["guid", "name", "status", "plan", "stage", "stacks", "bots", "info", "meta", "tags"],
    }))
    .unwrap();
    let app = app().await;
    for (kind, body) in samples() {
        let (_, made) = shown(&app, "POST", kind, &body).await;
        let (_, list) = shown(&app, "GET", kind, &Value::Null).await;
        for name in members[kind].as_array().unwrap() {
            let name = name.as_str().unwrap();
            assert!(
                made.get(name).is_some() && list["data"][0].get(name).is_some(),
                "{kind} {name}"
            );
        }
        let expected = if kind == "factory" { "factorybuild" } else { kind };
        assert_eq!(made["info"]["entity_type"], expected);
    }
    let (_, list) = shown(&app, "GET", "queue", &Value::Null).await;
    for name in ["queue_url", "deadletter_queue_url", "credentials"] {
        assert!(list["data"][0]["info"].get(name).is_some(), "{name}");
    }
    for name in ["count", "next", "previous", "filter", "skip", "limit", "sort"] {
        let (_, list) = shown(&app, "GET", "item", &Value::Null).await;
        assert!(list["query"].get(name).is_some(), "{name}");
    }
}
