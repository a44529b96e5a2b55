//! `PUT /qalx/file/{guid}`: the content of a file, streamed to disk.
//!
//! The client sends it as `application/json` whatever it is, so the content type says nothing.

use axum::extract::{Request, State};
use edge::{Fault, Path, Query, upload};
use engine::entities::FileMethod;
use http::StatusCode;

use super::{Signature, grant};
use crate::Qalx;

pub(crate) async fn put(
    State(qalx): State<Qalx>,
    Path(guid): Path<String>,
    Query(signature): Query<Signature>,
    request: Request,
) -> Result<StatusCode, Fault> {
    let grant = grant(&qalx, FileMethod::Put, &guid, &signature)?;
    qalx.engine.put_entity_file(grant, upload(request)).await?;
    Ok(StatusCode::OK)
}
