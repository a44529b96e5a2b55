//! The app as records are kept by it: each entity with its id, its collection, and who refers to it.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use app::{App, Entity, Field, FieldType, Fields, RelationshipRules, Rule};
use jiff::tz::TimeZone;
use model::{CollectionId, Env, Error, Timestamp};
use script::Sandbox;
use storage::tables::collections::CollectionOptions;
use storage::{ReadTx, Tx};

use super::convert::Step;
use super::indexes::{self, Indexed};
use super::list::Cursors;
use super::locks::Locks;
use super::scripts::Scripts;
use crate::Engine;
use crate::apps::{self, Applied};

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

/// One entity of the catalogue. Cheap to clone; dereferences to the definition.
#[derive(Clone, Debug)]
pub struct EntityRef(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    entity: Arc<Entity>,
    id: String,
    collection: CollectionId,
    indexes: Vec<Indexed>,
    inbound: Vec<Inbound>,
    form: u64,
    steps: Vec<Arc<Step>>,
    zone: TimeZone,
    read_rules: Vec<(String, Rule)>,
    write_rules: Vec<(String, Rule)>,
}

/// A relationship that leads to an entity.
#[derive(Clone, Debug)]
pub(crate) struct Inbound {
    /// The entity that has it.
    pub(crate) entity: String,
    /// Its path there.
    pub(crate) path: String,
    /// Its rules.
    pub(crate) rules: RelationshipRules,
}

impl Inbound {
    /// The index that leads from an id to those that refer to it.
    pub(crate) fn index(&self) -> String {
        format!("{}.id", self.path)
    }
}

impl Deref for EntityRef {
    type Target = Entity;

    fn deref(&self) -> &Entity {
        &self.0.entity
    }
}

impl EntityRef {
    /// Its id in answers: 24 hex digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// The collection of its records.
    #[must_use]
    pub fn collection(&self) -> CollectionId {
        self.0.collection
    }

    /// Its indexes, with the fields that they stand for.
    pub(crate) fn indexed(&self) -> &[Indexed] {
        &self.0.indexes
    }

    /// The form of new records.
    pub(crate) fn form(&self) -> u64 {
        self.0.form
    }

    /// The zone of dates.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.0.zone
    }

    /// The steps that records in older forms have to go.
    pub(crate) fn steps(&self) -> &[Arc<Step>] {
        &self.0.steps
    }

    /// Fields that are not shown of every record, with their rules.
    pub(crate) fn read_rules(&self) -> &[(String, Rule)] {
        &self.0.read_rules
    }

    /// Fields that may not be written of every record, with their rules.
    pub(crate) fn write_rules(&self) -> &[(String, Rule)] {
        &self.0.write_rules
    }

    /// The relationships that lead here.
    pub(crate) fn inbound(&self) -> &[Inbound] {
        &self.0.inbound
    }
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
    pub(super) fn scripts(&self) -> &Scripts {
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
        let mut entities = BTreeMap::new();
        for (name, entity) in &app.entities {
            let lacking = |what: &str| Error::internal(format!("the entity {name} has no {what}"));
            let collection = tx.collection(&collection_name(name))?;
            let kept = Kept {
                entity: Arc::clone(entity),
                id: state.ids.get(name).ok_or_else(|| lacking("id"))?.clone(),
                collection: collection.ok_or_else(|| lacking("collection"))?.id,
                indexes: indexes::of(entity),
                inbound: inbound.remove(name).unwrap_or_default(),
                form: state.forms.get(name).copied().unwrap_or(0),
                steps: steps.remove(name).unwrap_or_default(),
                zone: zone.clone(),
                read_rules: ruled(&entity.fields, |field| &field.read_access),
                write_rules: ruled(&entity.fields, |field| &field.write_access),
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

/// The name of the collection of an entity's records.
pub(crate) fn collection_name(entity: &str) -> String {
    format!("app:{entity}")
}

/// Makes the collection of an entity and its indexes.
///
/// # Errors
/// `conflict` when records that are there already break a unique index.
pub(crate) fn ensure(tx: &mut dyn Tx, entity: &Entity) -> Result<CollectionId, Error> {
    let options = CollectionOptions {
        history: entity.audit.is_on(),
    };
    let collection = tx
        .ensure_collection_with(&collection_name(&entity.name), options)?
        .id;
    let wanted = indexes::of(entity);
    for known in tx.indexes(collection)? {
        if wanted.iter().all(|indexed| indexed.def != known) {
            tx.drop_index(collection, &known.name)?;
        }
    }
    for indexed in &wanted {
        if !tx.declare_index(collection, &indexed.def)? {
            let (name, path) = (&entity.name, &indexed.def.path);
            let message = format!("records of {name} have the same {path}, which is to be unique");
            return Err(Error::new(model::Code::Conflict, message));
        }
    }
    Ok(collection)
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

/// Shows every field to `visit` with its path, those within others too.
pub(crate) fn each_field<'f>(fields: &'f Fields, under: &str, visit: &mut dyn FnMut(&str, &'f Field)) {
    for field in fields {
        let path = join(under, &field.name);
        visit(&path, field);
        if let FieldType::Nested { fields, .. } = &field.kind {
            each_field(fields, &path, visit);
        }
    }
}

/// `under.name`, or `name` at the top.
pub(crate) fn join(under: &str, name: &str) -> String {
    match under {
        "" => name.to_owned(),
        under => format!("{under}.{name}"),
    }
}

/// What the engine keeps for records while it runs.
#[derive(Clone)]
pub(crate) struct State {
    catalogue: Arc<RwLock<Option<Arc<Catalogue>>>>,
    pub(crate) locks: Locks,
    pub(crate) cursors: Cursors,
    sandbox: Arc<OnceLock<Sandbox>>,
    pub(crate) ids: Arc<model::RecordIds>,
}

impl State {
    pub(crate) fn new(env: &model::Env) -> Self {
        Self {
            catalogue: Arc::default(),
            locks: Locks::default(),
            cursors: Cursors::default(),
            sandbox: Arc::default(),
            ids: Arc::new(model::RecordIds::new(env)),
        }
    }

    /// The functions of an app; blocks while its files are compiled. The interpreters are started with the first app
    /// that has any.
    pub(crate) fn load_scripts(&self, app: &App) -> Result<Scripts, Error> {
        if app.entities.values().all(|entity| entity.script.is_none()) {
            return Ok(Scripts::default());
        }
        let sandbox = match self.sandbox.get() {
            Some(sandbox) => sandbox,
            None => {
                let fresh = Sandbox::new(script::Options::default()).map_err(Error::internal)?;
                self.sandbox.get_or_init(|| fresh)
            }
        };
        Scripts::load(sandbox, app)
    }

    /// The entities, once there is an app.
    pub(crate) fn catalogue(&self) -> Option<Arc<Catalogue>> {
        let place = self.catalogue.read();
        place.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Engine {
    /// Keeps records by `app` from now on; what its entities need in the store is made.
    ///
    /// # Errors
    /// As the store's, and `conflict` when records break a unique index.
    pub async fn open_records(&self, app: &Arc<App>, ids: &BTreeMap<String, String>) -> Result<(), Error> {
        let (wanted, ids) = (Arc::clone(app), ids.clone());
        let (scripts, env) = (self.load_scripts(app).await?, self.env().clone());
        let catalogue = self.store().write(move |tx| {
            for entity in wanted.entities.values() {
                ensure(tx, entity)?;
            }
            Catalogue::of(tx, &Applied::bare(&wanted, &ids))
        });
        let catalogue = catalogue.await?.with_functions(scripts, env);
        self.show_catalogue(Arc::new(catalogue));
        self.set_app(Arc::clone(app));
        Ok(())
    }

    /// The functions of an app.
    pub(crate) async fn load_scripts(&self, app: &Arc<App>) -> Result<Scripts, Error> {
        if app.entities.values().all(|entity| entity.script.is_none()) {
            return Ok(Scripts::default());
        }
        let (state, app) = (self.inner.records.clone(), Arc::clone(app));
        let load = move || state.load_scripts(&app);
        tokio::task::spawn_blocking(load).await.map_err(Error::internal)?
    }

    /// Keeps records by this catalogue from now on.
    pub(crate) fn show_catalogue(&self, catalogue: Arc<Catalogue>) {
        let place = self.inner.records.catalogue.write();
        *place.unwrap_or_else(PoisonError::into_inner) = Some(catalogue);
    }

    /// The entities of the app that this engine keeps records by.
    ///
    /// # Errors
    /// `not-found` when there is no app.
    pub fn catalogue(&self) -> Result<Arc<Catalogue>, Error> {
        self.inner
            .records
            .catalogue()
            .ok_or_else(|| Error::new(model::Code::NotFound, "there is no app here"))
    }

    /// The entity of this full name.
    ///
    /// # Errors
    /// `not-found`.
    pub fn record_entity(&self, name: &str) -> Result<EntityRef, Error> {
        Ok(self.catalogue()?.entity(name)?.clone())
    }
}
