//! What is known of a request beside its contents: its id, where it came from, who makes it.
//!
//! One [`RequestInfo`] is made per request and shared by handle: the edge's layer keeps one for the log line and the
//! error form, the handlers find one in the request's extensions. It is a single allocation.

use std::convert::Infallible;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequestParts, MatchedPath, Request};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Uri};
use model::{Actor, UserId};

use crate::HttpOptions;

/// The header that carries a request's id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id of a client's own that is kept.
const MAX_FOREIGN_ID: usize = 64;

/// The address of the client, put into the extensions by the server loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// A request's id: sixteen hex digits of our own, or what a trusted proxy sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestTag(HeaderValue);

impl RequestTag {
    /// A fresh id: a counter from a random start, scrambled, so that ids do not tell how many requests there were.
    fn next() -> Self {
        static START: OnceLock<u64> = OnceLock::new();
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let start = *START.get_or_init(|| RandomState::new().hash_one(0_u8));
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        // An odd multiplier is a bijection modulo 2^64: no id comes twice.
        let id = start.wrapping_add(count).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let id = id ^ (id >> 32);
        let mut digits = [0_u8; 16];
        for (place, digit) in digits.iter_mut().enumerate() {
            *digit = b"0123456789abcdef"[(id >> (60 - 4 * place)) as usize & 0xf];
        }
        Self(HeaderValue::from_bytes(&digits).expect("hex digits are valid in a header"))
    }

    fn of(request: &Request, trusted: bool) -> Self {
        if !trusted {
            return Self::next();
        }
        let fits = |value: &&HeaderValue| {
            let bytes = value.as_bytes();
            (1..=MAX_FOREIGN_ID).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
        };
        match request.headers().get(&REQUEST_ID).filter(fits) {
            Some(value) => Self(value.clone()),
            None => Self::next(),
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Display for RequestTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

struct Inner {
    id: RequestTag,
    method: Method,
    uri: Uri,
    route: Option<MatchedPath>,
    peer: Option<SocketAddr>,
    actor: OnceLock<Arc<Actor>>,
    streaming: AtomicBool,
    options: Arc<HttpOptions>,
}

/// The request as the edge knows it; cloning gives another handle to the same.
#[derive(Clone)]
pub struct RequestInfo(Arc<Inner>);

impl fmt::Debug for RequestInfo {
    /// Only the id: the rest holds what a log must not repeat.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestInfo").field(&self.0.id).finish()
    }
}

impl RequestInfo {
    /// Notes what is known of `request` now.
    pub fn new(request: &Request, options: Arc<HttpOptions>) -> Self {
        Self(Arc::new(Inner {
            id: RequestTag::of(request, options.trust_request_id),
            method: request.method().clone(),
            uri: request.uri().clone(),
            route: request.extensions().get::<MatchedPath>().cloned(),
            peer: request.extensions().get::<Peer>().map(|peer| peer.0),
            actor: OnceLock::new(),
            streaming: AtomicBool::new(false),
            options,
        }))
    }

    /// The info that the edge left in the extensions; a router used without an edge gets one with default options.
    pub(crate) fn of(request: &Request) -> Self {
        match request.extensions().get::<Self>() {
            Some(info) => info.clone(),
            None => Self::new(request, Arc::default()),
        }
    }

    /// Makes the info of a request that came without an edge, and leaves it in the extensions.
    pub(crate) fn place(request: &mut Request) -> Self {
        let info = Self::new(request, Arc::default());
        request.extensions_mut().insert(info.clone());
        info
    }

    /// The request's id.
    pub fn id(&self) -> &RequestTag {
        &self.0.id
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.0.method
    }

    /// The address as it was sent.
    pub fn uri(&self) -> &Uri {
        &self.0.uri
    }

    /// The path as it was sent, without the query.
    pub fn path(&self) -> &str {
        self.0.uri.path()
    }

    /// The route's pattern, when one matched.
    pub fn route(&self) -> Option<&str> {
        self.0.route.as_ref().map(MatchedPath::as_str)
    }

    /// The client's address.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.0.peer
    }

    /// The caller, once a guard has found out.
    pub fn actor(&self) -> Option<&Arc<Actor>> {
        self.0.actor.get()
    }

    /// The caller's user, once a guard has found out.
    pub fn user(&self) -> Option<UserId> {
        self.actor().map(|actor| actor.user)
    }

    /// The limits in force.
    pub fn options(&self) -> &Arc<HttpOptions> {
        &self.0.options
    }

    /// Notes the caller; gives him back if there is one already.
    pub(crate) fn set_actor(&self, actor: Arc<Actor>) -> Result<(), Arc<Actor>> {
        self.0.actor.set(actor)
    }

    /// Exempts the request from the request timeout; the body's idle timeout takes over.
    pub(crate) fn mark_streaming(&self) {
        self.0.streaming.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_streaming(&self) -> bool {
        self.0.streaming.load(Ordering::Relaxed)
    }
}

impl<S: Sync> FromRequestParts<S> for RequestInfo {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        if let Some(info) = parts.extensions.get::<Self>() {
            return Ok(info.clone());
        }
        let bare = Request::from_parts(parts.clone(), axum::body::Body::empty());
        Ok(Self::new(&bare, Arc::default()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use axum::body::Body;
    use axum::extract::Request;

    use super::RequestTag;

    fn with_id(id: &str) -> Request {
        Request::builder()
            .header("x-request-id", id)
            .body(Body::empty())
            .unwrap()
    }

    #[test]
    fn own_ids_are_16_hex_digits_and_never_repeat() {
        let ids: HashSet<String> = (0..10_000).map(|_| RequestTag::next().to_string()).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(
            ids.iter()
                .all(|id| id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit()))
        );
    }

    #[test]
    fn foreign_ids_are_kept_only_when_trusted_and_tame() {
        assert_eq!(RequestTag::of(&with_id("abc-1"), true).as_str(), "abc-1");
        assert_ne!(RequestTag::of(&with_id("abc-1"), false).as_str(), "abc-1");
        for wild in ["", "a b", &"x".repeat(65)] {
            assert_eq!(
                RequestTag::of(&with_id(wild), true).as_str().len(),
                16,
                "{wild:?}"
            );
        }
    }
}
