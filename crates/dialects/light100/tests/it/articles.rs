//! The documented samples of article calls, and what happens beside them.

use http::Method;

use crate::support::{FIELDS, app, app_with_article, brief, get, post, refused, sample, send, success};

const COPY: &str = r#"{
"customNumber": "\"12411116-copy\"",
"F_1": "\"12411116\"",
"F_*": "\"F_5\"",
"C_*": "\"C_75015\""
}"#;
const UPDATE: &str = r#"{
"customNumber": "commodi",
"F_1": "\"12411116\"",
"F_*": "\"F_5\"",
"C_*": "\"C_75015\""
}"#;

fn article(id: &str) -> String {
    format!(r#"{{"id":"{id}","F_1":"{id}",{FIELDS}}}"#)
}

#[tokio::test]
async fn sample_copy() {
    let app = app_with_article().await;
    let answer = sample(&app, Method::POST, "/api/v1/articles", COPY).await;
    assert_eq!(
        brief(&answer),
        success("Copy successfully created", &article("12411116-copy"))
    );
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(
        get(&app, "/api/v1/articles/12411116").await,
        success("Articles found", &article("12411116"))
    );
    let again = sample(&app, Method::POST, "/api/v1/articles", COPY).await;
    assert_eq!(
        brief(&again),
        refused(422, "an article with this number already exists: 12411116-copy")
    );
}

#[tokio::test]
async fn sample_update() {
    let app = app_with_article().await;
    for _ in 0..2 {
        let answer = sample(&app, Method::POST, "/api/v1/articles/update", UPDATE).await;
        assert_eq!(brief(&answer), success("Update successful", &article("12411116")));
    }
}

#[tokio::test]
async fn sample_search() {
    let app = app_with_article().await;
    for path in [
        "/api/v1/articles/%2212411116%22",
        "/api/v1/articles/\"12411116\"",
        "/api/v1/articles/12411116",
    ] {
        let answer = sample(&app, Method::GET, path, "").await;
        assert_eq!(
            brief(&answer),
            success("Articles found", &article("12411116")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn sample_delete() {
    let app = app_with_article().await;
    for value in ["a", "b"] {
        let body = format!(r#"{{"F_1":"12411116","F_5":"{value}"}}"#);
        assert_eq!(app.post("/api/v1/articles/update", &body).await.status, 200);
    }
    let answer = sample(&app, Method::GET, "/api/v1/articles/delete/%2212411116%22", "").await;
    let shards = r#"{"total":2,"successful":1,"failed":0}"#;
    let data = format!(
        r#"{{"_index":"articles","_type":"_doc","_id":"12411116","_version":4,"result":"deleted","_shards":{shards},"_seq_no":4,"_primary_term":1}}"#
    );
    assert_eq!(brief(&answer), success("Articles deleted", &data));
    let gone = refused(404, "Article not found: 12411116");
    assert_eq!(get(&app, "/api/v1/articles/12411116").await, gone);
    assert_eq!(get(&app, "/api/v1/articles/delete/12411116").await, gone);
}

#[tokio::test]
async fn delete_has_a_method_of_its_own() {
    let app = app_with_article().await;
    for path in ["/api/v1/articles/delete/12411116", "/api/v1/jobs/clear"] {
        let head = app.request(Method::HEAD, path).token(&app.user).send().await;
        assert_eq!(head.status, 405, "HEAD {path}");
    }
    let delete = || {
        app.request(Method::DELETE, "/api/v1/articles/%2212411116%22")
            .token(&app.user)
    };
    let answer = delete().send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["data"]["_version"], 2);
    assert_eq!(
        brief(&delete().send().await),
        refused(404, "Article not found: 12411116")
    );
}

#[tokio::test]
async fn given_fields_replace_those_of_the_copy() {
    let app = app().await;
    send(
        &app,
        "f",
        r#"[{"operation":"add-article","articleData":{"F_1":"1","F_5":"five","C_2":1.50}}]"#,
    )
    .await;
    app.run_jobs().await;
    let body = r#"{"customNumber":"2","F_1":"\"1\"","C_2":"\"two\"","F_9":null,"F_8":1.10}"#;
    let expected = r#"{"id":"2","F_1":"2","F_5":"five","C_2":"two","F_9":null,"F_8":1.10}"#;
    assert_eq!(
        post(&app, "/api/v1/articles", body).await,
        success("Copy successfully created", expected)
    );
    let body = r#"{"F_1":1,"F_5":"\"\"","F_9":"nine"}"#;
    let expected = r#"{"id":"1","F_1":"1","F_5":"","C_2":1.50,"F_9":"nine"}"#;
    assert_eq!(
        post(&app, "/api/v1/articles/update", body).await,
        success("Update successful", expected)
    );
}

#[tokio::test]
async fn refusals_name_what_is_wrong() {
    let app = app_with_article().await;
    let (copy, update) = ("/api/v1/articles", "/api/v1/articles/update");
    let long = "9".repeat(257);
    let long_copy = format!(r#"{{"F_1":"12411116","customNumber":"{long}"}}"#);
    let long_message = format!(
        "customNumber, the article number, is longer than 256 bytes: {}…",
        "9".repeat(80)
    );
    for (path, body, status, message) in [
        (
            copy,
            "{}",
            422,
            "the customNumber field is required; the F_1 field is required",
        ),
        (copy, r#"{"F_1":"1"}"#, 422, "the customNumber field is required"),
        (
            copy,
            r#"{"customNumber":"\"\"","F_1":"1"}"#,
            422,
            "the customNumber field is required",
        ),
        (copy, r#"{"customNumber":"1"}"#, 422, "the F_1 field is required"),
        (
            copy,
            r#"{"customNumber":"2","F_1":"nope"}"#,
            404,
            "Article not found: nope",
        ),
        (copy, long_copy.as_str(), 422, long_message.as_str()),
        (update, "{}", 422, "the F_1 field is required"),
        (
            update,
            r#"{"F_1":"nope","F_2":"x"}"#,
            404,
            "Article not found: nope",
        ),
        (
            update,
            r#"{"F_1":"12411116","F_*":"F_x"}"#,
            422,
            r#"F_* must be the name of a field, got \"F_x\""#,
        ),
        (
            update,
            r#"{"F_1":"12411116","G_1":"x"}"#,
            422,
            r#"unknown field \"G_1\": fields are F_<n> and C_<n>"#,
        ),
        (
            update,
            r#"{"F_1":"12411116","F_2":true}"#,
            422,
            "field F_2 must be a string, a number or null, got true",
        ),
        (update, "[]", 422, "body: expected an object, got an array"),
        (update, "", 400, "the body is empty, a JSON document is required"),
    ] {
        assert_eq!(post(&app, path, body).await, refused(status, message), "{body}");
    }
    let broken = app.post(update, r#"{"F_1":"1","F_1":"2"}"#).await;
    assert_eq!(broken.status, 400, "{}", broken.text());
    let form = app
        .request(Method::POST, update)
        .token(&app.user)
        .header("content-type", "text/plain");
    assert_eq!(form.body("F_1=1").send().await.status, 415);
    assert_eq!(get(&app, "/api/v1/articles/12411116").await.0, 200);
}

#[tokio::test]
async fn numbers_may_have_any_character_but_controls() {
    let app = app().await;
    let numbers = ["a/b", "50%", "é \u{1f600}", "a\"b", "..", "delete"];
    for number in numbers {
        let number = serde_json::to_string(number).unwrap();
        send(
            &app,
            "f",
            &format!(r#"[{{"operation":"add-article","articleData":{{"F_1":{number}}}}}]"#),
        )
        .await;
    }
    app.run_jobs().await;
    for (number, path) in numbers.into_iter().zip([
        "a%2Fb",
        "50%25",
        "%C3%A9%20%F0%9F%98%80",
        "a%22b",
        "%22..%22",
        "delete",
    ]) {
        let answer = app.get(&format!("/api/v1/articles/{path}")).await;
        assert_eq!(answer.json()["data"]["id"], number, "{}", answer.text());
    }
    assert_eq!(get(&app, "/api/v1/articles/%zz").await.0, 400);
    assert_eq!(get(&app, "/api/v1/articles/%FF").await.0, 400);
}
