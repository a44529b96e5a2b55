//! Deleting accounts.

use model::{Actor, Error};
use storage::Tx;
use storage::tables::identity::{User, UserStatus};

use super::change::{keep_an_admin, once_each};
use super::find::{AccountRef, user_of};
use super::rights::forbidden;
use super::{Account, rights};
use crate::Engine;

impl Engine {
    /// Deletes users with their sessions and tokens, all of them or none, and gives them as they were.
    ///
    /// # Errors
    /// `forbidden` unless the caller manages users, for himself and for the last admin; `not-found`.
    pub async fn delete_accounts(&self, actor: &Actor, of: Vec<AccountRef>) -> Result<Vec<Account>, Error> {
        rights::require_manager(actor)?;
        let (by, of) = (actor.clone(), once_each(of));
        let removed = self.store().write(move |tx| {
            let removed = of.iter().map(|of| remove(tx, &by, of));
            removed.collect::<Result<Vec<User>, Error>>()
        });
        let removed = removed.await?;
        self.inner.tokens.clear();
        Ok(removed.iter().map(|user| self.account_view(user)).collect())
    }
}

fn remove(tx: &mut dyn Tx, by: &Actor, of: &AccountRef) -> Result<User, Error> {
    let user = user_of(tx, of)?;
    if user.id == by.user {
        return Err(forbidden("nobody can delete himself"));
    }
    if user.roles.admin && user.status == UserStatus::Active {
        keep_an_admin(tx)?;
    }
    tx.delete_user(user.id)?;
    Ok(user)
}
