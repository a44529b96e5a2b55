//! `PUT /users/{users}/deactivate`, `/reactivate`, `/unblock`, and `DELETE /users/{users}`.

use axum::response::Response;
use edge::{Fault, Path};

use super::Named;
use crate::call::Call;

/// Switches users off.
pub(super) async fn deactivate(call: Call, Path(named): Path<Named>) -> Result<Response, Fault> {
    let users = named.all(&call)?;
    let done = call.slingr.engine.deactivate_accounts(&call.actor, users).await?;
    Ok(named.answer(&done)?)
}

/// Switches users on again.
pub(super) async fn reactivate(call: Call, Path(named): Path<Named>) -> Result<Response, Fault> {
    let users = named.all(&call)?;
    let done = call.slingr.engine.reactivate_accounts(&call.actor, users).await?;
    Ok(named.answer(&done)?)
}

/// Lets users in again who were shut out after wrong passwords.
pub(super) async fn unblock(call: Call, Path(named): Path<Named>) -> Result<Response, Fault> {
    let users = named.all(&call)?;
    let done = call.slingr.engine.unblock_accounts(&call.actor, users).await?;
    Ok(named.answer(&done)?)
}

/// Deletes users and shows what they were.
pub(super) async fn delete(call: Call, Path(named): Path<Named>) -> Result<Response, Fault> {
    let users = named.all(&call)?;
    let gone = call.slingr.engine.delete_accounts(&call.actor, users).await?;
    Ok(named.answer(&gone)?)
}
