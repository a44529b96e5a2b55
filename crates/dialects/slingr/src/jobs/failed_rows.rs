//! `GET /status/jobs/{id}/errors`, which the original does not have: the rows of an import that failed, as CSV in the
//! columns of their file, with what is wrong behind them.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use edge::{Fault, Path};
use engine::accounts::RestPart;
use futures_util::TryStreamExt;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use super::id_of;
use crate::call::{Call, One};
use crate::files::disposition::attachment;

/// The failed rows of an import.
pub(super) async fn failed_rows(call: Call, Path(One { id }): Path<One>) -> Result<Response, Fault> {
    call.require(RestPart::Jobs)?;
    let engine = &call.slingr.engine;
    let rows = engine.failed_rows(&call.records(), &id_of(&id)?).await?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, attachment(&rows.name)),
    ];
    // The answer is under way by then: all that can be done is to break it off.
    let stream = rows
        .into_stream()
        .map_err(|error| std::io::Error::other(error.message().to_owned()));
    Ok((headers, Body::from_stream(stream)).into_response())
}
