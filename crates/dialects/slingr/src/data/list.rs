//! `GET /data/{entity}`.

use axum::response::Response;
use edge::{Fault, Path};

use super::{Named, entity, query};
use crate::answer;
use crate::call::Call;

/// A page of records that meet the query.
pub(super) async fn list(call: Call, Path(named): Path<Named>) -> Result<Response, Fault> {
    let entity = entity(&call, &named)?;
    let wanted = query::listing(&call).await?;
    let found = call
        .slingr
        .engine
        .list_records(&call.records(), &entity, &wanted)
        .await?;
    Ok(answer::listing(
        found.total,
        found.offset.as_deref(),
        &found.items,
    )?)
}
