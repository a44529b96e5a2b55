//! Protected routes: who gets in, who does not, and how often.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::get;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use model::{Actor, Code, Error, Roles, TokenId, UserId};
use stockyard_http::options::RateLimitOptions;
use stockyard_http::{
    Authenticator, Caller, Fault, Guard, HttpOptions, Limiter, Peer, bearer, require_admin,
};

use crate::support::{app_with, call};

/// `fast-N` is found in the cache, `slow-N` by asking; N is the token's id.
struct Tokens;

fn actor(secret: &str, prefix: &str) -> Option<Arc<Actor>> {
    let id: i64 = secret.strip_prefix(prefix)?.parse().ok()?;
    Some(Arc::new(Actor {
        user: UserId(id),
        email: format!("{id}@example.com"),
        name: format!("user {id}"),
        roles: Roles {
            admin: id == 1,
            developer: false,
        },
        token: Some(TokenId(id)),
        ..Actor::default()
    }))
}

impl Authenticator for Tokens {
    fn cached(&self, secret: &str) -> Option<Arc<Actor>> {
        actor(secret, "fast-")
    }

    fn authenticate<'a>(&'a self, secret: &'a str) -> BoxFuture<'a, Result<Arc<Actor>, Error>> {
        async move {
            tokio::task::yield_now().await;
            if secret == "broken" {
                return Err(Error::internal("the store is gone"));
            }
            actor(secret, "slow-").ok_or_else(|| Error::new(Code::Unauthenticated, "unknown token"))
        }
        .boxed()
    }
}

async fn who(Caller(actor): Caller) -> String {
    actor.name.clone()
}

async fn admins(Caller(actor): Caller) -> Result<&'static str, Fault> {
    require_admin(&actor)?;
    Ok("welcome")
}

fn guarded(limit: Option<RateLimitOptions>) -> Router {
    let guard = Guard::new(Arc::new(Tokens), bearer).with_limiter(&Limiter::new(limit));
    let routes = Router::new()
        .route("/toy/who", get(who))
        .route("/toy/admins", get(admins))
        .route_layer(guard)
        .route("/toy/open", get(who));
    app_with(HttpOptions::default(), routes)
}

fn with(token: &str, path: &str) -> http::request::Builder {
    Request::get(path).header("authorization", format!("Bearer {token}"))
}

#[tokio::test]
async fn valid_tokens_are_let_in_and_others_are_not() {
    let app = guarded(None);
    for (token, path, status, text) in [
        ("fast-7", "/toy/who", 200, "user 7"),
        ("slow-8", "/toy/who", 200, "user 8"),
        ("fast-1", "/toy/admins", 200, "welcome"),
        (
            "fast-2",
            "/toy/admins",
            403,
            "toy GET forbidden: only administrators may do this",
        ),
        ("wrong", "/toy/who", 401, "toy GET unauthenticated: unknown token"),
        (
            "a b",
            "/toy/who",
            401,
            "toy GET unauthenticated: no valid credentials were sent",
        ),
        ("broken", "/toy/who", 500, "toy GET internal: internal error"),
        (
            "fast-7",
            "/toy/open",
            401,
            "toy GET unauthenticated: no valid credentials were sent",
        ),
    ] {
        assert_eq!(
            call(&app, with(token, path), "").await.brief(),
            (status, text),
            "{token} {path}"
        );
    }
    assert_eq!(call(&app, Request::get("/toy/who"), "").await.status, 401);
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_need_no_token() {
    let app = guarded(None);
    assert_eq!(call(&app, Request::get("/toy/whose"), "").await.status, 404);
    let answer = call(&app, Request::delete("/toy/who"), "").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET,HEAD")));
}

#[tokio::test]
async fn a_route_with_two_guards_is_a_fault_and_not_a_mix_up() {
    let guard = || Guard::new(Arc::new(Tokens), bearer);
    let routes = Router::new()
        .route("/toy/who", get(who))
        .route_layer(guard())
        .route_layer(guard());
    let app = app_with(HttpOptions::default(), routes);
    assert_eq!(call(&app, with("fast-7", "/toy/who"), "").await.status, 500);
}

#[tokio::test]
async fn a_guard_works_without_an_edge() {
    let routes = Router::new()
        .route("/who", get(who))
        .route_layer(Guard::new(Arc::new(Tokens), bearer));
    assert_eq!(
        call(&routes, with("fast-7", "/who"), "").await.brief(),
        (200, "user 7")
    );
    assert_eq!(call(&routes, with("wrong", "/who"), "").await.status, 401);
}

#[tokio::test]
async fn a_token_over_its_rate_is_told_when_to_come_back() {
    let app = guarded(Some(RateLimitOptions {
        requests_per_minute: NonZeroU32::MIN,
        burst: NonZeroU32::new(2).unwrap(),
        failures_per_minute: 100,
    }));
    for token in ["fast-7", "slow-8"] {
        for _ in 0..2 {
            assert_eq!(call(&app, with(token, "/toy/who"), "").await.status, 200);
        }
        let answer = call(&app, with(token, "/toy/who"), "").await;
        assert_eq!(answer.status, 429);
        assert!(
            answer
                .text()
                .starts_with("toy GET rate-limited: too many requests"),
            "{}",
            answer.text()
        );
        let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
    }
    assert_eq!(
        call(&app, with("fast-9", "/toy/who"), "").await.status,
        200,
        "others are not affected"
    );
}

#[tokio::test]
async fn an_address_that_guesses_is_refused_before_its_next_guess_is_looked_at() {
    let app = guarded(Some(RateLimitOptions {
        requests_per_minute: NonZeroU32::new(1000).unwrap(),
        burst: NonZeroU32::new(1000).unwrap(),
        failures_per_minute: 3,
    }));
    let from = |token: &str, peer: &str| {
        let peer: SocketAddr = peer.parse().unwrap();
        with(token, "/toy/who")
            .header("host", "toy.example")
            .extension(Peer(peer))
    };
    for _ in 0..3 {
        assert_eq!(call(&app, from("wrong", "192.0.2.1:1000"), "").await.status, 401);
    }
    let answer = call(&app, from("slow-8", "192.0.2.1:2000"), "").await;
    assert_eq!(answer.status, 429, "even a right guess");
    assert!(answer.header("retry-after").is_some());
    assert_eq!(
        call(&app, from("fast-7", "192.0.2.1:3000"), "").await.status,
        200,
        "known tokens are exempt"
    );
    assert_eq!(
        call(&app, from("slow-8", "192.0.2.2:1000"), "").await.status,
        200,
        "so are other addresses"
    );
}
