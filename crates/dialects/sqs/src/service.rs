//! The one handler: reads a request in either protocol, finds out who sent it, runs the operation, answers.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use edge::{Fault as EdgeFault, RequestInfo};
use futures_util::TryStreamExt;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use model::{Code, Error};
use serde_json::Value as Json;

use crate::call::Call;
use crate::error::Refusal;
use crate::reply::{self, Protocol};
use crate::{Sqs, auth, form, ops, url};

/// The longest body: a batch of a mebibyte, every byte of it escaped.
pub(crate) const MOST_BYTES: usize = 4 << 20;
/// What operations are named by in the JSON protocol.
const TARGET: &str = "x-amz-target";
const PREFIX: &str = "AmazonSQS.";

/// Answers a request on a path of this dialect.
pub(crate) async fn answer(State(sqs): State<Sqs>, info: RequestInfo, request: Request) -> Response {
    let protocol = protocol(&request);
    match served(&sqs, &info, protocol, request).await {
        Ok((operation, result)) => reply::answer(protocol, &operation, &result, &info),
        Err(refusal) => reply::refusal(protocol, &refusal, &info),
    }
}

/// Answers a request on the root, if it is one of ours.
pub(crate) async fn answer_root(state: State<Sqs>, info: RequestInfo, request: Request) -> Response {
    let is_ours = request.headers().contains_key(TARGET)
        || (is_form(&request) && request.headers().contains_key("authorization"));
    match is_ours {
        true => answer(state, info, request).await,
        false => nothing_here(info).await,
    }
}

/// What every other path answers that nobody has.
pub(crate) async fn nothing_here(info: RequestInfo) -> Response {
    let message = format!("no such path: {}", info.path());
    EdgeFault(Error::new(Code::NoRoute, message)).into_response()
}

fn protocol(request: &Request) -> Protocol {
    match !request.headers().contains_key(TARGET) && is_form(request) {
        true => Protocol::Form,
        false => Protocol::Json,
    }
}

fn is_form(request: &Request) -> bool {
    let kind = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

async fn served(
    sqs: &Sqs,
    info: &RequestInfo,
    protocol: Protocol,
    request: Request,
) -> Result<(String, Json), Refusal> {
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts.clone(), body);
    let body = collected(request).await?;
    let signed = auth::signed(sqs, info, &parts, &body).await?;
    let (operation, body) = match protocol {
        Protocol::Json => (operation(&parts)?, body.to_vec()),
        Protocol::Form => {
            let (operation, request) = form::read(&body)?;
            (operation, request.to_string().into_bytes())
        }
    };
    let call = Call {
        queues: sqs.queues.clone(),
        caller: signed.caller,
        region: signed.region,
        base: url::base(sqs, &parts)?,
        path: parts.uri.path().to_owned(),
        body,
        options: Arc::clone(&sqs.http),
    };
    let result = ops::run(&call, &operation).await?;
    Ok((operation, result))
}

/// The operation that the header names.
fn operation(parts: &Parts) -> Result<String, Refusal> {
    let target = parts.headers.get(TARGET).and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.strip_prefix(PREFIX));
    operation
        .map(str::to_owned)
        .ok_or_else(|| Refusal::unknown_operation("the header X-Amz-Target must be AmazonSQS.<operation>"))
}

async fn collected(request: Request) -> Result<Bytes, Error> {
    let mut pieces = std::pin::pin!(edge::upload(request));
    let mut whole = BytesMut::new();
    while let Some(piece) = pieces.try_next().await? {
        if whole.len() + piece.len() > MOST_BYTES {
            let message = format!("the body is longer than {MOST_BYTES} bytes");
            return Err(Error::new(Code::TooLarge, message));
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}
