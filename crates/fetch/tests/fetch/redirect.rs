//! Redirects: each hop is checked, counted, and stripped of what is not its business.

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LOCATION};
use axum::routing::get as route;
use fetch::{Error, FetchOptions, Refused};

use crate::{Seen, Server, fetcher, get, local};

fn to(location: impl Into<String>) -> (StatusCode, [(HeaderName, String); 1]) {
    (StatusCode::FOUND, [(LOCATION, location.into())])
}

async fn countdown(Path(left): Path<u32>) -> (StatusCode, [(HeaderName, String); 1]) {
    if left == 0 {
        (StatusCode::OK, [(ACCEPT, String::new())])
    } else {
        to((left - 1).to_string())
    }
}

#[tokio::test]
async fn the_limit_is_exact_and_relative_targets_work() {
    let routes = Router::new()
        .route("/{left}", route(countdown))
        .route("/loop", route(async || to("/loop")));
    let server = Server::start(routes).await;
    let fetcher = fetcher(FetchOptions {
        max_redirects: 3,
        ..local()
    });
    get(&fetcher, &server.url("a.test", "/3")).await.unwrap();
    assert_eq!(server.paths(), ["/3", "/2", "/1", "/0"]);
    for path in ["/4", "/loop"] {
        let url = server.url("a.test", path);
        let error = get(&fetcher, &url).await.unwrap_err();
        assert_eq!(error.to_string(), format!("{url} redirects more than 3 times"));
    }
    assert_eq!(server.paths().iter().filter(|path| *path == "/loop").count(), 4);
}

#[tokio::test]
async fn no_redirects_means_none() {
    let server = Server::start(Router::new().route("/{left}", route(countdown))).await;
    let fetcher = fetcher(FetchOptions {
        max_redirects: 0,
        ..local()
    });
    get(&fetcher, &server.url("a.test", "/0")).await.unwrap();
    assert!(matches!(
        get(&fetcher, &server.url("a.test", "/1")).await,
        Err(Error::TooManyRedirects { limit: 0, .. })
    ));
}

#[tokio::test]
async fn a_redirect_cannot_lead_where_a_url_may_not() {
    for target in [
        "http://169.254.169.254/latest/meta-data/?t=s3cret",
        "http://[::1]/",
        "http://localhost/",
        "//evil.net/",
        "http://user:s3cret@a.test/",
        "file:///etc/passwd",
        "http://[/",
    ] {
        let server = Server::start(Router::new().route("/", route(async move || to(target)))).await;
        let url = server.url("a.test", "/");
        let error = get(&fetcher(local()), &url).await.unwrap_err();
        assert!(matches!(error, Error::Redirect { .. }), "{target}: {error}");
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("redirected by {url}: ")) && !text.contains("s3cret"),
            "{text}"
        );
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_redirect_to_a_name_that_leads_inside_is_refused() {
    let target = Server::start(Router::new()).await;
    let inside = target.url("b.test", "/");
    let server = Server::start(Router::new().route("/", route(async move || to(inside)))).await;
    // `b.test` is at 127.0.0.1, which is listed on the first server's port only.
    let own = format!("127.0.0.1:{}", server.port);
    let fetcher = fetcher(crate::options(&[&own, "b.test:*"]));
    let error = get(&fetcher, &server.url("127.0.0.1", "/")).await.unwrap_err();
    assert!(matches!(error, Error::Refused(Refused::Answer { .. })), "{error}");
    assert!(target.seen().is_empty());
}

fn credentials() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, fetch::basic("user", "s3cret"));
    for (name, value) in [
        ("cookie", "s3cret"),
        ("x-api-key", "s3cret"),
        ("accept", "text/csv"),
        ("host", "evil.net"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
}

fn names(seen: &Seen) -> Vec<&str> {
    ["authorization", "cookie", "x-api-key", "accept"]
        .into_iter()
        .filter(|name| seen.header(name).is_some())
        .collect()
}

#[tokio::test]
async fn credentials_stay_with_their_origin() {
    let other = Server::start(Router::new().route("/", route(async || "there"))).await;
    for away in [other.url("a.test", "/"), other.url("b.test", "/")] {
        let routes = Router::new()
            .route("/", route(async || to("/same")))
            .route("/same", route(async move || to(away)));
        let server = Server::start(routes).await;
        let fetcher = fetcher(local());
        let url = fetcher.check(&server.url("a.test", "/")).unwrap();
        let download = fetcher.get_with(&url, credentials()).await.unwrap();
        assert!(download.url.as_str().ends_with(&format!(":{}/", other.port)));
        for seen in server.seen() {
            assert_eq!(names(&seen), ["authorization", "cookie", "x-api-key", "accept"]);
            assert_eq!(
                seen.header("host"),
                Some(format!("a.test:{}", server.port).as_str())
            );
        }
        assert_eq!(names(other.seen().last().unwrap()), ["accept"]);
    }
    assert_eq!(other.seen().len(), 2);
}

#[tokio::test]
async fn a_redirect_without_a_target_is_a_status() {
    let server = Server::start(Router::new().route("/", route(async || StatusCode::FOUND))).await;
    let error = get(&fetcher(local()), &server.url("a.test", "/"))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Status {
                status: StatusCode::FOUND,
                ..
            }
        ),
        "{error}"
    );
}
