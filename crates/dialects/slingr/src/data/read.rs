//! `GET /data/{entity}/{id}`. Field filters in the query are of no meaning here.

use axum::response::Response;
use edge::{Fault, Path};

use super::{Named, entity, query};
use crate::answer;
use crate::call::Call;

/// One record.
pub(super) async fn read(call: Call, Path(named): Path<Named>) -> Result<Response, Fault> {
    let entity = entity(&call, &named)?;
    let shape = query::shape(&call).await?;
    let record = call
        .slingr
        .engine
        .read_record(&call.records(), &entity, &named.id, &shape)
        .await?;
    Ok(answer::stored(&record)?)
}
