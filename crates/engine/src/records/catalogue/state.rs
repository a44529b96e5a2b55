//! What the engine keeps for records while it runs: the catalogue by which they are kept, and what is shared by those who
//! work with them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use app::App;
use model::Error;

use super::super::list::Cursors;
use super::super::locks::Locks;
use super::super::scripts::{Places, Scripts};
use super::{Catalogue, EntityRef, ensure};
use crate::apps::Applied;
use crate::identity::TokenCache;
use crate::{Engine, SlingrOptions};

/// What the engine keeps for records while it runs.
#[derive(Clone)]
pub(crate) struct State {
    catalogue: Arc<RwLock<Option<Arc<Catalogue>>>>,
    pub(crate) locks: Locks,
    pub(crate) cursors: Cursors,
    places: Arc<OnceLock<Places>>,
    options: SlingrOptions,
    pub(crate) ids: Arc<model::RecordIds>,
    /// What is known of callers; it changes with users, which functions of the app change too.
    pub(crate) tokens: Arc<TokenCache>,
}

impl State {
    pub(crate) fn new(env: &model::Env, options: &SlingrOptions) -> Self {
        Self {
            options: options.clone(),
            catalogue: Arc::default(),
            locks: Locks::default(),
            cursors: Cursors::default(),
            places: Arc::default(),
            ids: Arc::new(model::RecordIds::new(env)),
            tokens: Arc::default(),
        }
    }

    /// The functions of an app; blocks while its files are compiled. The interpreters are started with the first app
    /// that has any.
    pub(crate) fn load_scripts(&self, app: &App) -> Result<Scripts, Error> {
        if !has_scripts(app) {
            return Ok(Scripts::default());
        }
        let places = match self.places.get() {
            Some(places) => places,
            None => {
                let fresh = Places::start(&self.options)?;
                self.places.get_or_init(|| fresh)
            }
        };
        Scripts::load(places, app)
    }

    /// The entities, once there is an app.
    pub(crate) fn catalogue(&self) -> Option<Arc<Catalogue>> {
        let place = self.catalogue.read();
        place.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn has_scripts(app: &App) -> bool {
    let of_entities = app.entities.values().any(|entity| entity.script.is_some());
    of_entities || app.listeners.values().any(|listener| listener.script.is_some())
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
        if !has_scripts(app) {
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
