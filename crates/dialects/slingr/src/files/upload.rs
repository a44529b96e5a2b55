//! `POST /files`: the part `file` of a form, stored as it arrives. Other parts are passed over.

use axum::extract::Request;
use axum::response::Response;
use edge::multipart::{PartHead, Parts, boundary};
use edge::{Fault, upload as streamed};
use engine::accounts::RestPart;
use engine::app_files::{NewFile, UploadedFile};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use model::{Code, Error};
use serde_json::json;

use crate::answer;
use crate::call::Call;

/// What a file is called that came without a name.
const UNNAMED: &str = "file";

/// Stores a file and says where it is.
pub(crate) async fn upload(call: Call, request: Request) -> Result<Response, Fault> {
    call.require(RestPart::FilesUpload)?;
    let boundary = boundary_of(request.headers())?;
    let mut parts = Parts::new(Box::pin(streamed(request)), &boundary);
    let mut sent = None;
    while let Some(head) = parts.next_part().await? {
        if head.parameter("name").as_deref() != Some("file") {
            continue;
        }
        if sent.is_some() {
            return Err(Error::new(Code::BadRequest, "the part file is there more than once").into());
        }
        sent = Some(store(&call, &mut parts, &head).await?);
    }
    let file = sent.ok_or_else(|| Error::new(Code::BadRequest, "the form needs a part file"))?;
    let id = file.id;
    Ok(answer::json(
        &json!({ "fileId": id, "fileLink": format!("/files/{id}") }),
    )?)
}

pub(crate) fn boundary_of(headers: &HeaderMap) -> Result<String, Error> {
    let full = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = full.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("multipart/form-data") {
        return boundary(full);
    }
    let shown: String = full.chars().take(80).collect();
    let message = format!("files are sent as multipart/form-data, got {shown:?}");
    Err(Error::new(Code::BadRequest, message))
}

async fn store(call: &Call, parts: &mut Parts, head: &PartHead) -> Result<UploadedFile, Error> {
    let name = head.parameter("filename").filter(|name| !name.trim().is_empty());
    let new = NewFile {
        name: name.unwrap_or_else(|| UNNAMED.to_owned()),
        content_type: head.content_type.clone(),
    };
    let content = parts.content();
    call.slingr.engine.upload_file(&call.actor, new, content).await
}
