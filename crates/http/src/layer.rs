//! The one layer around everything: request id, limits on address and headers, time limit, panics, error form,
//! cross-origin headers, compression, metrics and the access log.
//!
//! One layer written by hand instead of a stack of nine, because every layer of a router costs each request two
//! allocations. What is switched off is not run.

use std::any::Any;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::header::{HOST, HeaderValue};
use http::{StatusCode, Version};
use model::{Code, Error};
use tower::{Layer, Service};

use crate::cors::Cors;
use crate::fault::{Fault, RenderFn, render};
use crate::info::{REQUEST_ID, RequestInfo};
use crate::metrics::RequestMetrics;
use crate::mount::Mounts;
use crate::{HttpOptions, compress};

/// What all requests of one edge share.
pub(crate) struct Shared {
    pub(crate) options: Arc<HttpOptions>,
    pub(crate) mounts: Mounts,
    pub(crate) cors: Option<Cors>,
    pub(crate) metrics: RequestMetrics,
}

/// Wraps a router's routes and fallbacks.
#[derive(Clone)]
pub(crate) struct EdgeLayer(pub(crate) Arc<Shared>);

impl<S> Layer<S> for EdgeLayer {
    type Service = EdgeService<S>;

    fn layer(&self, inner: S) -> EdgeService<S> {
        EdgeService {
            inner,
            shared: Arc::clone(&self.0),
        }
    }
}

/// The service that [`EdgeLayer`] makes.
#[derive(Clone)]
pub(crate) struct EdgeService<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S> Service<Request> for EdgeService<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let exchange = Exchange::begin(&self.shared, &request);
        if let Some(response) = exchange.answer_at_once(&request) {
            return Box::pin(async move { Ok(exchange.finish(response)) });
        }
        request.extensions_mut().insert(exchange.info.clone());
        let answer = self.inner.call(request);
        Box::pin(async move {
            let response = exchange.run(answer).await;
            Ok(exchange.finish(response))
        })
    }
}

/// One request and its answer, as the layer follows them.
struct Exchange {
    shared: Arc<Shared>,
    info: RequestInfo,
    begun: Instant,
    encodings: Option<HeaderValue>,
    origin: Option<HeaderValue>,
}

impl Exchange {
    fn begin(shared: &Arc<Shared>, request: &Request) -> Self {
        let headers = request.headers();
        Self {
            info: RequestInfo::new(request, Arc::clone(&shared.options)),
            begun: Instant::now(),
            encodings: shared
                .options
                .compression
                .then(|| compress::wanted(headers))
                .flatten(),
            origin: shared.cors.as_ref().and_then(|cors| cors.allowed(headers)),
            shared: Arc::clone(shared),
        }
    }

    /// Preflights, and requests that are over a limit before anything of them is used.
    fn answer_at_once(&self, request: &Request) -> Option<Response> {
        let options = &self.shared.options;
        let length = request
            .uri()
            .path_and_query()
            .map_or(0, |text| text.as_str().len());
        if length > options.max_uri {
            let limit = options.max_uri;
            let message = format!("the address has {length} bytes, at most {limit} are taken");
            return Some(self.refuse(StatusCode::URI_TOO_LONG, message));
        }
        let lines = request.headers().len();
        if lines > options.max_headers {
            let limit = options.max_headers;
            let message = format!("the request has {lines} headers, at most {limit} are taken");
            return Some(self.refuse(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, message));
        }
        if let Some(count) = self.wrong_hosts(request) {
            let message = format!("a request needs exactly one Host header, got {count}");
            return Some(self.refuse(StatusCode::BAD_REQUEST, message));
        }
        let cors = self.shared.cors.as_ref()?;
        cors.preflight(request.method(), request.headers())
    }

    /// How often the host is named, when that is not once; of HTTP/1.1 the standard demands it (RFC 9112, 3.2), lest a
    /// proxy in front and we read different ones. Requests that did not come over a socket name none.
    fn wrong_hosts(&self, request: &Request) -> Option<usize> {
        let from_client = self.info.peer().is_some() && request.version() == Version::HTTP_11;
        let count = || request.headers().get_all(HOST).iter().count();
        from_client.then(count).filter(|count| *count != 1)
    }

    /// A bad request with a status that no class has, in the dialect's form.
    fn refuse(&self, status: StatusCode, message: String) -> Response {
        let mut response = self.form()(&Error::new(Code::BadRequest, message), &self.info);
        *response.status_mut() = status;
        response
    }

    /// The handler's answer, or that of the time limit, or that of a panic.
    async fn run<F: Future<Output = Result<Response, Infallible>>>(&self, answer: F) -> Response {
        let limit = self.shared.options.request_timeout;
        let mut answer = pin!(AssertUnwindSafe(answer).catch_unwind());
        let outcome = match tokio::time::timeout(limit, answer.as_mut()).await {
            Err(_) if self.info.is_streaming() => answer.await,
            Err(_) => {
                let message = format!("the request took longer than {} s", limit.as_secs_f64());
                return Fault(Error::new(Code::Timeout, message)).into_response();
            }
            Ok(outcome) => outcome,
        };
        match outcome {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(panic) => Fault(Error::internal(format_args!("panic: {}", text_of(&*panic)))).into_response(),
        }
    }

    fn finish(mut self, response: Response) -> Response {
        let mut response = render(response, || self.form(), &self.info);
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, self.info.id().header());
        if self.shared.cors.is_some() {
            Cors::mark(self.origin.take(), headers);
        }
        if let Some(encodings) = self.encodings.take() {
            response = compress::compress(encodings, response);
        }
        self.record(response.status());
        response
    }

    /// The error form of the dialect that the path belongs to.
    fn form(&self) -> RenderFn {
        self.shared.mounts.form_of(self.info.path())
    }

    fn record(&self, status: StatusCode) {
        let (info, took) = (&self.info, self.begun.elapsed());
        self.shared
            .metrics
            .record(info.route(), info.method(), status, took);
        if self.shared.options.access_log {
            log_access(info, status, u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        }
    }
}

/// One line per request; the path without its query, which may hold what must not be kept.
fn log_access(info: &RequestInfo, status: StatusCode, micros: u64) {
    let peer = info.peer().map(tracing::field::display);
    tracing::info!(
        target: "access",
        {
            request.id = info.id().as_str(),
            http.method = info.method().as_str(),
            http.path = info.path(),
            http.route = info.route(),
            http.status = status.as_u16(),
            http.micros = micros,
            peer.addr = peer,
            user.id = info.user().map(|user| user.0),
        },
        "request"
    );
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}
