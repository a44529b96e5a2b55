//! The log of the app: what calls leave in it, what clients add, who reads it.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::{Crm, Who, crm, error, id, scrubbed};

async fn post(crm: &Crm, level: &str, message: &str) -> Value {
    let line = json!({ "level": level, "message": message });
    crm.expect(Who::Developer, 200, "POST", "/status/logs", line)
        .await
}

#[tokio::test]
async fn a_line_is_added_and_shown() {
    let crm = crm().await;
    let line = json!({
        "level": "INFO", "message": "This is a test log", "additionalInfo": { "test": "Additional info property" },
    });
    let made = crm
        .expect(Who::Developer, 200, "POST", "/status/logs", line)
        .await;
    assert_json_snapshot!(scrubbed(&made), @r#"
    {
      "id": "<id>",
      "type": "EXTERNAL",
      "subType": null,
      "level": "INFO",
      "message": "This is a test log",
      "userEmail": "developer@example.com",
      "adminUserEmail": null,
      "timestamp": "<ms>",
      "ip": "127.0.0.1",
      "additionalInfo": {
        "test": "Additional info property"
      }
    }
    "#);
    let found = crm.get("/status/logs?message=test%20log").await;
    assert_eq!(found["items"], json!([made]));
    assert_eq!(found["offset"], made["id"]);
}

#[tokio::test]
async fn lines_that_say_nothing_are_refused() {
    let crm = crm().await;
    let answer = crm
        .expect(
            Who::Developer,
            400,
            "POST",
            "/status/logs",
            json!({ "level": "INFO" }),
        )
        .await;
    assert_json_snapshot!(answer, @r#"
    {
      "code": "validationErrors",
      "message": "There are validation errors",
      "errors": [
        {
          "field": "message",
          "fieldLabel": null,
          "code": "required",
          "message": "Message cannot be empty",
          "additionalInfo": null
        }
      ]
    }
    "#);
    for body in [
        json!({ "level": "LOUD", "message": "x" }),
        json!({ "level": "INFO", "message": 5 }),
        json!({ "level": "INFO", "message": "x", "additionalInfo": [] }),
    ] {
        let answer = crm
            .expect(Who::Developer, 400, "POST", "/status/logs", body)
            .await;
        assert_eq!(error(&answer).0, "validationErrors", "{answer}");
    }
}

#[tokio::test]
async fn calls_leave_lines_without_their_queries() {
    let crm = crm().await;
    crm.call(Who::Seller, "GET", "/data/companies?name=secret", Value::Null)
        .await;
    crm.call(
        Who::Seller,
        "PUT",
        "/data/companies/588775f63b063a0007604f4c",
        json!({}),
    )
    .await;
    crm.call(Who::Seller, "GET", "/users/current?token=secret", Value::Null)
        .await;
    crm.call(Who::Seller, "GET", "/status/jobs", Value::Null).await;
    let lines = crm.get("/status/logs?userEmail=seller").await;
    let shown: Vec<_> = lines["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["message"].as_str().unwrap(), line["subType"].as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            ("GET /api/data/companies", Some("REST_API_RECORD_READ")),
            (
                "PUT /api/data/companies/588775f63b063a0007604f4c",
                Some("REST_API_RECORD_UPDATED")
            ),
            ("GET /api/users/current", None),
        ]
    );
    assert!(!lines.to_string().contains("secret"));
    assert_eq!(lines["items"][1]["level"], "WARN", "there is no such record");
}

#[tokio::test]
async fn the_newest_lines_are_shown_and_the_rest_page_by_page() {
    let crm = crm().await;
    let mut made = Vec::new();
    for (level, message) in [
        ("INFO", "one"),
        ("WARN", "two"),
        ("ERROR", "three"),
        ("DEBUG", "four"),
    ] {
        made.push(id(&post(&crm, level, message).await));
    }
    let ids = |found: &Value| -> Vec<String> { found["items"].as_array().unwrap().iter().map(id).collect() };
    let newest = crm.get("/status/logs?type=EXTERNAL&_size=2").await;
    assert_eq!((ids(&newest), &newest["total"]), (made[2..].to_vec(), &json!(4)));
    let after = crm
        .get(&format!("/status/logs?type=EXTERNAL&_size=2&_offset={}", made[0]))
        .await;
    assert_eq!(ids(&after), made[1..3]);
    let grave = crm.get("/status/logs?type=EXTERNAL&level=WARN,error").await;
    assert_eq!(ids(&grave), made[1..3]);
    assert_eq!(
        ids(&crm.get("/status/logs?type=EXTERNAL&period=1h%2030m").await).len(),
        4
    );
    assert_eq!(
        ids(&crm.get("/status/logs?type=EXTERNAL&period=yesterday").await).len(),
        0
    );
    assert_eq!(ids(&crm.get("/status/logs?type=EXTERNAL&to=5").await).len(), 0);
    let none = crm.get("/status/logs?message=nothing").await;
    assert_eq!(none, json!({ "total": 0, "items": [] }));
    for bad in [
        "period=soon",
        "from=x",
        "level=LOUD",
        "type=X",
        "_size=0",
        "_offset=x",
        "colour=x",
    ] {
        let answer = crm
            .expect(
                Who::Developer,
                400,
                "GET",
                &format!("/status/logs?{bad}"),
                Value::Null,
            )
            .await;
        assert_eq!(error(&answer).0, "badRequest", "{answer}");
    }
}
