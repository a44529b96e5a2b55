//! `POST /users`.

use axum::extract::Request;
use axum::response::Response;
use edge::Fault;
use engine::accounts::{Account, NewAccount};
use model::Error;

use super::body::{User, complaint};
use super::view::View;
use crate::call::Call;
use crate::{answer, body};

/// Makes a user and shows him.
pub(super) async fn create(call: Call, request: Request) -> Result<Response, Fault> {
    let made = make(&call, request).await.map_err(complaint)?;
    Ok(answer::json(&View::of(&made))?)
}

async fn make(call: &Call, request: Request) -> Result<Account, Error> {
    let user: User = body::typed(&call.slingr, request).await?;
    let permissions = user.permissions.as_ref();
    let list = |groups: Vec<super::body::Group>| groups.into_iter().map(Into::into).collect();
    let new = NewAccount {
        developer: permissions.and_then(|given| given.developer).unwrap_or_default(),
        admin: permissions.and_then(|given| given.admin()).unwrap_or_default(),
        email: user.email.unwrap_or_default(),
        first_name: user.first_name.unwrap_or_default(),
        last_name: user.last_name.unwrap_or_default(),
        password: user.password,
        generate_password: user.options.is_some_and(|options| options.generate_password),
        groups: user.groups.map(list).unwrap_or_default(),
        localization: user.localization.map(Into::into).unwrap_or_default(),
        providers: user
            .identity_providers
            .into_iter()
            .flatten()
            .map(Into::into)
            .collect(),
    };
    call.slingr.engine.create_account(&call.actor, new).await
}
