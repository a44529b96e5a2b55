//! Completes the dialects' API documents: the refusals that any operation can answer with, each with an example in the
//! dialect's own form.
//!
//! The examples are made by the dialect's render function, so they cannot drift from what is really sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use futures_util::FutureExt;
use http::Method;
use http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use model::{Class, Code, Error};
use serde_json::Value;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{OpenApi, RefOr, ResponseBuilder};

use crate::fault::RenderFn;
use crate::info::RequestInfo;

/// The refusals of an ordinary operation. Those that concern a body, and those that concern the caller, are added only
/// where there is one.
pub const USUAL: &[Code] = &[
    Code::BadRequest,
    Code::BadJson,
    Code::BadEncoding,
    Code::Unauthenticated,
    Code::Forbidden,
    Code::NotFound,
    Code::MethodNotAllowed,
    Code::Timeout,
    Code::Conflict,
    Code::TooLarge,
    Code::UnsupportedMedia,
    Code::BadValue,
    Code::MissingField,
    Code::UnknownField,
    Code::RateLimited,
    Code::Internal,
    Code::Unavailable,
    Code::StorageFull,
];

/// Adds a response for each of `codes` to all operations that can answer with it and do not describe that status
/// themselves.
pub fn add_refusals(document: &mut OpenApi, render: RenderFn, codes: &[Code]) {
    let secured = document.security.as_ref().is_some_and(|all| !all.is_empty());
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            let subject = Subject {
                has_parameter: path.contains('{'),
                has_body: operation.request_body.is_some(),
                secured: operation.security.as_ref().map_or(secured, |own| !own.is_empty()),
            };
            let info = info_of(method, path);
            let met = codes.iter().filter(|code| subject.can_meet(**code));
            add(operation, met.map(|code| Sample::new(*code, render, &info)));
        }
    }
}

/// The info of a request to the operation.
fn info_of(method: Method, path: &str) -> RequestInfo {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().unwrap_or_default();
    RequestInfo::new(&request, Arc::default())
}

/// What decides which refusals an operation can meet.
struct Subject {
    has_parameter: bool,
    has_body: bool,
    secured: bool,
}

impl Subject {
    fn can_meet(&self, code: Code) -> bool {
        match code {
            Code::BadJson | Code::BadEncoding | Code::MissingField | Code::StorageFull => self.has_body,
            _ => match code.class() {
                Class::TooLarge | Class::UnsupportedMedia | Class::Conflict => self.has_body,
                Class::Unauthenticated | Class::Forbidden | Class::TooMany => self.secured,
                Class::NotFound => self.has_parameter,
                _ => true,
            },
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let all = [
        (Method::GET, &mut item.get),
        (Method::PUT, &mut item.put),
        (Method::POST, &mut item.post),
        (Method::DELETE, &mut item.delete),
        (Method::PATCH, &mut item.patch),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn add(operation: &mut Operation, samples: impl Iterator<Item = Sample>) {
    let mut by_status: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
    for sample in samples {
        by_status.entry(sample.status.clone()).or_default().push(sample);
    }
    for (status, samples) in by_status {
        operation
            .responses
            .responses
            .entry(status)
            .or_insert_with(|| RefOr::T(response(&samples)));
    }
}

fn response(samples: &[Sample]) -> utoipa::openapi::Response {
    let descriptions: Vec<&str> = samples.iter().map(|sample| describe(sample.code)).collect();
    let builder = ResponseBuilder::new().description(descriptions.join(" "));
    let Some(content_type) = samples.iter().find_map(|sample| sample.content_type.as_deref()) else {
        return builder.build();
    };
    let examples = samples.iter().map(|sample| {
        let example = ExampleBuilder::new().value(Some(sample.body.clone())).build();
        (sample.code.as_str(), example)
    });
    let content = ContentBuilder::new().examples_from_iter(examples).build();
    builder.content(content_type, content).build()
}

/// One refusal as the dialect sends it.
struct Sample {
    code: Code,
    status: String,
    content_type: Option<String>,
    body: Value,
}

impl Sample {
    fn new(code: Code, render: RenderFn, info: &RequestInfo) -> Self {
        let (parts, body) = render(&sample_error(code), info).into_parts();
        let collected = body.collect().now_or_never().and_then(Result::ok);
        let bytes = collected.map(|body| body.to_bytes()).unwrap_or_default();
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        Self {
            code,
            status: parts.status.as_str().to_owned(),
            content_type: parts
                .headers
                .get(CONTENT_TYPE)
                .and_then(|value| value.to_str().ok())
                .map(|value| value.split(';').next().unwrap_or(value).to_owned()),
            body: serde_json::from_slice(&bytes).unwrap_or_else(|_| text()),
        }
    }
}

fn sample_error(code: Code) -> Error {
    match code {
        Code::BadValue => Error::bad_value("limit", "limit: expected a whole number, got \"many\""),
        Code::MissingField => Error::missing("name"),
        Code::UnknownField => Error::of_field(
            code,
            "colour".to_owned(),
            "the field colour is not known".to_owned(),
        ),
        Code::RateLimited => Error::new(code, "too many requests, try again in 7 s").with_retry_after(7),
        _ => Error::new(code, describe(code).trim_end_matches('.').to_lowercase()),
    }
}

fn describe(code: Code) -> &'static str {
    match code {
        Code::BadRequest => "The request is not well-formed.",
        Code::BadJson => "The body is not valid JSON.",
        Code::BadEncoding => "The compressed body cannot be unpacked.",
        Code::BadValue => "A field or parameter has a value that is not taken.",
        Code::MissingField => "A required field is missing.",
        Code::UnknownField => "A field is not known.",
        Code::AlreadyExists => "The value is taken already.",
        Code::AddressRefused => "The address may not be fetched.",
        Code::Unauthenticated => "No valid credentials were sent.",
        Code::Forbidden => "The caller lacks the right.",
        Code::NotFound => "There is no such thing.",
        Code::NoRoute => "There is no such path.",
        Code::MethodNotAllowed => "The method is not allowed here.",
        Code::Timeout => "The request took too long.",
        Code::Conflict => "The present state does not allow it.",
        Code::VersionConflict => "It was changed by somebody else meanwhile.",
        Code::TooLarge => "The body is too long.",
        Code::UnsupportedMedia => "The content type is not supported.",
        Code::RateLimited => "Over the rate limit.",
        Code::Unavailable => "The server is stopping or too busy.",
        Code::StorageFull => "There is no room left on the disk.",
        Code::Internal => "A fault of the server.",
    }
}
