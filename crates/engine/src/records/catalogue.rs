//! The app as records are kept by it: each entity with its id, its collection, and who refers to it.

mod collection;
mod entity;
mod fields;
mod state;

use std::collections::BTreeMap;
use std::sync::Arc;

use app::{App, Field, FieldType, Fields, Listener, Rule, Trigger};
use jiff::tz::TimeZone;
use model::{CollectionId, Env, Error, Timestamp};
use storage::ReadTx;

use super::compute::calls_functions;
use super::indexes;
use super::scripts::Scripts;
use super::totals::Watches;
use crate::apps::{self, Applied};

pub(crate) use collection::{collection_name, ensure};
pub use entity::EntityRef;
pub(crate) use entity::Inbound;
use entity::Kept;
pub(crate) use fields::{each_field, join};
pub(crate) use state::State;

/// The entities of an applied app.
#[derive(Debug)]
pub struct Catalogue {
    number: u64,
    app: Arc<App>,
    zone: TimeZone,
    scripts: Scripts,
    env: Env,
    entities: BTreeMap<String, EntityRef>,
}

impl Catalogue {
    /// The definition.
    #[must_use]
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Time and randomness.
    pub(crate) fn env(&self) -> &Env {
        &self.env
    }

    /// The time now.
    pub(super) fn now(&self) -> Timestamp {
        self.env.now()
    }

    /// The functions of the entities.
    pub(crate) fn scripts(&self) -> &Scripts {
        &self.scripts
    }

    /// The zone of dates without one.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The entity of this name.
    ///
    /// # Errors
    /// `not-found`.
    pub fn entity(&self, name: &str) -> Result<&EntityRef, Error> {
        self.entities
            .get(name)
            .ok_or_else(|| Error::not_found("entity", name))
    }

    /// All entities.
    pub(super) fn entities(&self) -> impl Iterator<Item = &EntityRef> {
        self.entities.values()
    }

    /// Whether the definition is still the one in force.
    pub(crate) fn is_current(&self, tx: &mut dyn ReadTx) -> Result<bool, Error> {
        Ok(apps::number(tx)? == self.number)
    }

    /// The catalogue in force, if this is not it any more. Without functions: for work that calls none, and to be given them.
    pub(crate) fn newer(&self, tx: &mut dyn ReadTx) -> Result<Option<Self>, Error> {
        if self.is_current(tx)? {
            return Ok(None);
        }
        let applied = Applied::load(tx)?;
        let newer = applied.map(|applied| Self::of(tx, &applied)).transpose()?;
        Ok(newer.map(|newer| Self {
            env: self.env.clone(),
            ..newer
        }))
    }

    /// The same with the functions of its app, which go by this clock.
    pub(crate) fn with_functions(mut self, scripts: Scripts, env: Env) -> Self {
        (self.scripts, self.env) = (scripts, env);
        self
    }

    /// The catalogue of an app whose collections are there.
    ///
    /// # Errors
    /// When an entity has no collection or no id.
    pub(crate) fn of(tx: &mut dyn ReadTx, applied: &Applied) -> Result<Self, Error> {
        let (app, state) = (applied.app(), &applied.state);
        let (mut inbound, mut steps) = (referrers(app), applied.steps());
        let zone = TimeZone::get(&app.timezone).unwrap_or(TimeZone::UTC);
        let collections = collections(tx, app)?;
        let mut watches = Watches::of(app, &collections, &zone, |field| state.computed_since(field))?;
        let mut entities = BTreeMap::new();
        for (name, entity) in &app.entities {
            let lacking = |what: &str| Error::internal(format!("the entity {name} has no {what}"));
            let collection = collections.get(name).copied();
            let kept = Kept {
                calls_functions: calls_functions(entity),
                heard: heard(app, name),
                entity: Arc::clone(entity),
                id: state.ids.get(name).ok_or_else(|| lacking("id"))?.clone(),
                collection: collection.ok_or_else(|| lacking("collection"))?,
                indexes: indexes::of(entity),
                inbound: inbound.remove(name).unwrap_or_default(),
                form: state.forms.get(name).copied().unwrap_or(0),
                steps: steps.remove(name).unwrap_or_default(),
                zone: zone.clone(),
                read_rules: ruled(&entity.fields, |field| &field.read_access),
                write_rules: ruled(&entity.fields, |field| &field.write_access),
                watches: watches.own.remove(name).unwrap_or_default(),
                watched: watches.over.remove(name).unwrap_or_default(),
            };
            entities.insert(name.clone(), EntityRef(Arc::new(kept)));
        }
        Ok(Self {
            number: state.number,
            app: Arc::clone(app),
            zone,
            scripts: Scripts::default(),
            env: Env::system(),
            entities,
        })
    }
}

/// The collections of an app's entities.
fn collections(tx: &mut dyn ReadTx, app: &App) -> Result<BTreeMap<String, CollectionId>, Error> {
    let mut all = BTreeMap::new();
    for name in app.entities.keys() {
        if let Some(collection) = tx.collection(&collection_name(name))? {
            all.insert(name.clone(), collection.id);
        }
    }
    Ok(all)
}

/// The listeners that hear of changes of an entity's records, in order of their names.
fn heard(app: &App, entity: &str) -> Vec<Arc<Listener>> {
    let hears = |listener: &&Arc<Listener>| matches!(&listener.trigger, Trigger::Data { entity: of, .. } if of == entity);
    app.listeners.values().filter(hears).cloned().collect()
}

/// Fields whose rule does not always hold.
fn ruled(fields: &Fields, rule: impl Fn(&Field) -> &Rule) -> Vec<(String, Rule)> {
    let mut list = Vec::new();
    each_field(fields, "", &mut |path, field| {
        if *rule(field) != Rule::Always {
            list.push((path.to_owned(), rule(field).clone()));
        }
    });
    list
}

/// For each entity the relationships that lead to it.
fn referrers(app: &App) -> BTreeMap<String, Vec<Inbound>> {
    let mut all: BTreeMap<String, Vec<Inbound>> = BTreeMap::new();
    for (name, entity) in &app.entities {
        each_field(&entity.fields, "", &mut |path, field| {
            if let FieldType::Relationship(rules) = &field.kind {
                all.entry(rules.entity.clone()).or_default().push(Inbound {
                    entity: name.clone(),
                    path: path.to_owned(),
                    rules: (**rules).clone(),
                });
            }
        });
    }
    all
}
