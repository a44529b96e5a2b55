//! `POST /data/{entity}/import`: the part `file` of a form, stored as it arrives, and the job that imports its rows.
//!
//! How they are imported is said by flags in the query or in parts of the form before or behind the file.

use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use edge::multipart::{PartHead, Parts};
use edge::{Fault, Path, upload as streamed};
use engine::sheets::{ImportFlags, SheetFile};
use futures_util::{Stream, StreamExt};
use model::{Code, Error};

use super::{Named, entity};
use crate::answer;
use crate::call::Call;
use crate::files::upload::boundary_of;
use crate::parameters::{Parameters, bad};

/// What a file is called that came without a name.
const UNNAMED: &str = "file.csv";
/// The longest value of a flag, in bytes.
const LONGEST_FLAG: usize = 16;

/// Hands in the import of a file.
pub(super) async fn import(
    call: Call,
    Path(named): Path<Named>,
    request: Request,
) -> Result<Response, Fault> {
    let (entity, caller) = (entity(&call, &named)?, call.records());
    let engine = &call.slingr.engine;
    engine.check_import(&caller, &entity)?;
    let mut flags = of_query(&call)?;
    let boundary = boundary_of(request.headers())?;
    let mut parts = Parts::new(Box::pin(streamed(request)), &boundary);
    let mut sent: Option<SheetFile> = None;
    while let Some(head) = parts.next_part().await? {
        let name = head.parameter("name").unwrap_or_default();
        if let Some(flag) = flags.get_mut(&name) {
            *flag = value_of(&name, parts.content()).await?;
        } else if name == "file" && sent.is_none() {
            let name = file_name(&head);
            sent = Some(engine.store_sheet(name, parts.content()).await?);
        } else if name == "file" {
            return Err(Error::new(Code::BadRequest, "the part file is there more than once").into());
        }
    }
    let file = sent.ok_or_else(|| Error::new(Code::BadRequest, "the form needs a part file"))?;
    let job = engine.submit_sheet(&caller, &entity, file, flags).await?;
    Ok(answer::job(&job)?)
}

fn of_query(call: &Call) -> Result<ImportFlags, Error> {
    let parameters = Parameters::read(call.query(), &ImportFlags::NAMES)?;
    let mut flags = ImportFlags::default();
    for name in ImportFlags::NAMES {
        if let (Some(value), Some(flag)) = (parameters.boolean(name)?, flags.get_mut(name)) {
            *flag = value;
        }
    }
    Ok(flags)
}

async fn value_of(
    name: &str,
    pieces: impl Stream<Item = Result<Bytes, Error>> + Send,
) -> Result<bool, Error> {
    let mut pieces = std::pin::pin!(pieces);
    let mut value = Vec::new();
    while let Some(piece) = pieces.next().await {
        value.extend_from_slice(&piece?);
        if value.len() > LONGEST_FLAG {
            break;
        }
    }
    match String::from_utf8_lossy(&value).trim() {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(bad(name, "true or false", other)),
    }
}

fn file_name(head: &PartHead) -> String {
    let name = head.parameter("filename").unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    match name.is_empty() || name.chars().any(char::is_control) {
        true => UNNAMED.to_owned(),
        false => name.to_owned(),
    }
}
