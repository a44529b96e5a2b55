//! `DELETE /data/{entity}/{ids}` and `DELETE /data/{entity}?…`.
//!
//! One id is answered with the record as it was; several, and a query, with how it went for each. `_async` hands in a
//! job instead.

use axum::response::Response;
use edge::{Fault, Path};
use engine::records::{EntityRef, Outcome, Selection};
use model::Error;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::{Named, entity, note, query};
use crate::answer;
use crate::call::Call;

/// Deletes the records that a path names.
pub(super) async fn by_ids(call: Call, Path(named): Path<Named>) -> Result<Response, Fault> {
    let entity = entity(&call, &named)?;
    let flags = query::parse(&call)?.flags;
    let ids: Vec<String> = named
        .id
        .split(',')
        .map(|id| id.trim().to_ascii_lowercase())
        .collect();
    if let ([id], false) = (ids.as_slice(), flags.run_async.unwrap_or_default()) {
        let gone = call
            .slingr
            .engine
            .delete_record(&call.records(), &entity, id)
            .await?;
        note(&call, &entity, &gone, "deleted");
        return Ok(answer::stored(&gone)?);
    }
    let ids = ids.into_iter().filter(|id| !id.is_empty()).collect();
    many(&call, &entity, &Selection::Ids(ids), flags).await
}

/// Deletes the records that meet the query.
pub(super) async fn by_query(call: Call, Path(named): Path<Named>) -> Result<Response, Fault> {
    let entity = entity(&call, &named)?;
    let request = query::parse(&call)?;
    let flags = request.flags;
    let which = Selection::Filter(query::filter(request.condition));
    many(&call, &entity, &which, flags).await
}

async fn many(
    call: &Call,
    entity: &EntityRef,
    which: &Selection,
    flags: app::language::Flags,
) -> Result<Response, Fault> {
    let (engine, options) = (&call.slingr.engine, query::deletion(flags));
    if flags.run_async.unwrap_or_default() {
        let job = engine
            .submit_delete(&call.records(), entity, which, options)
            .await?;
        return Ok(answer::job(&job)?);
    }
    let outcomes = engine
        .delete_records(&call.records(), entity, which, options)
        .await?;
    for gone in outcomes.iter().filter_map(|(_, outcome)| outcome.as_ref().ok()) {
        note(call, entity, gone, "deleted");
    }
    Ok(answer::written(map(&outcomes)?))
}

/// How it went for each record.
pub(super) fn map(outcomes: &[(String, Outcome)]) -> Result<Vec<u8>, Error> {
    #[derive(serde::Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Entry<'a> {
        status: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        response: Option<Box<RawValue>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error_message: Option<&'a str>,
    }
    let mut out = Vec::new();
    let mut serializer = serde_json::Serializer::new(&mut out);
    let mut map = serializer
        .serialize_map(Some(outcomes.len()))
        .map_err(Error::internal)?;
    for (id, outcome) in outcomes {
        let entry = match outcome {
            Ok(record) => Entry {
                status: "ok",
                response: Some(raw(record)?),
                error_message: None,
            },
            Err(error) => Entry {
                status: "error",
                response: None,
                error_message: Some(error.message()),
            },
        };
        map.serialize_entry(id, &entry).map_err(Error::internal)?;
    }
    map.end().map_err(Error::internal)?;
    Ok(out)
}

fn raw(record: &jsonb::Jsonb) -> Result<Box<RawValue>, Error> {
    let text = record.to_text().map_err(Error::internal)?;
    RawValue::from_string(text).map_err(Error::internal)
}
