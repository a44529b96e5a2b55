//! `GET /files/{id}`, `GET /data/{entity}/{id}/files/{file}` and `GET /files/shared/{id}`.

use std::ops::Range;

use app::{FieldType, Fields};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use edge::{Download, Fault, Path};
use engine::accounts::RestPart;
use engine::app_files::{Holder, OpenedFile};
use engine::records::Shape;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue};
use jsonb::{Kind, Value};
use model::{Code, Error};
use serde::Deserialize;
use serde_json::json;

use super::disposition::attachment;
use crate::Slingr;
use crate::call::{Call, One};

/// A file of a record.
#[derive(Deserialize)]
pub(crate) struct OfRecord {
    entity: String,
    id: String,
    file: String,
}

/// Any file, by its id.
pub(crate) async fn any(
    call: Call,
    Path(One { id }): Path<One>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let (engine, id) = (&call.slingr.engine, id.to_ascii_lowercase());
    let open = |range| engine.open_file(&call.actor, &id, range);
    download(&headers, open(None).await?, open).await
}

/// A file that a record holds, for whoever may read both the record and the field.
pub(crate) async fn of_record(
    call: Call,
    Path(of): Path<OfRecord>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    call.require(RestPart::FilesRead)?;
    let engine = &call.slingr.engine;
    let entity = engine.record_entity(&of.entity)?;
    let record = engine
        .read_record(&call.records(), &entity, &of.id, &Shape::default())
        .await?;
    let file = of.file.to_ascii_lowercase();
    let holder = Holder {
        entity: of.entity,
        record: of.id.to_ascii_lowercase(),
    };
    let open = |range| engine.open_record_file(&call.actor, &file, holder.clone(), range);
    // A file that the record does not hold is missing, one in a field that is not shown is forbidden.
    let whole = open(None).await?;
    if !shows(&entity.fields, record.root(), &file)? {
        let message = format!("you may not read the field that has the file {file}");
        return Err(Error::new(Code::Forbidden, message).into());
    }
    download(&headers, whole, open).await
}

/// A file by the address that it was shared under.
pub(crate) async fn shared(
    State(slingr): State<Slingr>,
    Path(One { id }): Path<One>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let (engine, id) = (&slingr.engine, id.to_ascii_lowercase());
    let open = |range| engine.open_shared_file(&id, range);
    download(&headers, open(None).await?, open).await
}

/// Whether a record as it was shown has the file in one of its fields.
fn shows(fields: &Fields, record: Value<'_>, file: &str) -> Result<bool, Error> {
    for field in fields {
        let Some(value) = record.get(&field.name).map_err(Error::internal)? else {
            continue;
        };
        let elements = match value.kind() {
            Kind::Array => value
                .elements()
                .collect::<Result<Vec<_>, _>>()
                .map_err(Error::internal)?,
            _ => vec![value],
        };
        for element in elements {
            let found = match &field.kind {
                FieldType::File => is_file(element, file)?,
                FieldType::Nested { fields, .. } => shows(fields, element, file)?,
                _ => false,
            };
            if found {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn is_file(value: Value<'_>, file: &str) -> Result<bool, Error> {
    let Some(id) = value.get("id").map_err(Error::internal)? else {
        return Ok(false);
    };
    Ok(id.as_str().map_err(Error::internal)?.as_deref() == Some(file))
}

/// The bytes or a range of them, never to be shown by a browser as a page of this server. Length and hash of the whole
/// decide whether and how a range is answered; nothing is read before it is sent.
async fn download<R>(
    headers: &HeaderMap,
    OpenedFile { file, reading }: OpenedFile,
    open: impl FnOnce(Option<Range<u64>>) -> R,
) -> Result<Response, Fault>
where
    R: Future<Output = Result<OpenedFile, Error>>,
{
    let name = HeaderValue::try_from(attachment(&file.name)).map_err(Error::internal)?;
    let download = Download {
        hash: &file.blob,
        size: reading.size,
        headers: vec![
            (
                CONTENT_TYPE,
                HeaderValue::from_static("application/force-download"),
            ),
            (CONTENT_DISPOSITION, name),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ],
        refusal: |message| json!({ "code": "badRequest", "message": message }),
    };
    let all = reading.stream;
    let read = async |range: Option<_>| {
        let stream = match range {
            None => all,
            part => open(part).await?.reading.stream,
        };
        Ok(Body::from_stream(stream))
    };
    Ok(download.answer(headers, read).await?)
}
