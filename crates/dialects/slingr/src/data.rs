//! `/data/{entity}…`: records (`contracts/slingr.md` §1.6).
//!
//! `PUT /data/{entity}/{x}` is a change when `x` has the form of an id, else an operation on the entity by that name: one
//! that every entity has, or one of its actions.

mod action;
mod aggregate;
mod create;
mod delete;
mod export;
mod history;
mod import;
mod list;
mod query;
mod read;
mod update;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{get, post, put};
use edge::{Fault, Path};
use engine::accounts::RestPart;
use engine::app_logs::Level;
use engine::records::EntityRef;
use jsonb::Jsonb;
use model::{Error, is_record_id};
use serde::Deserialize;

use crate::Slingr;
use crate::call::Call;

/// The routes under `prefix`.
pub(crate) fn routes(prefix: &str) -> Router<Slingr> {
    let all = format!("{prefix}/data/{{entity}}");
    let one = format!("{all}/{{id}}");
    // Newer servers call the history the audit log.
    ["history", "auditLogs"]
        .iter()
        .fold(Router::new(), |router, word| {
            router
                .route(&format!("{all}/{word}"), get(history::of_entity))
                .route(&format!("{one}/{word}"), get(history::of_record))
        })
        .route(
            &all,
            get(list::list).post(create::create).delete(delete::by_query),
        )
        .route(&format!("{all}/import"), post(import::import))
        .route(&format!("{one}/{{action}}"), put(action::by_ids))
        .route(&one, get(read::read).put(put_one).delete(delete::by_ids))
}

/// What a path names.
#[derive(Deserialize)]
pub(crate) struct Named {
    entity: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    action: String,
}

async fn put_one(call: Call, Path(named): Path<Named>, request: Request) -> Result<Response, Fault> {
    let entity = entity(&call, &named)?;
    match named.id.as_str() {
        id if is_record_id(id) => update::update(call, &entity, id, request).await,
        "aggregate" => aggregate::aggregate(call, &entity, request).await,
        "export" => export::export(call, &entity, request).await,
        action => action::by_query(call, &entity, action, request).await,
    }
}

/// The entity that a path names, for a caller who may use records at all.
fn entity(call: &Call, named: &Named) -> Result<EntityRef, Error> {
    call.require(RestPart::Data)?;
    call.slingr.engine.record_entity(&named.entity)
}

/// Notes in the app's log what became of a record.
fn note(call: &Call, entity: &EntityRef, record: &Jsonb, what: &str) {
    let label = record.root().get("label").ok().flatten();
    let label = label.and_then(|label| label.as_str().ok().flatten());
    let (name, label) = (&entity.name, label.unwrap_or_default());
    let message = format!("Data record of type [{name}] with label [{label}] was {what} successfully");
    call.log(None, Level::Info, message);
}
