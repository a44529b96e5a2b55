//! `PUT /data/{entity}/export?…`: the job that writes the records of a query to a file.
//!
//! Beside the parameters of the original there are `_fileFormat` (`csv` or `ndjson`) and `_neutralizeFormulas`, which are
//! ours.

use axum::extract::Request;
use axum::response::Response;
use edge::{Fault, query_pairs};
use engine::records::{EntityRef, ListQuery};
use engine::sheets::{ExportQuery, FileFormat};
use http::HeaderMap;
use model::Error;

use super::query;
use crate::answer;
use crate::call::Call;
use crate::parameters::bad;

/// Hands in an export.
pub(super) async fn export(call: Call, entity: &EntityRef, request: Request) -> Result<Response, Fault> {
    let asked = query::parse(&call)?;
    let usual = ListQuery::default();
    if asked.size == Some(0) {
        return Err(bad("_size", "a number from 1", "0").into());
    }
    let (format, neutralise) = own_parameters(call.query())?;
    let export = ExportQuery {
        filter: query::filter(asked.condition),
        sort_field: asked.sort_field.unwrap_or(usual.sort_field),
        ascending: asked.ascending,
        size: asked.size,
        fields: asked.fields,
        names: asked.flags.use_field_names.unwrap_or_default(),
        format,
        neutralise,
        low_priority: asked.flags.low_priority.unwrap_or_default(),
        base: base(&call, request.headers())?,
    };
    let engine = &call.slingr.engine;
    let job = engine.submit_export(&call.records(), entity, &export).await?;
    Ok(answer::job(&job)?)
}

fn own_parameters(text: &str) -> Result<(FileFormat, bool), Error> {
    let (mut format, mut neutralise) = (FileFormat::default(), false);
    for (name, value) in query_pairs(text)? {
        match (name.as_str(), value.trim()) {
            ("_fileFormat" | "_neutralizeFormulas", "") => {}
            ("_fileFormat", word) => {
                format = FileFormat::parse(word).ok_or_else(|| bad("_fileFormat", "csv or ndjson", word))?;
            }
            ("_neutralizeFormulas", "true") => neutralise = true,
            ("_neutralizeFormulas", "false") => neutralise = false,
            ("_neutralizeFormulas", other) => return Err(bad("_neutralizeFormulas", "true or false", other)),
            _ => {}
        }
    }
    Ok((format, neutralise))
}

/// The address under which this call came, up to the part that all have in common.
fn base(call: &Call, headers: &HeaderMap) -> Result<String, Error> {
    let tls = call.info.options().tls.is_some();
    let origin = edge::origin(call.info.uri(), headers, tls)?;
    let path = call.info.path();
    let prefix = path.find("/data/").map_or("", |end| &path[..end]);
    Ok(format!("{origin}{prefix}"))
}
