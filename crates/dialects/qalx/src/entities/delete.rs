//! `DELETE /qalx/{kind}/{guid}`.

use edge::Fault;
use http::StatusCode;

use crate::call::{Call, guid};
use crate::noun::Noun;

pub(crate) async fn delete(noun: &'static Noun, call: Call, id: String) -> Result<StatusCode, Fault> {
    let guid = guid(noun, &id)?;
    call.qalx
        .engine
        .delete_entity(&call.actor, noun.kind, guid)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
