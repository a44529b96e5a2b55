//! `PUT /users/{users}/addGroup`, `/removeGroup/{group}`, and the same for systems that know a user.

use axum::extract::Request;
use axum::response::Response;
use edge::{Fault, Path};

use super::Named;
use super::body::{Group, Provider, complaint};
use crate::body;
use crate::call::Call;

/// Puts users into a group.
pub(super) async fn add_group(
    call: Call,
    Path(named): Path<Named>,
    request: Request,
) -> Result<Response, Fault> {
    let users = named.all(&call)?;
    let group: Group = body::typed(&call.slingr, request).await?;
    let done = call
        .slingr
        .engine
        .add_account_group(&call.actor, users, group.into())
        .await?;
    Ok(named.answer(&done)?)
}

/// Takes users out of a group.
pub(super) async fn remove_group(call: Call, Path(named): Path<Named>) -> Result<Response, Fault> {
    let (users, group) = (named.all(&call)?, named.group.clone());
    let done = call
        .slingr
        .engine
        .remove_account_group(&call.actor, users, group)
        .await?;
    Ok(named.answer(&done)?)
}

/// Notes that a system knows a user.
pub(super) async fn add_provider(
    call: Call,
    Path(named): Path<Named>,
    request: Request,
) -> Result<Response, Fault> {
    let user = named.one(&call)?;
    let sent = body::typed::<Provider>(&call.slingr, request)
        .await
        .map_err(complaint)?;
    let engine = &call.slingr.engine;
    let done = engine.add_account_provider(&call.actor, user, sent.into()).await;
    Ok(named.answer(&[done.map_err(complaint)?])?)
}

/// Takes that note away.
pub(super) async fn remove_provider(call: Call, Path(named): Path<Named>) -> Result<Response, Fault> {
    let (user, key) = (named.one(&call)?, named.group.clone());
    let done = call
        .slingr
        .engine
        .remove_account_provider(&call.actor, user, key)
        .await?;
    Ok(named.answer(&[done])?)
}
