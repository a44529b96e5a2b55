//! `PUT /users/{user}`: what is not sent stays.

use axum::extract::Request;
use axum::response::Response;
use edge::{Fault, Path};
use engine::accounts::{Account, AccountChange};
use model::Error;

use super::Named;
use super::body::{User, complaint};
use super::view::View;
use crate::call::Call;
use crate::{answer, body};

/// Changes a user and shows him.
pub(super) async fn change(
    call: Call,
    Path(named): Path<Named>,
    request: Request,
) -> Result<Response, Fault> {
    let changed = alter(&call, &named, request).await.map_err(complaint)?;
    Ok(answer::json(&View::of(&changed))?)
}

async fn alter(call: &Call, named: &Named, request: Request) -> Result<Account, Error> {
    let of = named.one(call)?;
    let user: User = body::typed(&call.slingr, request).await?;
    let permissions = user.permissions.as_ref();
    let change = AccountChange {
        developer: permissions.and_then(|given| given.developer),
        admin: permissions.and_then(|given| given.admin()),
        version: user.version,
        email: user.email,
        first_name: user.first_name,
        last_name: user.last_name,
        password: user.password,
        groups: user
            .groups
            .map(|groups| groups.into_iter().map(Into::into).collect()),
        localization: user.localization.map(Into::into),
        providers: user
            .identity_providers
            .map(|all| all.into_iter().map(Into::into).collect()),
    };
    call.slingr.engine.change_account(&call.actor, of, change).await
}
