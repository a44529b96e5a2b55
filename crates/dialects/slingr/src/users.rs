//! `/users…`: who the users of the app are, and managing them (`contracts/slingr.md` §1.11, §10.1).

mod body;
mod change;
mod create;
mod list;
mod membership;
mod read;
mod states;
mod view;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, put};
use engine::accounts::{Account, AccountRef};
use model::Error;
use serde::Deserialize;

use crate::call::Call;
use crate::parameters::Parameters;
use crate::{Slingr, answer};

/// The routes under `prefix`.
pub(crate) fn routes(prefix: &str) -> Router<Slingr> {
    let one = format!("{prefix}/users/{{user}}");
    Router::new()
        .route(&format!("{prefix}/users"), get(list::list).post(create::create))
        .route(&format!("{prefix}/users/current"), get(read::current))
        .route(
            &format!("{prefix}/users/currentGroups"),
            get(read::current_groups),
        )
        .route(&one, get(read::read).put(change::change).delete(states::delete))
        .route(&format!("{one}/deactivate"), put(states::deactivate))
        .route(&format!("{one}/reactivate"), put(states::reactivate))
        .route(&format!("{one}/unblock"), put(states::unblock))
        .route(&format!("{one}/addGroup"), put(membership::add_group))
        .route(
            &format!("{one}/removeGroup/{{group}}"),
            put(membership::remove_group),
        )
        .route(
            &format!("{one}/addIdentityProvider"),
            put(membership::add_provider),
        )
        .route(
            &format!("{one}/removeIdentityProvider/{{group}}"),
            put(membership::remove_provider),
        )
}

/// Whom a path names, and of what he is a member.
#[derive(Deserialize)]
pub(crate) struct Named {
    user: String,
    #[serde(default)]
    group: String,
}

impl Named {
    /// One user.
    fn one(&self, call: &Call) -> Result<AccountRef, Error> {
        Ok(AccountRef {
            provider: provider(call)?,
            ..AccountRef::of(self.user.trim())
        })
    }

    /// The users of a comma list.
    fn all(&self, call: &Call) -> Result<Vec<AccountRef>, Error> {
        let provider = provider(call)?;
        let keys = self.user.split(',').map(str::trim).filter(|key| !key.is_empty());
        let found: Vec<_> = keys
            .map(|key| AccountRef {
                provider: provider.clone(),
                ..AccountRef::of(key)
            })
            .collect();
        match found.is_empty() {
            true => Err(Error::not_found("user", &self.user)),
            false => Ok(found),
        }
    }

    /// The answer for those who were named: one alone is himself, several are a list.
    fn answer(&self, accounts: &[Account]) -> Result<Response, Error> {
        match accounts {
            [one] if !self.user.contains(',') => answer::json(&view::View::of(one)),
            all => answer::json(&all.iter().map(view::View::of).collect::<Vec<_>>()),
        }
    }
}

/// The system whose ids a path has. Other parameters are of no meaning here, and clients send some.
fn provider(call: &Call) -> Result<Option<String>, Error> {
    let pairs = edge::query_pairs(call.query())?;
    let known: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    let parameters = Parameters::read(call.query(), &known)?;
    Ok(parameters.text("identityProvider").map(str::to_owned))
}
