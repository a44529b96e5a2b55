//! `POST /api/v1/articles/delta-update`: hands in delta files, by address or with their content.
//!
//! The documented body names addresses. Since many senders cannot serve files, the content itself is taken too: as a
//! part of a form, as newline-delimited or plain JSON, or packed. Content goes to the file store piece by piece; only
//! a JSON body is looked into first, as far as one that names addresses may go.

mod form;
mod name;
mod sniff;
mod unpack;
mod urls;

use axum::extract::{Request, State};
use axum::response::Response;
use bytes::BytesMut;
use edge::multipart::{Pieces, boundary};
use edge::{Caller, Fault, RequestInfo, upload_packed};
use engine::Engine;
use futures_util::stream::{self, StreamExt};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use model::{Actor, Code, Error, Job};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::envelope::{self, Envelope};
use sniff::Sent;

/// The header that tells the integer ids of the jobs that were made.
const JOB_IDS: HeaderName = HeaderName::from_static("x-job-ids");

/// Addresses of delta files.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Addresses {
    /// One address.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    file: serde_json::Value,
    /// Several: an array, or a text `[url, url]`.
    #[serde(default)]
    #[schema(value_type = Option<Files>)]
    files: serde_json::Value,
}

/// Several addresses.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes what is read as a value")]
enum Files {
    /// An array.
    Array(Vec<String>),
    /// A text `[url, url]`.
    Text(String),
}

/// A delta file, packed or not.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "describes what is streamed")]
struct Binary(String);

/// Delta update
///
/// Adds a job for each file to the queue; the job fetches it and carries out its operations in order. The body names the
/// files by `file` and `files`, or is a delta file itself: JSON (an array, or an object with `operations`), one
/// operation per line, any of it packed with gzip, or the part `file` of a form.
#[utoipa::path(
    post,
    path = "/api/v1/articles/delta-update",
    tag = "Article",
    params(("x-file-name" = Option<String>, Header, description = "A name for content that is sent without one.")),
    request_body(content(
        (Addresses = "application/json", example = json!({
            "file": "\"http://localhost/data/test.TestHandleSyncRequestMix.json\"",
            "files": "\"[http://localhost/data/test.TestHandleSyncRequestMix.json, \
                      http://localhost/data/test.TestHandleSyncRequestMix2.json]\""
        })),
        (String = "application/x-ndjson"),
        (Binary = "application/gzip"),
        (Binary = "application/octet-stream"),
        (form::Form = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "The files are in the queue.", body = Envelope<Option<String>>,
         headers(("x-job-ids" = String, description = "The integer ids of the jobs, in the order of the files.")),
         example = json!({
            "status": "success", "message": "Delta file accepted and added to the job queue", "data": null
        })),
    )
)]
pub(crate) async fn delta_update(
    State(engine): State<Engine>,
    Caller(actor): Caller,
    info: RequestInfo,
    request: Request,
) -> Result<Response, Fault> {
    let form = Type::of(request.headers())?;
    let name = name::of_header(request.headers())?;
    let options = info.options();
    let bound = options.max_upload_bytes;
    // Looking ahead may already find the end, which must stay one.
    let pieces: Pieces = Box::pin(upload_packed(request).fuse());
    let jobs = match form {
        Type::Json => match sniff::look(pieces, options.max_body_bytes).await? {
            Sent::Addresses(text) => {
                let urls = urls::of(edge::parse_json(&text, options)?)?;
                engine.submit_deltas(&actor, urls).await?
            }
            Sent::Delta(pieces) => content(&engine, &actor, name, pieces).await?,
        },
        Type::Form(boundary) => {
            let pieces = unpack::if_packed(pieces, bound).await?;
            let sent = form::receive(&engine, pieces, &boundary, name).await?;
            vec![engine.submit_delta_content(&actor, sent).await?]
        }
        Type::Content => content(&engine, &actor, name, pieces).await?,
    };
    Ok(accepted(&jobs)?)
}

/// How the content type says that the file is sent.
#[derive(Debug, PartialEq)]
enum Type {
    Json,
    Form(String),
    Content,
}

impl Type {
    fn of(headers: &HeaderMap) -> Result<Self, Error> {
        let full = headers
            .get(CONTENT_TYPE)
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .unwrap_or_default();
        let essence = full
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        match essence.as_str() {
            "" | "application/json" => Ok(Self::Json),
            "multipart/form-data" => Ok(Self::Form(boundary(&full)?)),
            "application/x-ndjson"
            | "application/gzip"
            | "application/x-gzip"
            | "application/octet-stream" => Ok(Self::Content),
            _ => {
                let shown: String = full.chars().take(80).collect();
                let message = format!(
                    "the content type {shown:?} is not supported, only application/json, application/x-ndjson, \
                     application/gzip, application/octet-stream and multipart/form-data are"
                );
                Err(Error::of_field(
                    Code::UnsupportedMedia,
                    "content-type".to_owned(),
                    message,
                ))
            }
        }
    }
}

/// Stores a body that is a delta file and accepts it.
async fn content(
    engine: &Engine,
    actor: &Actor,
    name: Option<String>,
    mut pieces: Pieces,
) -> Result<Vec<Job>, Error> {
    // An empty body is a mistake of the sender and would only fail later, where he does not see it.
    let first = loop {
        match pieces.next().await.transpose()? {
            Some(piece) if piece.is_empty() => {}
            Some(piece) => break piece,
            None => return Err(Error::missing("file")),
        }
    };
    let pieces = stream::once(async { Ok(first) }).chain(pieces);
    let sent = engine
        .store_delta_content(name.unwrap_or_else(name::default), pieces)
        .await?;
    Ok(vec![engine.submit_delta_content(actor, sent).await?])
}

fn accepted(jobs: &[Job]) -> Result<Response, Error> {
    let mut response = envelope::success("Delta file accepted and added to the job queue", ())?;
    let ids: Vec<String> = jobs.iter().map(|job| job.seq.to_string()).collect();
    let ids = HeaderValue::try_from(ids.join(",")).map_err(Error::internal)?;
    response.headers_mut().insert(JOB_IDS, ids);
    Ok(response)
}

/// Reads pieces until there are more than `most` bytes; whether the body ended before that.
async fn head(pieces: &mut Pieces, most: usize) -> Result<(BytesMut, bool), Error> {
    let mut head = BytesMut::new();
    while head.len() <= most {
        match pieces.next().await.transpose()? {
            Some(piece) => head.extend_from_slice(&piece),
            None => return Ok((head, true)),
        }
    }
    Ok((head, false))
}
