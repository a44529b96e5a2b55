//! `GET /files/{id}`, `GET /data/{entity}/{id}/files/{file}` and `GET /files/shared/{id}`.

use app::{FieldType, Fields};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use edge::{Fault, Path};
use engine::accounts::RestPart;
use engine::app_files::{Holder, OpenedFile};
use engine::records::Shape;
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use jsonb::{Kind, Value};
use model::{Code, Error};
use serde::Deserialize;

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
pub(crate) async fn any(call: Call, Path(One { id }): Path<One>) -> Result<Response, Fault> {
    let file = call
        .slingr
        .engine
        .open_file(&call.actor, &id.to_ascii_lowercase(), None)
        .await?;
    Ok(download(file)?)
}

/// A file that a record holds, for whoever may read both the record and the field.
pub(crate) async fn of_record(call: Call, Path(of): Path<OfRecord>) -> Result<Response, Fault> {
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
    let opened = engine.open_record_file(&call.actor, &file, holder, None).await?;
    if !shows(&entity.fields, record.root(), &file)? {
        let message = format!("you may not read the field that has the file {file}");
        return Err(Error::new(Code::Forbidden, message).into());
    }
    Ok(download(opened)?)
}

/// A file by the address that it was shared under.
pub(crate) async fn shared(
    State(slingr): State<Slingr>,
    Path(One { id }): Path<One>,
) -> Result<Response, Fault> {
    let file = slingr
        .engine
        .open_shared_file(&id.to_ascii_lowercase(), None)
        .await?;
    Ok(download(file)?)
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

/// The bytes, never to be shown by a browser as a page of this server.
fn download(opened: OpenedFile) -> Result<Response, Error> {
    let OpenedFile { file, reading } = opened;
    let answer = Response::builder()
        .header(CONTENT_TYPE, "application/force-download")
        .header(CONTENT_DISPOSITION, attachment(&file.name))
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(CONTENT_LENGTH, reading.range.end - reading.range.start)
        .body(Body::from_stream(reading.stream));
    answer.map_err(Error::internal)
}
