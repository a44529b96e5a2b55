//! Many items at once.

use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, TestApp};

use crate::support::{app, get, send};

async fn bulk(app: &TestApp, header: &str, body: &Value) -> Answer {
    app.request(Method::POST, "/qalx/item")
        .header("authorization", &format!("Token {}", app.user))
        .header(header, "true")
        .json(&body.to_string())
        .send()
        .await
}

#[tokio::test]
async fn each_item_stands_for_itself() {
    let app = app().await;
    let body = json!({
        "items": [
            { "data": { "n": 0 }, "meta": {}, "encrypt": true, "tags": [] },
            { "data": [] },
            { "data": { "n": 2 }, "file": { "name": "a.txt" } },
            "text",
            { "data": { "d": { "$date": "soon" } } },
            { "data": { "n": 5 }, "tags": [{ "name": "code", "value": "not mine" }] },
            { "data": { "n": 6 } },
        ],
        "data": {}, "source": null, "file_name": "", "encrypt": true, "as_file": false, "blueprint_name": null,
        "meta": null, "tags": [],
    });
    for header in ["qalx-bulk", "HTTP_QALX_BULK"] {
        let answer = bulk(&app, header, &body).await;
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
        let answer = answer.json();
        let items = answer["items"].as_array().unwrap();
        let numbers: Vec<_> = items.iter().map(|item| item["data"]["n"].clone()).collect();
        assert_eq!(numbers, [json!(0), json!(2), json!(6)]);
        assert_eq!(
            (&answer["items_created"], &answer["items_errored"]),
            (&json!(3), &json!(4))
        );
        let errors = answer["errors"].as_object().unwrap();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["1", "3", "4", "5"]);
        assert!(
            errors["1"]["data"].is_array() && errors["3"]["detail"].is_string(),
            "{answer}"
        );
        assert!(errors["5"]["tags.0"].is_array(), "{answer}");
        assert!(items[0]["file"] == json!({}) && items[1]["file"]["url"].is_string());
        let stored = send(&app, items[1]["file"]["put_url"].as_str().unwrap(), b"x").await;
        assert_eq!(stored.status.as_u16(), 200);
    }
    assert_eq!(get(&app, "item").await["query"]["count"], 6);
}

#[tokio::test]
async fn nothing_at_all_is_fine_and_no_list_is_not() {
    let app = app().await;
    let answer = bulk(&app, "qalx-bulk", &json!({ "items": [] })).await.json();
    assert_eq!(
        answer,
        json!({ "items": [], "errors": {}, "items_created": 0, "items_errored": 0 })
    );
    for body in [json!({}), json!({ "items": {} }), json!({ "items": null })] {
        let answer = bulk(&app, "qalx-bulk", &body).await;
        assert_eq!(answer.status.as_u16(), 400);
        assert!(answer.json()["items"].is_array(), "{}", answer.text());
    }
}

#[tokio::test]
async fn the_header_is_refused_elsewhere() {
    let app = app().await;
    for (method, path) in [
        (Method::GET, "/qalx/item"),
        (Method::POST, "/qalx/set"),
        (Method::POST, "/qalx/item/aggregate"),
        (Method::PATCH, "/qalx/item/00000000-0000-4000-8000-000000000000"),
    ] {
        let request = app
            .request(method.clone(), path)
            .header("authorization", &format!("Token {}", app.user));
        let answer = request.header("qalx-bulk", "true").json("{}").send().await;
        assert_eq!(answer.status.as_u16(), 406, "{method} {path}");
        assert!(answer.json()["detail"].is_string());
    }
    let request = app
        .request(Method::GET, "/qalx/item")
        .header("authorization", &format!("Token {}", app.user));
    assert_eq!(
        request.header("qalx-bulk", "false").send().await.status.as_u16(),
        200
    );
}
