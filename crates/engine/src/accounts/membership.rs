//! Putting users into groups and taking them out.

use app::App;
use model::{Actor, Error};

use super::find::AccountRef;
use super::groups::{GroupChoice, Groups, find_one};
use super::{Account, rights};
use crate::Engine;
use crate::apps::group_id;

impl Engine {
    /// Puts users into a group, or changes how they are in it. The first group of a user is his primary one.
    ///
    /// # Errors
    /// `forbidden` unless the caller manages users; `bad-request` when no group is named; `not-found` for users and
    /// group.
    pub async fn add_account_group(
        &self,
        actor: &Actor,
        of: Vec<AccountRef>,
        choice: GroupChoice,
    ) -> Result<Vec<Account>, Error> {
        rights::require_manager(actor)?;
        let name = find_one(self.app().as_deref(), &choice)?;
        self.alter_all(actor, of, move |user| {
            let mut groups = Groups::of(user);
            groups.add(name.clone(), &choice);
            groups.give_to(user);
            Ok(())
        })
        .await
    }

    /// Takes users out of a group, by its id or name. After the primary one the user's next group becomes it.
    ///
    /// # Errors
    /// `forbidden` unless the caller manages users; `not-found` for users, group, and a user who is not in it.
    pub async fn remove_account_group(
        &self,
        actor: &Actor,
        of: Vec<AccountRef>,
        group: String,
    ) -> Result<Vec<Account>, Error> {
        rights::require_manager(actor)?;
        let app = self.app();
        self.alter_all(actor, of, move |user| {
            let mut groups = Groups::of(user);
            let name = name_of(&groups, app.as_deref(), &group);
            if !groups.remove(&name) {
                return Err(Error::not_found("group of the user", &group));
            }
            groups.give_to(user);
            Ok(())
        })
        .await
    }
}

/// The name of the group that a client calls `key`, one of the user's before all others.
fn name_of(groups: &Groups, app: Option<&App>, key: &str) -> String {
    let own = groups.names.iter();
    let all = app.into_iter().flat_map(|app| app.groups.keys());
    let found = own.chain(all).find(|name| group_id(name) == key);
    found.cloned().unwrap_or_else(|| key.to_owned())
}
