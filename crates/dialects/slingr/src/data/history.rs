//! `GET /data/{entity}/{id}/history` and `GET /data/{entity}/history`, newest first.

use axum::response::Response;
use edge::{Fault, Path};
use engine::records::{HistoryQuery, Listing};
use model::Error;

use super::{Named, entity};
use crate::answer;
use crate::call::Call;
use crate::parameters::Parameters;

const USUAL: u64 = 20;
const LARGEST: u64 = 1000;

/// What became of one record, also of one that is gone.
pub(super) async fn of_record(call: Call, Path(named): Path<Named>) -> Result<Response, Fault> {
    let entity = entity(&call, &named)?;
    let query = wanted(&Parameters::read(call.query(), &[])?)?;
    let engine = &call.slingr.engine;
    let found = engine
        .record_history(&call.records(), &entity, &named.id, &query)
        .await?;
    Ok(page(&found)?)
}

/// What became of all records.
pub(super) async fn of_entity(call: Call, Path(named): Path<Named>) -> Result<Response, Fault> {
    let entity = entity(&call, &named)?;
    let query = wanted(&Parameters::read(call.query(), &["eventTypes", "from", "to"])?)?;
    let found = call
        .slingr
        .engine
        .entity_history(&call.records(), &entity, &query)
        .await?;
    Ok(page(&found)?)
}

fn wanted(parameters: &Parameters) -> Result<HistoryQuery, Error> {
    let types = parameters.words("eventTypes");
    Ok(HistoryQuery {
        event_types: types.map(|types| types.into_iter().map(str::to_owned).collect()),
        from: parameters.time("from")?.map(|time| time.0),
        to: parameters.time("to")?.map(|time| time.0),
        size: parameters.size(USUAL, LARGEST)?,
        after: parameters.text("_offset").map(str::to_owned),
    })
}

fn page(found: &Listing) -> Result<Response, Error> {
    answer::listing(found.total, found.offset.as_deref(), &found.items)
}
