//! Who may do what with the records of an entity, as one caller's rights.
//!
//! Permissions are the algebra of `app::permissions`; a script and the server itself are not asked for them. The access
//! rules of single fields are asked whoever comes.

mod access;
mod refusal;
mod who;
mod writes;

use app::permissions::{self, Granting, Reach, Right};
use app::{Entity, FunctionName, Rule};
use jiff::tz::TimeZone;
use jsonb::Value;
use model::Error;
use query::Refusal;

use super::catalogue::{Catalogue, EntityRef};
use super::scripts::{Subject, is_true};
use super::{Call, Category};

use who::{Who, scope};

pub(super) use access::{Access, is_within};
pub(super) use who::{lowered, with_scope};
pub(super) use writes::Writes;

/// What one caller may do with the records of one entity.
pub(super) struct Rights<'a> {
    catalogue: &'a Catalogue,
    entity: &'a EntityRef,
    call: &'a Call,
    inner: permissions::Rights<'a>,
    read: Reach<'a>,
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

    /// Whether records may be imported at all.
    pub(super) fn may_import(&self) -> bool {
        self.inner.may_import()
    }

    /// Whether what may be read may be exported.
    pub(super) fn may_export(&self) -> bool {
        self.inner.may_export()
    }

    /// The fields that are shown of no record.
    pub(super) fn hidden_anyway(&self) -> Result<Vec<String>, Error> {
        let mut hidden = self.inner.hidden_paths(&self.read.anybody());
        let rules = self.entity.read_rules().iter();
        hidden.extend(
            rules
                .filter(|(_, rule)| *rule == Rule::Never)
                .map(|(path, _)| path.clone()),
        );
        Ok(hidden)
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
        Ok(Access::without(hidden))
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

    /// Whether a parameter of an action may be given.
    pub(super) fn may_give(&self, action: &str, parameter: &str) -> bool {
        self.inner.may_give(action, parameter)
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
}

/// An error on the way through the permissions.
struct Broken(Error);

impl From<Refusal> for Broken {
    fn from(refusal: Refusal) -> Self {
        Self(Error::internal(refusal))
    }
}
