//! `PUT /data/{entity}/{ids}/{action}` and `PUT /data/{entity}/{action}?…`: actions, with their parameters as body.
//!
//! An action on one record is answered with the record, or with what its function returned where the definition says so; of
//! several records with how it went for each. Actions on many records or none are answered with what their functions
//! returned. `_async`, or the definition, hands in a job instead.

use app::ActionKind;
use app::language::Flags;
use axum::extract::Request;
use axum::response::Response;
use edge::{Fault, Path};
use engine::records::{Acted, Acting, EntityRef, Selection};
use model::Error;

use super::delete::map;
use super::{Named, entity, query};
use crate::call::Call;
use crate::{answer, body};

/// Runs an action on the records that a path names.
pub(super) async fn by_ids(
    call: Call,
    Path(named): Path<Named>,
    request: Request,
) -> Result<Response, Fault> {
    let entity = entity(&call, &named)?;
    let flags = query::parse(&call)?.flags;
    let ids = named.id.split(',').map(|id| id.trim().to_ascii_lowercase());
    let ids = ids.filter(|id| !id.is_empty()).collect();
    act(
        &call,
        &entity,
        (&named.action, Some(Selection::Ids(ids)), flags),
        request,
    )
    .await
}

/// Runs an action on the records that meet the query, or on none.
pub(super) async fn by_query(
    call: Call,
    entity: &EntityRef,
    action: &str,
    request: Request,
) -> Result<Response, Fault> {
    let asked = query::parse(&call)?;
    let filter = query::filter(asked.condition);
    let is_global = entity
        .actions
        .iter()
        .any(|known| known.name == action && known.kind == ActionKind::Global);
    let which = match (is_global, filter) {
        (true, None) => None,
        (_, filter) => Some(Selection::Filter(filter)),
    };
    act(&call, entity, (action, which, asked.flags), request).await
}

async fn act(
    call: &Call,
    entity: &EntityRef,
    (action, which, flags): (&str, Option<Selection>, Flags),
    request: Request,
) -> Result<Response, Fault> {
    let acting = Acting {
        action: action.to_owned(),
        which,
        parameters: body::object(&call.slingr, request).await?,
        in_background: flags.run_async,
        low_priority: flags.low_priority.unwrap_or_default(),
    };
    let acted = call.slingr.engine.act(&call.records(), entity, acting).await?;
    Ok(shown(&acted)?)
}

fn shown(acted: &Acted) -> Result<Response, Error> {
    match acted {
        Acted::Record(value) | Acted::Value(Some(value)) => answer::stored(value),
        Acted::Value(None) => answer::stored(&jsonb::object().finish()),
        Acted::Each(outcomes) => Ok(answer::written(map(outcomes)?)),
        Acted::Job(job) => answer::job(job),
    }
}
