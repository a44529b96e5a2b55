//! Who may do what with the records of an entity, as one caller's rights.
//!
//! Permissions are the algebra of `app::permissions`; a script and the server itself are not asked for them. The access
//! rules of single fields are asked whoever comes.

use app::lower::{self, CurrentUser, LowerError, Scope};
use app::permissions::{self, Granting, Reach, Right};
use app::{Condition, Entity, FunctionName, Rule};
use jiff::tz::TimeZone;
use jsonb::Value;
use model::{Actor, Code, Error};
use query::{Filter, Refusal};

use super::catalogue::{Catalogue, EntityRef};
use super::scripts::{Subject, is_true};
use super::{Call, Category};

/// What one caller may do with the records of one entity.
pub(super) struct Rights<'a> {
    catalogue: &'a Catalogue,
    entity: &'a EntityRef,
    call: &'a Call,
    inner: permissions::Rights<'a>,
    read: Reach<'a>,
}

/// The fields of one record that a caller does not see.
#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    hidden: Vec<String>,
}

/// The fields of one record that a caller may write.
pub(super) struct Writes<'r> {
    rights: &'r Rights<'r>,
    granting: Granting,
    denied: Vec<String>,
}

/// The caller as conditions know him.
struct Who<'a>(&'a Actor);

impl CurrentUser for Who<'_> {
    fn values(&self, path: &str) -> Option<Vec<String>> {
        let actor = self.0;
        Some(match path {
            "email" => vec![actor.email.clone()],
            "fullName" | "label" | "name" => vec![actor.name.clone()],
            "firstName" => vec![actor.name.split(' ').next().unwrap_or_default().to_owned()],
            "lastName" => vec![actor.name.split_once(' ').map_or("", |(_, last)| last).to_owned()],
            "groups" | "groups.name" | "groups.id" => actor.groups.clone(),
            "id" => vec![super::user_id(actor)],
            _ => return None,
        })
    }
}

impl<'a> Rights<'a> {
    pub(super) fn of(catalogue: &'a Catalogue, entity: &'a EntityRef, call: &'a Call) -> Result<Self, Error> {
        let past_all = call.category != Category::User || call.actor.roles.developer;
        let definition: &'a Entity = entity;
        let inner = permissions::Rights::new(catalogue.app(), definition, &call.actor.groups, past_all);
        let who = Who(&call.actor);
        let read = inner
            .reach(Right::Read, &scope(catalogue, entity, &who))
            .map_err(Error::internal)?;
        Ok(Self {
            catalogue,
            entity,
            call,
            inner,
            read,
        })
    }

    /// The entities.
    pub(super) fn catalogue(&self) -> &'a Catalogue {
        self.catalogue
    }

    /// Who asks.
    pub(super) fn call(&self) -> &'a Call {
        self.call
    }

    /// The zone of dates.
    pub(super) fn zone(&self) -> &'a TimeZone {
        self.catalogue.zone()
    }

    /// The records that may be read.
    pub(super) fn read(&self) -> &Reach<'a> {
        &self.read
    }

    /// Refuses what is allowed on no record at all.
    pub(super) fn check(&self, right: Right<'_>) -> Result<(), Error> {
        match self.reach(right)?.is_none() {
            true => Err(self.forbidden(right)),
            false => Ok(()),
        }
    }

    /// Refuses what is not allowed on this record.
    pub(super) fn check_record(&self, right: Right<'_>, record: Value<'_>) -> Result<(), Error> {
        match self.granting(right, record)?.is_any() {
            true => Ok(()),
            false => Err(self.forbidden(right)),
        }
    }

    /// Whether a record may be read.
    pub(super) fn sees(&self, record: Value<'_>) -> Result<bool, Error> {
        Ok(self.read.is_all() || self.granting(Right::Read, record)?.is_any())
    }

    /// What is not shown of this record.
    pub(super) fn access(&self, record: Value<'_>) -> Result<Access, Error> {
        self.access_by(Right::Read, record)
    }

    /// What is not shown of this record by those who grant this right on it.
    pub(super) fn access_by(&self, right: Right<'_>, record: Value<'_>) -> Result<Access, Error> {
        let granting = self.granting(right, record)?;
        let mut hidden = self.inner.hidden_paths(&granting);
        hidden.extend(self.denied(self.entity.read_rules(), record)?);
        Ok(Access { hidden })
    }

    /// What may be written of a record that is there. What is not shown of it is not written either.
    pub(super) fn writes(&'a self, record: Value<'_>) -> Result<Writes<'a>, Error> {
        let mut denied = self.denied(self.entity.write_rules(), record)?;
        denied.extend(self.denied(self.entity.read_rules(), record)?);
        Ok(Writes {
            rights: self,
            granting: self.granting(Right::Update, record)?,
            denied,
        })
    }

    /// What may be written of a new record: all that somebody allows who lets some record be made, until
    /// [`Writes::narrow`] knows which one.
    pub(super) fn writes_of_new(&'a self) -> Result<Writes<'a>, Error> {
        Ok(Writes {
            rights: self,
            granting: self.reach(Right::Create)?.anybody(),
            denied: Vec::new(),
        })
    }

    /// The fields whose rules do not hold for a record.
    fn denied(&self, rules: &[(String, Rule)], record: Value<'_>) -> Result<Vec<String>, Error> {
        let mut denied = Vec::new();
        for (path, rule) in rules {
            if !self.holds(rule, record)? {
                denied.push(path.clone());
            }
        }
        Ok(denied)
    }

    /// Whether a query may look at this field.
    pub(super) fn may_use_in_query(&self, path: &str) -> bool {
        self.inner.may_use_in_query(path)
    }

    /// Whether an access rule holds for a record.
    pub(super) fn holds(&self, rule: &Rule, record: Value<'_>) -> Result<bool, Error> {
        match rule {
            Rule::Always => Ok(true),
            Rule::Never => Ok(false),
            Rule::When(condition) => {
                let filter =
                    lowered(self.catalogue, self.entity, condition, self.call).map_err(Error::internal)?;
                filter.matches(record).map_err(Error::internal)
            }
            Rule::Script(function) => self.script(function, record),
        }
    }

    /// Whether a record is among those of a right, which is worked out once for many of them.
    pub(super) fn is_in(&self, reach: &Reach<'_>, record: Value<'_>) -> Result<bool, Error> {
        let mut script = |function: &FunctionName| self.script(function, record).map_err(Broken);
        let granting = reach.on(record, &mut script).map_err(|Broken(error)| error)?;
        Ok(granting.is_any())
    }

    /// The records on which a right is granted.
    pub(super) fn reach(&self, right: Right<'_>) -> Result<Reach<'a>, Error> {
        let who = Who(&self.call.actor);
        self.inner
            .reach(right, &scope(self.catalogue, self.entity, &who))
            .map_err(Error::internal)
    }

    fn granting(&self, right: Right<'_>, record: Value<'_>) -> Result<Granting, Error> {
        let mut script = |function: &FunctionName| self.script(function, record).map_err(Broken);
        let granting = match right {
            Right::Read => self.read.on(record, &mut script),
            right => self.reach(right)?.on(record, &mut script),
        };
        granting.map_err(|Broken(error)| error)
    }

    /// What a function says of a record.
    fn script(&self, function: &FunctionName, record: Value<'_>) -> Result<bool, Error> {
        let body = super::values::copy(record);
        let subject = Subject {
            entity: &self.entity.name,
            body: &body,
            is_new: false,
        };
        let around = (self.call, self.catalogue.now(), self.catalogue.zone());
        let places = [None, None];
        let said = self
            .catalogue
            .scripts()
            .call(subject, function, &places, around)?;
        Ok(is_true(said.as_ref()))
    }

    /// The refusal of a right.
    pub(super) fn forbidden(&self, right: Right<'_>) -> Error {
        let what = match right {
            Right::Read => "read",
            Right::Create => "create",
            Right::Update => "change",
            Right::Delete => "delete",
            Right::History => "read the history of",
            Right::Action(name) => {
                let message = format!("you may not run {name} on records of {}", self.entity.name);
                return Error::new(Code::Forbidden, message);
            }
        };
        let message = format!("you may not {what} this record, or any, of {}", self.entity.name);
        Error::new(Code::Forbidden, message)
    }
}

/// An error on the way through the permissions.
struct Broken(Error);

impl From<Refusal> for Broken {
    fn from(refusal: Refusal) -> Self {
        Self(Error::internal(refusal))
    }
}

impl Access {
    /// Whether the field at a path is shown. What lies in a hidden field is not.
    pub(super) fn shows(&self, path: &str) -> bool {
        !self.hidden.iter().any(|hidden| is_within(path, hidden))
    }
}

impl Writes<'_> {
    /// Takes back what does not go with the new record that was made of a body by it; whether there was anything, so
    /// that the record has to be made anew. Each time less may be written, so this ends.
    pub(super) fn narrow(&mut self, made: Value<'_>) -> Result<bool, Error> {
        let granting = self.rights.granting(Right::Create, made)?.and(&self.granting);
        if !granting.is_any() {
            return Err(self.rights.forbidden(Right::Create));
        }
        let mut denied = self.rights.denied(self.rights.entity.write_rules(), made)?;
        denied.retain(|path| !self.denied.contains(path));
        let narrowed = granting != self.granting || !denied.is_empty();
        self.granting = granting;
        self.denied.extend(denied);
        Ok(narrowed)
    }

    /// Whether the field at a path may be written.
    pub(super) fn may(&self, path: &str) -> bool {
        self.rights.inner.writable(&self.granting, path)
            && !self.denied.iter().any(|denied| is_within(path, denied))
    }
}

/// Whether `inner` is `outer` or lies in it.
pub(super) fn is_within(inner: &str, outer: &str) -> bool {
    let rest = inner.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn scope<'s>(catalogue: &'s Catalogue, entity: &'s EntityRef, user: &'s dyn CurrentUser) -> Scope<'s> {
    Scope {
        app: catalogue.app(),
        entity,
        zone: catalogue.zone(),
        user,
    }
}

/// Does something with a scope of this caller.
pub(super) fn with_scope<T>(
    catalogue: &Catalogue,
    entity: &EntityRef,
    call: &Call,
    work: impl FnOnce(&Scope<'_>) -> T,
) -> T {
    work(&scope(catalogue, entity, &Who(&call.actor)))
}

/// A condition as a filter on stored records.
pub(super) fn lowered(
    catalogue: &Catalogue,
    entity: &EntityRef,
    condition: &Condition,
    call: &Call,
) -> Result<Filter, LowerError> {
    with_scope(catalogue, entity, call, |scope| lower::filter(scope, condition))
}
