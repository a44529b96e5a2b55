//! A small dialect of its own, and ways to call it.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::StreamExt;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use model::{Code, Error};
use serde::Deserialize;
use stockyard_http::{Edge, Fault, HttpOptions, Json, NotReady, Path, Query, RequestInfo, status_of, upload};
use tower::ServiceExt;
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};

/// The form of the test dialect: one line of text.
pub(crate) fn toy_form(error: &Error, info: &RequestInfo) -> Response {
    let text = format!(
        "toy {} {}: {}",
        info.method(),
        error.code().as_str(),
        error.message()
    );
    (status_of(error.class()), text).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Thing {
    name: String,
    #[serde(default)]
    size: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paging {
    #[serde(default)]
    page: u32,
}

async fn create(Json(thing): Json<Thing>) -> (StatusCode, String) {
    (StatusCode::CREATED, format!("{} {}", thing.name, thing.size))
}

async fn list(Query(paging): Query<Paging>) -> String {
    format!("page {}", paging.page)
}

async fn fetch(Path(id): Path<u32>) -> Result<String, Fault> {
    if id == 404 {
        return Err(Error::not_found("thing", id).into());
    }
    Ok(format!("thing {id}"))
}

async fn receive(request: Request) -> Result<String, Fault> {
    let mut pieces = std::pin::pin!(upload(request));
    let mut length = 0;
    while let Some(piece) = pieces.next().await {
        length += piece?.len();
    }
    Ok(format!("{length} bytes"))
}

async fn fail() -> Fault {
    Fault(Error::internal("the secret cause"))
}

async fn busy() -> Fault {
    Fault(Error::new(Code::Unavailable, "busy").with_retry_after(7))
}

async fn panics() -> &'static str {
    panic!("on purpose")
}

async fn long() -> impl IntoResponse {
    (
        [("content-type", "application/json")],
        format!("[{}1]", "1,".repeat(4000)),
    )
}

pub(crate) fn toy_routes() -> Router {
    Router::new()
        .route("/toy/things", get(list).post(create))
        .route("/toy/things/{id}", get(fetch))
        .route("/toy/upload", post(receive))
        .route("/toy/fail", get(fail))
        .route("/toy/busy", get(busy))
        .route("/toy/panic", get(panics))
        .route("/toy/long", get(long))
        .route(
            "/toy/short",
            get(|| async { ([("content-type", "application/json")], "[1]") }),
        )
        .route("/toy/never", get(std::future::pending::<&'static str>))
        .route(
            "/toy/id",
            get(|info: RequestInfo| async move { info.id().to_string() }),
        )
}

pub(crate) fn document() -> OpenApi {
    let info = InfoBuilder::new().title("Toy").version("1.0").build();
    OpenApiBuilder::new().info(info).build()
}

pub(crate) fn app_with(options: HttpOptions, more: Router) -> Router {
    Edge::new(options)
        .dialect("toy", &["/toy"], toy_routes().merge(more), document, toy_form)
        .ready(|| async {
            vec![NotReady {
                part: "store".to_owned(),
                reason: "no connection".to_owned(),
            }]
        })
        .build()
}

pub(crate) fn app(options: HttpOptions) -> Router {
    app_with(options, Router::new())
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn brief(&self) -> (u16, &str) {
        (self.status, self.text())
    }
}

pub(crate) async fn call(app: &Router, request: http::request::Builder, body: impl Into<Body>) -> Answer {
    let response = app
        .clone()
        .oneshot(request.body(body.into()).unwrap())
        .await
        .unwrap();
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        bytes: body.collect().await.unwrap().to_bytes().to_vec(),
    }
}

pub(crate) async fn fetch_path(app: &Router, path: &str) -> Answer {
    call(app, Request::get(path), "").await
}
