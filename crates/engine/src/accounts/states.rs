//! Letting users in again, or no longer. What is so already stays as it is.

use model::{Actor, Error};
use storage::tables::identity::UserStatus;

use super::find::AccountRef;
use super::{Account, rights};
use crate::Engine;

impl Engine {
    /// Switches users off; their sessions end, their tokens rest.
    ///
    /// # Errors
    /// `forbidden` unless the caller manages users, for himself and for the last admin; `not-found`; then nobody's state
    /// has changed.
    pub async fn deactivate_accounts(
        &self,
        actor: &Actor,
        of: Vec<AccountRef>,
    ) -> Result<Vec<Account>, Error> {
        rights::require_manager(actor)?;
        self.alter_all(actor, of, |user| {
            user.status = UserStatus::Inactive;
            Ok(())
        })
        .await
    }

    /// Switches users on again who were switched off.
    ///
    /// # Errors
    /// `forbidden` unless the caller manages users; `not-found`.
    pub async fn reactivate_accounts(
        &self,
        actor: &Actor,
        of: Vec<AccountRef>,
    ) -> Result<Vec<Account>, Error> {
        self.activate(actor, of, UserStatus::Inactive).await
    }

    /// Lets users in again who were blocked after wrong passwords.
    ///
    /// # Errors
    /// `forbidden` unless the caller manages users; `not-found`.
    pub async fn unblock_accounts(&self, actor: &Actor, of: Vec<AccountRef>) -> Result<Vec<Account>, Error> {
        self.activate(actor, of, UserStatus::Blocked).await
    }

    async fn activate(
        &self,
        actor: &Actor,
        of: Vec<AccountRef>,
        from: UserStatus,
    ) -> Result<Vec<Account>, Error> {
        rights::require_manager(actor)?;
        self.alter_all(actor, of, move |user| {
            if user.status == from {
                user.status = UserStatus::Active;
                user.failed_logins = 0;
            }
            Ok(())
        })
        .await
    }
}
