//! Changing accounts: all changes go through one place, which keeps what must hold for every one of them.

use std::collections::HashSet;

use app::App;
use model::{Actor, Code, Error};
use storage::Tx;
use storage::tables::identity::{User, UserStatus};

use super::find::{AccountRef, user_of};
use super::groups::{GroupChoice, Groups};
use super::rights::forbidden;
use super::view::{Localization, full_name};
use super::{Account, ProviderChoice, create, policy, providers, rights};
use crate::Engine;
use crate::identity::{password, taken};

/// What is to become of an account; what is none stays.
#[derive(Clone, Default)]
pub struct AccountChange {
    /// The version that the client knows.
    pub version: Option<u64>,
    /// Mail address.
    pub email: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Password in clear.
    pub password: Option<String>,
    /// All groups.
    pub groups: Option<Vec<GroupChoice>>,
    /// Whether he is a developer.
    pub developer: Option<bool>,
    /// Whether he is an admin.
    pub admin: Option<bool>,
    /// Zone and language.
    pub localization: Option<Localization>,
    /// All systems that know him.
    pub providers: Option<Vec<ProviderChoice>>,
}

impl Engine {
    /// Changes an account. The user's sessions end with a new password, mail address or state, except the one that the
    /// caller changes himself with; those in which he acts as another end with other roles or groups too.
    ///
    /// # Errors
    /// `forbidden` unless the caller manages users, for a password while he acts as another, and for taking the admin
    /// role from the last admin; `not-found`; `version-conflict`; validation errors, all of them at once.
    pub async fn change_account(
        &self,
        actor: &Actor,
        of: AccountRef,
        change: AccountChange,
    ) -> Result<Account, Error> {
        rights::require_manager(actor)?;
        if change.password.is_some() && actor.impersonator.is_some() {
            return Err(forbidden(
                "passwords cannot be changed while acting as another user",
            ));
        }
        let app = self.app();
        let groups = change.groups.as_deref();
        let prepared = Prepared {
            groups: groups
                .map(|groups| Groups::find(app.as_deref(), groups))
                .transpose()?,
            providers: change.providers.as_deref().map(providers::find).transpose()?,
            hash: match change.password.clone() {
                Some(password) => Some(password::hash(password).await?),
                None => None,
            },
            app,
            change,
        };
        self.alter(actor, of, move |user| prepared.apply(user)).await
    }

    /// Changes one account by `change`.
    pub(super) async fn alter(
        &self,
        actor: &Actor,
        of: AccountRef,
        change: impl Fn(&mut User) -> Result<(), Error> + Send + 'static,
    ) -> Result<Account, Error> {
        let mut changed = self.alter_all(actor, vec![of], change).await?;
        changed.pop().ok_or_else(|| Error::internal("no account changed"))
    }

    /// Changes accounts by `change`, all of them or none.
    pub(super) async fn alter_all(
        &self,
        actor: &Actor,
        of: Vec<AccountRef>,
        change: impl Fn(&mut User) -> Result<(), Error> + Send + 'static,
    ) -> Result<Vec<Account>, Error> {
        let (by, of) = (actor.clone(), once_each(of));
        let changed = self.store().write(move |tx| {
            of.iter()
                .map(|of| alter_in(tx, &by, of, &change))
                .collect::<Result<Vec<_>, Error>>()
        });
        let changed = changed.await?;
        self.inner.tokens.clear();
        Ok(changed.iter().map(|user| self.account_view(user)).collect())
    }
}

/// Each of them once, in order.
pub(super) fn once_each(of: Vec<AccountRef>) -> Vec<AccountRef> {
    let mut seen = HashSet::new();
    of.into_iter()
        .filter(|of| seen.insert((of.key.clone(), of.provider.clone())))
        .collect()
}

/// Changes one account within a transaction and gives it as it is then. A change that changes nothing makes no version.
pub(crate) fn alter_in(
    tx: &mut dyn Tx,
    by: &Actor,
    of: &AccountRef,
    change: &impl Fn(&mut User) -> Result<(), Error>,
) -> Result<User, Error> {
    let before = user_of(tx, of)?;
    let mut user = before.clone();
    change(&mut user)?;
    if user == before {
        return Ok(user);
    }
    if user.email != before.email && tx.user_by_email(&user.email)?.is_some() {
        return Err(taken(&user.email));
    }
    if before.id == by.user && before.status == UserStatus::Active && user.status != before.status {
        return Err(forbidden("nobody can deactivate himself"));
    }
    if is_active_admin(&before) && !is_active_admin(&user) {
        keep_an_admin(tx)?;
    }
    if may_come_no_more(&before, &user) {
        let own = by.token.filter(|_| before.id == by.user);
        tx.end_sessions(before.id, own)?;
    } else if before.roles != user.roles || before.groups != user.groups {
        // Who may act as whom depends on them. All other rights are looked up with every request.
        tx.end_impersonations(before.id)?;
    }
    user.version = before.version + 1;
    tx.update_user(&user)?;
    Ok(user)
}

/// Whether sessions of before should not go on.
fn may_come_no_more(before: &User, after: &User) -> bool {
    after.status != UserStatus::Active
        || after.email != before.email
        || after.password_hash != before.password_hash
}

fn is_active_admin(user: &User) -> bool {
    user.roles.admin && user.status == UserStatus::Active
}

/// Refuses to take the last active admin away.
pub(super) fn keep_an_admin(tx: &mut dyn Tx) -> Result<(), Error> {
    if tx.count_active_admins()? > 1 {
        return Ok(());
    }
    Err(forbidden("the last admin must stay"))
}

/// A change with all that could be found out before its transaction.
struct Prepared {
    change: AccountChange,
    groups: Option<Groups>,
    providers: Option<Vec<storage::tables::identity::IdentityProvider>>,
    hash: Option<String>,
    app: Option<std::sync::Arc<App>>,
}

impl Prepared {
    fn apply(&self, user: &mut User) -> Result<(), Error> {
        let AccountChange {
            version,
            email,
            first_name,
            last_name,
            ..
        } = &self.change;
        if let Some(version) = version.filter(|version| *version != user.version) {
            let message = format!("the user has version {}, not {version}", user.version);
            return Err(Error::new(Code::VersionConflict, message));
        }
        let set = |place: &mut String, text: &Option<String>| {
            if let Some(text) = text {
                text.trim().clone_into(place);
            }
        };
        set(&mut user.first_name, first_name);
        set(&mut user.last_name, last_name);
        if first_name.is_some() || last_name.is_some() {
            user.name = full_name(&user.first_name, &user.last_name);
        }
        if let Some(email) = email {
            user.email = email.trim().to_lowercase();
        }
        self.apply_rest(user);
        self.check(user)
    }

    fn apply_rest(&self, user: &mut User) {
        if let Some(groups) = &self.groups {
            groups.clone().give_to(user);
        }
        if let Some(providers) = &self.providers {
            user.details.providers.clone_from(providers);
        }
        if let Some(hash) = &self.hash {
            user.password_hash.clone_from(hash);
        }
        if let Some(localization) = &self.change.localization {
            localization.give_to(user);
        }
        user.roles.developer = self.change.developer.unwrap_or(user.roles.developer);
        user.roles.admin = self.change.admin.unwrap_or(user.roles.admin);
    }

    /// Checks what was given; what stays may be older than today's rules.
    fn check(&self, user: &User) -> Result<(), Error> {
        let policy = policy::passwords(self.app.as_deref(), &user.groups);
        let AccountChange {
            email,
            first_name,
            last_name,
            password,
            localization,
            ..
        } = &self.change;
        let complaints = [
            first_name
                .is_some()
                .then(|| create::name_complaint("firstName", "First name", &user.first_name)),
            last_name
                .is_some()
                .then(|| create::name_complaint("lastName", "Last name", &user.last_name)),
            email.is_some().then(|| create::email_complaint(&user.email)),
            password
                .as_deref()
                .map(|password| create::password_complaint(&policy, password)),
            localization.as_ref().map(create::zone_complaint),
        ];
        create::refuse(complaints.into_iter().flatten().flatten())
    }
}
