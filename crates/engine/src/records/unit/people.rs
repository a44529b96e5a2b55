//! Users as functions see and change them: the groups that they are in, and whether they may come in.
//!
//! A change is made with all else that the unit does, by the same code as a request's; permissions are not asked. What a
//! function has changed it sees at once.

use std::sync::Arc;

use jsonb::Jsonb;
use model::{Actor, Error};
use storage::Tx;
use storage::tables::ReadIdentity;
use storage::tables::identity::{User, UserStatus};

use super::answers::{Given, Reply};
use super::commit::Op;
use super::{Call, Unit};
use crate::accounts::{AccountRef, GroupChoice, change_account, find_group, put_into, take_out};
use crate::apps::group_id;
use crate::identity::TokenCache;

/// What becomes of a user.
#[derive(Clone, Debug)]
enum Change {
    Into { group: String, primary: bool },
    OutOf(String),
    Active(bool),
}

/// A user who is changed.
#[derive(Clone)]
pub(super) struct Person {
    oid: String,
    change: Change,
    by: Arc<Actor>,
    tokens: Arc<TokenCache>,
}

impl Change {
    fn apply(&self, user: &mut User) -> Result<(), Error> {
        match self {
            Self::Into { group, primary } => {
                let choice = GroupChoice {
                    name: Some(group.clone()),
                    primary: *primary,
                    ..GroupChoice::default()
                };
                put_into(user, group.clone(), &choice);
                Ok(())
            }
            Self::OutOf(group) => match take_out(user, group) {
                true => Ok(()),
                false => Err(Error::not_found("group of the user", group)),
            },
            Self::Active(false) => {
                user.status = UserStatus::Inactive;
                Ok(())
            }
            Self::Active(true) => {
                if user.status == UserStatus::Inactive {
                    user.status = UserStatus::Active;
                    user.failed_logins = 0;
                }
                Ok(())
            }
        }
    }
}

impl Person {
    /// Changes the user, as he is by now.
    pub(super) fn write(&self, tx: &mut dyn Tx) -> Result<(), Error> {
        let of = AccountRef::of(self.oid.clone());
        change_account(tx, &self.by, &of, &|user: &mut User| self.change.apply(user))?;
        let tokens = Arc::clone(&self.tokens);
        tx.on_commit(Box::new(move || tokens.clear()));
        Ok(())
    }
}

impl Unit {
    /// What a function is told of a user.
    pub(super) fn answer_user(&self, given: &Given) -> Result<Reply, Error> {
        Ok(Reply::Json(self.about(&self.person(given)?)))
    }

    /// Changes a user.
    pub(super) fn answer_user_change(&self, given: &Given) -> Result<Reply, Error> {
        let mut user = self.person(given)?;
        let group = || {
            let named = given.text("group")?;
            let app = self.catalogue().app();
            let by_id = app.groups.keys().find(|name| group_id(name) == named);
            let choice = GroupChoice {
                name: Some(by_id.cloned().unwrap_or(named)),
                ..GroupChoice::default()
            };
            find_group(Some(app), &choice)
        };
        let change = match given.text("change")?.as_str() {
            "addGroup" => Change::Into {
                group: group()?,
                primary: given.flag("primary"),
            },
            "removeGroup" => Change::OutOf(group()?),
            "activate" => Change::Active(true),
            _ => Change::Active(false),
        };
        change.apply(&mut user)?;
        let Call { actor, .. } = self.caller().clone();
        let person = Person {
            oid: user.oid,
            change,
            by: actor,
            tokens: Arc::clone(&self.around().tokens),
        };
        self.0.state.borrow_mut().ops.push(Op::Person(Box::new(person)));
        Ok(Reply::Nothing)
    }

    /// A user as he will be; without an id, who the unit is done for.
    fn person(&self, given: &Given) -> Result<User, Error> {
        let own = || self.caller().actor.oid.clone();
        let key = given.text_or_none("id").unwrap_or_else(own);
        let asked = key.clone();
        let found = self.read(move |seen| {
            let by_id = seen.user_by_oid(&asked.to_ascii_lowercase())?;
            match by_id {
                Some(user) => Ok(Some(user)),
                None => Ok(seen.user_by_email(&asked.trim().to_lowercase())?),
            }
        })?;
        let mut user = found.ok_or_else(|| Error::not_found("user", &key))?;
        for person in self.0.state.borrow().ops.people() {
            if person.oid == user.oid {
                person.change.apply(&mut user)?;
            }
        }
        Ok(user)
    }

    fn about(&self, user: &User) -> Jsonb {
        let groups = &self.catalogue().app().groups;
        let group = |name: &String| {
            let label = groups
                .get(name)
                .map_or(name.as_str(), |group| group.label.as_str());
            jsonb::object()
                .field_str("id", &group_id(name))
                .field_str("name", name)
                .field_str("label", label)
                .finish()
        };
        let list = user.groups.iter().map(group);
        let list = list.fold(jsonb::array(), |list, group| list.item_body(&group));
        jsonb::object()
            .field_str("id", &user.oid)
            .field_bool("active", user.status == UserStatus::Active)
            .field_body("groups", &list.finish())
            .finish()
    }
}
