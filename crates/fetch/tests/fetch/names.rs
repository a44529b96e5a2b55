//! Names and the addresses they resolve to, decided at the moment of connecting.

use std::sync::Arc;

use axum::Router;
use axum::http::header::CONNECTION;
use axum::routing::get as route;
use fetch::{Error, Fetcher, Refused};

use crate::{Names, Server, get, options};

async fn server() -> Server {
    Server::start(Router::new().route("/", route(async || ([(CONNECTION, "close")], "reached")))).await
}

fn fetcher(rules: &[&str], answers: &[&[&str]]) -> Fetcher {
    let names = Names::default();
    names.set("name.test", answers);
    Fetcher::with_lookup(options(rules), Arc::new(names)).unwrap()
}

#[tokio::test]
async fn a_listed_name_may_not_lead_inside() {
    let server = server().await;
    let url = server.url("name.test", "/");
    for inside in [
        "127.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "fd00::1",
        "0.0.0.0",
    ] {
        let error = get(&fetcher(&["name.test:*"], &[&[inside]]), &url)
            .await
            .unwrap_err();
        let Error::Refused(Refused::Answer { name, address, .. }) = &error else {
            panic!("{inside}: {error}")
        };
        assert_eq!(
            (name.as_str(), address.to_string().as_str()),
            ("name.test", inside)
        );
        assert!(!error.is_retryable());
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn unless_the_address_is_listed_too() {
    let server = server().await;
    let url = server.url("name.test", "/");
    assert_eq!(
        get(
            &fetcher(&["name.test:*", "127.0.0.0/8:*"], &[&["127.0.0.1"]]),
            &url
        )
        .await
        .unwrap(),
        b"reached"
    );
    let error = get(&fetcher(&["name.test:*", "127.0.0.1"], &[&["127.0.0.1"]]), &url)
        .await
        .unwrap_err();
    let sentence = "the host name.test resolves to the loopback address 127.0.0.1, which is not in the list of allowed hosts";
    assert_eq!(error.to_string(), sentence);
}

#[tokio::test]
async fn refused_addresses_among_allowed_ones_are_left_out() {
    let server = server().await;
    let fetcher = fetcher(
        &["name.test:*", "127.0.0.1:*"],
        &[&["127.0.0.2", "::1", "127.0.0.1"]],
    );
    assert_eq!(
        get(&fetcher, &server.url("name.test", "/")).await.unwrap(),
        b"reached"
    );
}

#[tokio::test]
async fn a_name_that_changes_its_answer_gains_nothing() {
    let server = server().await;
    let url = server.url("name.test", "/");
    let fetcher = fetcher(&["name.test:*", "127.0.0.1:*"], &[&["127.0.0.1"], &["127.0.0.2"]]);
    assert_eq!(get(&fetcher, &url).await.unwrap(), b"reached");
    let error = get(&fetcher, &url).await.unwrap_err();
    assert!(matches!(error, Error::Refused(Refused::Answer { .. })), "{error}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_may_succeed_later() {
    let unknown = get(&fetcher(&["*.test"], &[&[]]), "http://unknown.test/")
        .await
        .unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "could not connect to http://unknown.test/: nobody knows unknown.test"
    );
    assert!(unknown.is_retryable());
    let empty = get(&fetcher(&["*.test"], &[&[]]), "http://name.test/")
        .await
        .unwrap_err();
    assert_eq!(
        empty.to_string(),
        "could not connect to http://name.test/: the name name.test has no address"
    );
}

#[tokio::test]
async fn a_url_checked_under_other_rules_is_checked_again() {
    let server = server().await;
    let lenient = fetcher(&["127.0.0.1:*"], &[]);
    let strict = fetcher(&["name.test"], &[]);
    let url = lenient.check(&server.url("127.0.0.1", "/")).unwrap();
    assert!(matches!(
        strict.get(&url).await,
        Err(Error::Refused(Refused::Address { .. }))
    ));
    let pushed = strict
        .send(http::Method::POST, &url, http::HeaderMap::new(), "x")
        .await;
    assert!(matches!(pushed, Err(Error::Refused(Refused::Address { .. }))));
    assert!(server.seen().is_empty());
}
