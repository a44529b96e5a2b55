//! Finding accounts by whatever a client knows them by.

use model::{Actor, Error};
use storage::ReadTx;
use storage::tables::identity::User;

use super::{Account, AccountGroup};
use crate::Engine;

/// What a client knows a user by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountRef {
    /// Public id, mail address or the id in another system.
    pub key: String,
    /// That system, by id or name.
    pub provider: Option<String>,
}

impl AccountRef {
    /// A user by public id, mail address, or an id that only one other system uses.
    pub fn of(key: impl Into<String>) -> Self {
        let (key, provider) = (key.into(), None);
        Self { key, provider }
    }
}

impl Engine {
    /// The account of this id, mail address or external id.
    ///
    /// # Errors
    /// `not-found`; `bad-value` when more than one system uses the external id and none was named.
    pub async fn account(&self, of: AccountRef) -> Result<Account, Error> {
        let user = self.store().read(move |tx| user_of(tx, &of)).await?;
        Ok(self.account_view(&user))
    }

    /// The account of the caller.
    ///
    /// # Errors
    /// `not-found` when it was deleted meanwhile, or the server itself asks.
    pub async fn current_account(&self, actor: &Actor) -> Result<Account, Error> {
        self.account(AccountRef::of(actor.email.clone())).await
    }

    /// The groups of the caller; the first is the primary one.
    ///
    /// # Errors
    /// As [`Engine::current_account`].
    pub async fn current_groups(&self, actor: &Actor) -> Result<Vec<AccountGroup>, Error> {
        Ok(self.current_account(actor).await?.groups)
    }

    /// The user as the applied app sees him.
    pub(super) fn account_view(&self, user: &User) -> Account {
        Account::of(user, self.app().as_deref())
    }
}

/// The user whom a client means.
pub(super) fn user_of(tx: &mut (impl ReadTx + ?Sized), of: &AccountRef) -> Result<User, Error> {
    let AccountRef { key, provider } = of;
    if provider.is_none() {
        if let Some(user) = tx.user_by_oid(key)? {
            return Ok(user);
        }
        if let Some(user) = tx.user_by_email(&key.trim().to_lowercase())? {
            return Ok(user);
        }
    }
    let mut known = tx.users_by_external_id(key, provider.as_deref())?;
    match (known.pop(), known.is_empty()) {
        (Some(user), true) => Ok(user),
        (Some(_), false) => {
            let message = format!("several systems know a user {key:?}; name one");
            Err(Error::bad_value("identityProvider", message))
        }
        (None, _) => Err(Error::not_found("user", key)),
    }
}
