//! Files: the addresses, what is sent to them and fetched from them.

use std::time::Duration;

use serde_json::{Value, json};
use stockyard_qalx::{Options, mount_with};
use testkit::TestApp;

use crate::support::{app, expect, fetch, get, guid, make, send};

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item["file"][name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name} in {item}"))
}

#[tokio::test]
async fn content_goes_in_and_comes_out() {
    let app = app().await;
    let item = make(
        &app,
        "item",
        json!({ "file": { "name": "a.txt", "keyfile": "k.key" } }),
    )
    .await;
    assert_eq!(
        (&item["file"]["keyfile"], &item["file"]["as_file"]),
        (&json!("k.key"), &json!(false))
    );
    let before = fetch(&app, text(&item, "url"), &[]).await;
    assert_eq!(before.status.as_u16(), 404);
    for content in [&b"hello"[..], b"", &[0xff; 300_000]] {
        assert_eq!(
            send(&app, text(&item, "put_url"), content).await.status.as_u16(),
            200
        );
        let again = get(&app, &format!("item/{}", guid(&item))).await;
        assert!(again["file"].get("put_url").is_none());
        let answer = fetch(&app, text(&again, "url"), &[]).await;
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, content));
        assert_eq!(answer.header("content-length"), content.len().to_string());
        assert_eq!(answer.header("accept-ranges"), "bytes");
    }
}

#[tokio::test]
async fn parts_and_known_content_are_answered_as_the_standard_says() {
    let app = app().await;
    let item = make(&app, "item", json!({ "file": { "name": "a" } })).await;
    send(&app, text(&item, "put_url"), b"0123456789").await;
    let url = text(&item, "url");
    let tag = fetch(&app, url, &[]).await.header("etag").to_owned();
    for (headers, status, body, range) in [
        (vec![("range", "bytes=2-4")], 206, "234", "bytes 2-4/10"),
        (vec![("range", "bytes=-3")], 206, "789", "bytes 7-9/10"),
        (vec![("range", "bytes=7-")], 206, "789", "bytes 7-9/10"),
        (vec![("range", "bytes=0-1,3-4")], 200, "0123456789", ""),
        (
            vec![("range", "bytes=2-4"), ("if-range", tag.as_str())],
            206,
            "234",
            "bytes 2-4/10",
        ),
        (
            vec![("range", "bytes=2-4"), ("if-range", "\"other\"")],
            200,
            "0123456789",
            "",
        ),
        (vec![("if-none-match", tag.as_str())], 304, "", ""),
        (vec![("if-none-match", "\"other\"")], 200, "0123456789", ""),
    ] {
        let answer = fetch(&app, url, &headers).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text()),
            (status, body),
            "{headers:?}"
        );
        assert_eq!(answer.header("content-range"), range, "{headers:?}");
    }
    let beyond = fetch(&app, url, &[("range", "bytes=10-")]).await;
    assert_eq!(
        (beyond.status.as_u16(), beyond.header("content-range")),
        (416, "bytes */10")
    );
    assert!(beyond.json()["detail"].is_string());
}

#[tokio::test]
async fn an_address_is_good_for_one_thing_and_for_a_time() {
    let app = app().await;
    let item = make(&app, "item", json!({ "file": { "name": "a" } })).await;
    let other = make(&app, "item", json!({ "file": { "name": "b" } })).await;
    let (url, put_url) = (text(&item, "url"), text(&item, "put_url"));
    assert_eq!(send(&app, put_url, b"x").await.status.as_u16(), 200);
    assert_eq!(send(&app, url, b"y").await.status.as_u16(), 403);
    assert_eq!(fetch(&app, put_url, &[]).await.status.as_u16(), 403);
    let dashed = |item: &Value| text(item, "url").split(['/', '?']).nth(5).unwrap().to_owned();
    let stolen = url.replace(&dashed(&item), &dashed(&other));
    assert_ne!(stolen, url);
    assert_eq!(fetch(&app, &stolen, &[]).await.status.as_u16(), 403);
    let (front, expires) = url.split_once("expires=").unwrap();
    let (expires, rest) = expires.split_once('&').unwrap();
    let longer = format!("{front}expires={}&{rest}", expires.parse::<i64>().unwrap() + 1);
    assert_eq!(fetch(&app, &longer, &[]).await.status.as_u16(), 403);
    for broken in [
        front.trim_end_matches('?'),
        &format!("{front}expires={expires}"),
        &format!("{front}expires=x&{rest}"),
    ] {
        assert_eq!(fetch(&app, broken, &[]).await.status.as_u16(), 400, "{broken}");
    }
    app.clock.advance(Duration::from_secs(7 * 24 * 3600));
    assert_eq!(fetch(&app, url, &[]).await.status.as_u16(), 200);
    app.clock.advance(Duration::from_secs(1));
    let late = fetch(&app, url, &[]).await;
    assert_eq!(late.status.as_u16(), 403);
    assert!(
        late.json()["detail"].as_str().unwrap().contains("expired"),
        "{}",
        late.text()
    );
}

#[tokio::test]
async fn saving_keeps_replaces_or_removes_a_file() {
    let app = app().await;
    let item = make(&app, "item", json!({ "file": { "name": "a", "as_file": true } })).await;
    assert_eq!(item["file"]["as_file"], true);
    let path = format!("item/{}", guid(&item));
    send(&app, text(&item, "put_url"), b"one").await;
    let kept = expect(&app, 200, "PATCH", &path, json!({ "data": { "a": 1 } })).await;
    assert_eq!(kept["file"]["name"], "a");
    assert!(kept["file"].get("put_url").is_none());
    assert_eq!(fetch(&app, text(&kept, "url"), &[]).await.text(), "one");
    // As the client saves data that is kept in a file: what it got, addresses and all, goes back.
    let again = expect(&app, 200, "PATCH", &path, json!({ "file": kept["file"] })).await;
    send(&app, text(&again, "put_url"), b"two").await;
    assert_eq!(fetch(&app, text(&again, "url"), &[]).await.text(), "two");
    let renamed = expect(&app, 200, "PATCH", &path, json!({ "file": { "name": "b" } })).await;
    assert_eq!(fetch(&app, text(&renamed, "url"), &[]).await.text(), "two");
    assert!(renamed["file"]["put_url"].is_string());
    let url = text(&renamed, "url").to_owned();
    let removed = expect(&app, 200, "PATCH", &path, json!({ "file": {} })).await;
    assert_eq!(removed["file"], json!({}));
    assert_eq!(fetch(&app, &url, &[]).await.status.as_u16(), 404);
    let back = expect(&app, 200, "PUT", &path, json!({ "file": { "name": "c" } })).await;
    assert_eq!(fetch(&app, text(&back, "url"), &[]).await.status.as_u16(), 404);
    send(&app, text(&back, "put_url"), b"three").await;
    expect(&app, 204, "DELETE", &path, Value::Null).await;
    assert_eq!(fetch(&app, text(&back, "url"), &[]).await.status.as_u16(), 404);
    assert_eq!(
        send(&app, text(&back, "put_url"), b"four").await.status.as_u16(),
        404
    );
}

#[tokio::test]
async fn the_public_address_is_used_when_it_is_set() {
    let options: Options =
        serde_json::from_value(json!({ "public_url": "https://calc.example.com/q/", "url_days": 2 }))
            .unwrap();
    let app = TestApp::new(|edge, engine| mount_with(edge, engine, options)).await;
    let item = make(&app, "item", json!({ "file": { "name": "a" } })).await;
    let url = text(&item, "url");
    assert!(url.starts_with("https://calc.example.com/q/file/"), "{url}");
    let until = 1_464_584_157 + 2 * 24 * 3600;
    assert!(url.contains(&format!("?expires={until}&signature=")), "{url}");
}

#[tokio::test]
async fn addresses_follow_the_host_of_the_request() {
    let app = app().await;
    let request = app.request(http::Method::POST, "/qalx/item");
    let request = request
        .header("authorization", &format!("Token {}", app.user))
        .header("host", "10.0.0.5:8080");
    let item = request.json(r#"{"file": {"name": "a"}}"#).send().await.json();
    assert!(
        text(&item, "url").starts_with("http://10.0.0.5:8080/qalx/file/"),
        "{item}"
    );
}
