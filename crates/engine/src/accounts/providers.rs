//! Other systems that know a user, and under which id.

use model::{Actor, Error};
use storage::tables::identity::{IdentityProvider, User};

use super::find::AccountRef;
use super::view::own_provider;
use super::{Account, rights};
use crate::Engine;
use crate::identity::MAX_TEXT;

/// The most systems that know one user.
const MOST: usize = 20;

/// A system as a client names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderChoice {
    /// Its id, which wins over the name.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The user's id there.
    pub external_id: Option<String>,
}

impl Engine {
    /// Notes that a system knows a user, or under which id.
    ///
    /// # Errors
    /// `forbidden`, `not-found`, validation errors.
    pub async fn add_account_provider(
        &self,
        actor: &Actor,
        of: AccountRef,
        choice: ProviderChoice,
    ) -> Result<Account, Error> {
        rights::require_manager(actor)?;
        let provider = provider(&choice, "identityProvider")?;
        self.alter(actor, of, move |user| {
            let known = providers_of(user);
            known.retain(|known| known.id != provider.id);
            known.push(provider.clone());
            too_many(known)
        })
        .await
    }

    /// Takes the note away that a system, by id or name, knows a user.
    ///
    /// # Errors
    /// `forbidden`, `not-found`.
    pub async fn remove_account_provider(
        &self,
        actor: &Actor,
        of: AccountRef,
        key: String,
    ) -> Result<Account, Error> {
        rights::require_manager(actor)?;
        self.alter(actor, of, move |user| {
            let known = providers_of(user);
            let before = known.len();
            known.retain(|known| known.id != key && known.name != key);
            if known.len() == before {
                return Err(Error::not_found("identity provider of the user", &key));
            }
            Ok(())
        })
        .await
    }
}

/// The systems, this one among them, to be changed.
fn providers_of(user: &mut User) -> &mut Vec<IdentityProvider> {
    let known = &mut user.details.providers;
    if known.is_empty() {
        known.push(own_provider());
    }
    known
}

fn too_many(known: &[IdentityProvider]) -> Result<(), Error> {
    if known.len() <= MOST {
        return Ok(());
    }
    let message = format!(
        "a user has {MOST} identity providers at most, got {}",
        known.len()
    );
    Err(Error::bad_value("identityProviders", message))
}

/// The systems that a client names.
pub(super) fn find(choices: &[ProviderChoice]) -> Result<Vec<IdentityProvider>, Error> {
    let named = |(place, choice)| provider(choice, &format!("identityProviders[{place}]"));
    let providers: Vec<_> = choices.iter().enumerate().map(named).collect::<Result<_, _>>()?;
    too_many(&providers)?;
    Ok(providers)
}

fn provider(choice: &ProviderChoice, field: &str) -> Result<IdentityProvider, Error> {
    let ProviderChoice {
        id,
        name,
        external_id,
    } = choice;
    let texts = [id, name, external_id].into_iter().flatten();
    if let Some(long) = texts
        .map(|text| text.chars().count())
        .find(|length| *length > MAX_TEXT)
    {
        let message = format!("ids and names have {MAX_TEXT} characters at most, got {long}");
        return Err(Error::bad_value(field, message));
    }
    let own = own_provider();
    let external_id = external_id.clone().filter(|id| !id.is_empty());
    match (id.as_deref(), name.as_deref()) {
        (Some(id), _) if id == own.id => Ok(IdentityProvider { external_id, ..own }),
        (None, Some(name)) if name == own.name => Ok(IdentityProvider { external_id, ..own }),
        (Some(id), name) if !id.is_empty() => {
            let name = name.unwrap_or(id).to_owned();
            Ok(IdentityProvider {
                id: id.to_owned(),
                label: name.clone(),
                name,
                external_id,
            })
        }
        (None, Some(name)) if !name.is_empty() => Ok(IdentityProvider {
            id: name.to_owned(),
            name: name.to_owned(),
            label: name.to_owned(),
            external_id,
        }),
        _ => Err(Error::bad_value(field, "the id or the name is required")),
    }
}
