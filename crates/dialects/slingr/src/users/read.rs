//! `GET /users/{user}`, `/users/current` and `/users/currentGroups`.

use axum::response::Response;
use edge::{Fault, Path};

use super::Named;
use super::view::{Current, Group, View};
use crate::answer;
use crate::call::Call;

/// A user, by id, mail address, or id in another system.
pub(super) async fn read(call: Call, Path(named): Path<Named>) -> Result<Response, Fault> {
    let account = call.slingr.engine.account(named.one(&call)?).await?;
    Ok(answer::json(&View::of(&account))?)
}

/// The caller.
pub(super) async fn current(call: Call) -> Result<Response, Fault> {
    let account = call.slingr.engine.current_account(&call.actor).await?;
    Ok(answer::json(&Current::of(&account))?)
}

/// The caller's groups.
pub(super) async fn current_groups(call: Call) -> Result<Response, Fault> {
    let groups = call.slingr.engine.current_groups(&call.actor).await?;
    Ok(answer::json(&groups.iter().map(Group::of).collect::<Vec<_>>())?)
}
