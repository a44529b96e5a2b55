//! [`Watch`]: one field that is computed over the records of another entity.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::lower::{self, CurrentUser, Scope};
use app::values::Total;
use app::{App, Calculation, Entity, Field, Sum};
use jiff::tz::TimeZone;
use jsonb::{Damaged, Value};
use model::{CollectionId, Error};
use query::Filter;

/// See the module.
#[derive(Debug)]
pub(crate) struct Watch {
    /// The entity that has the field.
    pub(crate) entity: String,
    /// The collection of its records.
    pub(super) collection: CollectionId,
    /// The field.
    pub(crate) field: Field,
    /// Where it stands among the fields.
    pub(super) place: usize,
    /// The number of the definition since which it has been computed as it is.
    pub(super) number: u64,
    pub(super) sum: Sum,
    /// The entity whose records are looked at.
    pub(super) over: String,
    /// The path of their relationship.
    pub(super) by: String,
    /// Which of them.
    filter: Filter,
}

/// The fields of an app that are computed so: by the entity that has them, and by the one that they are over.
#[derive(Default)]
pub(crate) struct Watches {
    pub(crate) own: BTreeMap<String, Vec<Arc<Watch>>>,
    pub(crate) over: BTreeMap<String, Vec<Arc<Watch>>>,
}

/// The name by which a field of an entity is numbered.
pub(crate) fn key_of(entity: &str, field: &str) -> String {
    format!("{entity}:{field}")
}

impl Watches {
    /// Those of an app whose entities have these collections, and whose fields these numbers.
    pub(crate) fn of(
        app: &App,
        collections: &BTreeMap<String, CollectionId>,
        zone: &TimeZone,
        number: impl Fn(&str) -> u64,
    ) -> Result<Self, Error> {
        let mut all = Self::default();
        for (name, entity) in &app.entities {
            let Some(collection) = collections.get(name) else {
                continue;
            };
            for (place, field) in entity.fields.iter().enumerate() {
                let number = number(&key_of(name, &field.name));
                let found = (entity.as_ref(), *collection, place, number);
                if let Some(watch) = Watch::of(app, found, field, zone)? {
                    let watch = Arc::new(watch);
                    let over = all.over.entry(watch.over.clone()).or_default();
                    over.push(Arc::clone(&watch));
                    all.own.entry(name.clone()).or_default().push(watch);
                }
            }
        }
        Ok(all)
    }
}

/// What a record adds to others: to which, and what.
pub(super) type Share = Option<(Vec<String>, Total)>;

impl Watch {
    fn of(
        app: &App,
        (entity, collection, place, number): (&Entity, CollectionId, usize, u64),
        field: &Field,
        zone: &TimeZone,
    ) -> Result<Option<Self>, Error> {
        let Some(Calculation::Aggregate {
            sum,
            entity: over,
            by,
            filter,
        }) = &field.calculation
        else {
            return Ok(None);
        };
        let Some(other) = app.entity(over) else {
            return Ok(None);
        };
        let scope = Scope {
            app,
            entity: other,
            zone,
            user: &Nobody,
        };
        let filter = filter.as_ref().map(|condition| lower::filter(&scope, condition));
        Ok(Some(Self {
            entity: entity.name.clone(),
            collection,
            field: field.clone(),
            place,
            number,
            sum: sum.clone(),
            over: over.clone(),
            by: by.clone(),
            filter: filter
                .transpose()
                .map_err(Error::internal)?
                .unwrap_or_else(Filter::all),
        }))
    }

    /// Whether both are the same field; they may come from two readings of the definition.
    pub(super) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.collection == other.collection && self.place == other.place
    }

    /// The index that leads from an id to the records that refer to it.
    pub(super) fn index(&self) -> String {
        format!("{}.id", self.by)
    }

    /// What a record of the other entity adds, and to which.
    pub(super) fn share(&self, record: Value<'_>) -> Result<Share, Error> {
        if !self.filter.matches(record).map_err(Error::internal)? {
            return Ok(None);
        }
        self.read(record).map_err(Error::internal)
    }

    fn read(&self, record: Value<'_>) -> Result<Share, Damaged> {
        let mut ids: Vec<String> = Vec::new();
        each_at(record, &self.by, &mut |reference| {
            let id = reference.get("id")?.map(Value::as_str).transpose()?.flatten();
            // A record that refers to another one twice counts once.
            if let Some(id) = id.filter(|id| ids.iter().all(|known| known != id)) {
                ids.push(id.into_owned());
            }
            Ok(())
        })?;
        if ids.is_empty() {
            return Ok(None);
        }
        let total = match &self.sum {
            Sum::Count => Total::one(),
            Sum::Sum(path) | Sum::Avg(path) => {
                let mut total = Total::default();
                each_at(record, path, &mut |value| total.take(value))?;
                total
            }
        };
        Ok(Some((ids, total)).filter(|(_, total)| !total.is_nothing()))
    }
}

/// Shows every value at a path, those within lists each.
fn each_at(
    value: Value<'_>,
    path: &str,
    visit: &mut dyn FnMut(Value<'_>) -> Result<(), Damaged>,
) -> Result<(), Damaged> {
    if value.kind() == jsonb::Kind::Array {
        for element in value.elements() {
            each_at(element?, path, visit)?;
        }
        return Ok(());
    }
    if path.is_empty() {
        return visit(value);
    }
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    match value.get(name)? {
        Some(inner) => each_at(inner, rest, visit),
        None => Ok(()),
    }
}

/// Whom conditions of definitions are tested for where no user asks.
struct Nobody;

impl CurrentUser for Nobody {
    fn values(&self, _path: &str) -> Option<Vec<String>> {
        None
    }
}
