//! Who is calling: reads the credentials in a dialect's own way, finds the [`Actor`] and holds the rate limits.
//!
//! A token that the authenticator has in its cache costs no allocation: the actor's place is in the [`RequestInfo`].
//! Failed attempts are counted per address, and an address over its limit is refused before its next guess is looked
//! at; tokens in the cache are exempt, so a guesser behind the same proxy does not lock others out.

mod engine;
mod limits;

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::extract::{FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use futures_util::future::{BoxFuture, Either, Ready, ready};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use model::{Actor, Code, Error};
use tower::{Layer, Service};

use crate::fault::Fault;
use crate::guard::limits::Limits;
use crate::info::RequestInfo;
use crate::options::RateLimitOptions;

/// Finds the actor that a secret stands for.
pub trait Authenticator: Send + Sync {
    /// The actor, if it is known without waiting.
    fn cached(&self, _secret: &str) -> Option<Arc<Actor>> {
        None
    }

    /// The actor; an error of code `unauthenticated` if the secret is not valid.
    fn authenticate<'a>(&'a self, secret: &'a str) -> BoxFuture<'a, Result<Arc<Actor>, Error>>;
}

/// Reads the secret from a request's headers; `None` if there is none in the form that the dialect takes.
pub type ReadSecret = fn(&HeaderMap) -> Option<&str>;

/// Reads `Authorization: Bearer <secret>`; the scheme in any case, one header, one space, one word.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    scheme(headers, "bearer")
}

/// Reads `Authorization: <scheme> <secret>` for a scheme in lower case.
pub fn scheme<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (given, secret) = value.to_str().ok()?.split_once(' ')?;
    (given.eq_ignore_ascii_case(scheme) && is_word(secret)).then_some(secret)
}

/// Reads the secret from a header of its own.
pub fn own_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    value.to_str().ok().filter(|secret| is_word(secret))
}

fn is_word(secret: &str) -> bool {
    (1..=4096).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A layer for the routes that need a caller.
#[derive(Clone)]
pub struct Guard(Arc<Inner>);

struct Inner {
    authenticator: Arc<dyn Authenticator>,
    read: ReadSecret,
    limits: Option<Arc<Limits>>,
}

impl Guard {
    /// A guard that lets everyone pass whose secret is valid.
    pub fn new(authenticator: Arc<dyn Authenticator>, read: ReadSecret) -> Self {
        Self(Arc::new(Inner {
            authenticator,
            read,
            limits: None,
        }))
    }

    /// Limits how often one token may call. Guards that share `limiter` count together.
    #[must_use]
    pub fn with_limiter(self, limiter: &Limiter) -> Self {
        Self(Arc::new(Inner {
            authenticator: Arc::clone(&self.0.authenticator),
            read: self.0.read,
            limits: limiter.0.clone(),
        }))
    }
}

/// The counts behind the rate limits; one per server.
#[derive(Clone)]
pub struct Limiter(Option<Arc<Limits>>);

impl Limiter {
    /// A limiter of the given rates; none limits nothing.
    pub fn new(options: Option<RateLimitOptions>) -> Self {
        Self(options.map(|options| Arc::new(Limits::new(options))))
    }
}

impl Limiter {
    /// Refuses a caller whose address has shown too many wrong credentials; for log-ins, which no guard stands before.
    ///
    /// # Errors
    /// `rate-limited`.
    pub fn check(&self, info: &RequestInfo) -> Result<(), Error> {
        match (&self.0, info.peer()) {
            (Some(limits), Some(peer)) => limits.check_peer(peer.ip(), Instant::now()),
            _ => Ok(()),
        }
    }

    /// Counts wrong credentials.
    pub fn note_failure(&self, info: &RequestInfo) {
        if let (Some(limits), Some(peer)) = (&self.0, info.peer()) {
            limits.note_failure(peer.ip(), Instant::now());
        }
    }
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded {
            inner,
            guard: Arc::clone(&self.0),
        }
    }
}

/// The service that [`Guard`] makes.
#[derive(Clone)]
pub struct Guarded<S> {
    inner: S,
    guard: Arc<Inner>,
}

type Answer = Result<Response, Infallible>;

impl<S> Service<Request> for Guarded<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, Either<Ready<Answer>, BoxFuture<'static, Answer>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let Some(secret) = (self.guard.read)(request.headers()) else {
            return Either::Right(Either::Left(refuse(no_secret())));
        };
        let Some(actor) = self.guard.authenticator.cached(secret) else {
            let secret = secret.to_owned();
            return Either::Right(Either::Right(self.call_slowly(request, secret)));
        };
        match self.guard.admit(&mut request, actor) {
            Ok(()) => Either::Left(self.inner.call(request)),
            Err(error) => Either::Right(Either::Left(refuse(error))),
        }
    }
}

impl<S> Guarded<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    fn call_slowly(&mut self, mut request: Request, secret: String) -> BoxFuture<'static, Answer> {
        let guard = Arc::clone(&self.guard);
        let clone = self.inner.clone();
        // The service that was asked whether it is ready is the one to call.
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let peer = RequestInfo::of(&request).peer().map(|peer| peer.ip());
        Box::pin(async move {
            let actor = match guard.authenticate(peer, &secret).await {
                Ok(actor) => actor,
                Err(error) => return Ok(Fault(error).into_response()),
            };
            match guard.admit(&mut request, actor) {
                Ok(()) => inner.call(request).await,
                Err(error) => Ok(Fault(error).into_response()),
            }
        })
    }
}

impl Inner {
    async fn authenticate(&self, peer: Option<IpAddr>, secret: &str) -> Result<Arc<Actor>, Error> {
        let (Some(limits), Some(peer)) = (&self.limits, peer) else {
            return self.authenticator.authenticate(secret).await;
        };
        limits.check_peer(peer, Instant::now())?;
        let outcome = self.authenticator.authenticate(secret).await;
        if outcome
            .as_ref()
            .is_err_and(|error| error.code() == Code::Unauthenticated)
        {
            limits.note_failure(peer, Instant::now());
        }
        outcome
    }

    fn admit(&self, request: &mut Request, actor: Arc<Actor>) -> Result<(), Error> {
        if let (Some(limits), Some(token)) = (&self.limits, actor.token) {
            limits.check_token(token)?;
        }
        let noted = match request.extensions().get::<RequestInfo>() {
            Some(info) => info.set_actor(actor),
            None => RequestInfo::place(request).set_actor(actor),
        };
        // Whose request would it be?
        noted.map_err(|_| Error::internal("a route has two guards"))
    }
}

fn no_secret() -> Error {
    Error::new(Code::Unauthenticated, "no valid credentials were sent")
}

fn refuse(error: Error) -> Ready<Answer> {
    ready(Ok(Fault(error).into_response()))
}

/// Extracts the actor that a [`Guard`] found.
#[derive(Clone, Debug)]
pub struct Caller(pub Arc<Actor>);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        let actor = parts.extensions.get::<RequestInfo>().and_then(RequestInfo::actor);
        actor
            .map(|actor| Self(Arc::clone(actor)))
            .ok_or_else(|| Fault(no_secret()))
    }
}

/// Refuses everyone but administrators.
pub fn require_admin(actor: &Actor) -> Result<(), Error> {
    if actor.is_admin() {
        return Ok(());
    }
    Err(Error::new(Code::Forbidden, "only administrators may do this"))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::AUTHORIZATION;

    use super::{bearer, own_header};

    fn with(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn bearer_is_read_in_any_case() {
        for scheme in ["Bearer", "bearer", "BEARER"] {
            assert_eq!(bearer(&with(&[&format!("{scheme} abc")])), Some("abc"));
        }
    }

    #[test]
    fn garbage_is_no_secret() {
        for garbage in [
            &["Bearer"][..],
            &["Bearer "],
            &["Bearer  abc"],
            &["Bearer a b"],
            &["Basic abc"],
            &["abc"],
            &["Bearer abc", "Bearer abc"],
            &[],
        ] {
            assert_eq!(bearer(&with(garbage)), None, "{garbage:?}");
        }
        let long = format!("Bearer {}", "x".repeat(4097));
        assert_eq!(bearer(&with(&[&long])), None);
        assert_eq!(own_header(&with(&["abc"]), "authorization"), Some("abc"));
        assert_eq!(own_header(&with(&["a b"]), "authorization"), None);
    }
}
