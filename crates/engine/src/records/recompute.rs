//! What functions make of stored records when the app changes, or what they refer to does: labels and calculated values.
//!
//! Functions are never called while a transaction holds up other writers. So records are read on one snapshot, computed
//! without any, and what calculated references lead to is looked up on another one. Whoever writes the result compares
//! the version that it was computed from. A record that a function fails on is told and stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jobs::RunnerHandle;
use jsonb::Jsonb;
use model::{Code, Error, Record, Timestamp};
use storage::tables::records::Place;
use storage::{ReadTx, Store};

use super::cascade::{Follow, Next, Params};
use super::catalogue::{Catalogue, EntityRef, Inbound};
use super::compute;
use super::convert::{Lost, Way, current, server, version};
use super::draft::{Draft, Head, record};
use super::prepare::{Begun, Task};
use super::refresh::refresh;

/// See the module.
pub(crate) struct Recompute {
    /// The definition in force, with its functions.
    pub(crate) catalogue: Arc<Catalogue>,
    /// The entity of the records.
    pub(crate) entity: EntityRef,
    /// The time that functions go by.
    pub(crate) now: Timestamp,
    /// Whom jobs are handed to.
    pub(crate) runner: RunnerHandle,
}

/// What was computed of a record.
#[derive(Debug)]
pub(crate) struct Computed {
    /// The version that it was computed from, as the store counts.
    pub(crate) version: u64,
    /// The record as it is to be, or why there is none.
    pub(crate) body: Result<Jsonb, Error>,
}

/// By id.
pub(crate) type AllComputed = BTreeMap<String, Computed>;

/// A record on its way.
struct Going {
    id: String,
    stored: u64,
    /// What clients know it by.
    version: u64,
    draft: Result<Draft, Error>,
    /// Whether functions have to be called.
    asks: bool,
}

/// Whether functions give labels or values that are stored in records of this entity.
pub(crate) fn stores_results(entity: &app::Entity) -> bool {
    compute::stores_results(entity)
}

impl Recompute {
    /// Computes the next `most` records behind this id, which have a new form or other functions; `may_go_on` is asked
    /// before each.
    pub(crate) fn next<E: From<Error>>(
        self: &Arc<Self>,
        store: &Store,
        (after, most): (&str, u64),
        may_go_on: impl Fn() -> Result<(), E>,
    ) -> Result<AllComputed, E> {
        let (this, after) = (Arc::clone(self), after.to_owned());
        let read = store.read_blocking(move |tx| this.read(tx, (&after, most), None));
        self.computed(store, read?, may_go_on)
    }

    /// The same, of records whose references to these entities are made anew.
    pub(crate) fn refreshed<E: From<Error>>(
        self: &Arc<Self>,
        store: &Store,
        (after, most): (&str, u64),
        targets: &BTreeSet<String>,
        may_go_on: impl Fn() -> Result<(), E>,
    ) -> Result<AllComputed, E> {
        let (this, after, targets) = (Arc::clone(self), after.to_owned(), targets.clone());
        let read = store.read_blocking(move |tx| this.read(tx, (&after, most), Some(&targets)));
        self.computed(store, read?, may_go_on)
    }

    /// The same, of records in these places to which a change is carried over along a relationship.
    pub(crate) fn followers<E: From<Error>>(
        self: &Arc<Self>,
        store: &Store,
        (params, inbound): (&Params, &Inbound),
        places: &[Place],
        may_go_on: impl Fn() -> Result<(), E>,
    ) -> Result<AllComputed, E> {
        let (params, inbound) = (params.clone(), inbound.clone());
        let (this, places) = (Arc::clone(self), places.to_vec());
        let read = store.read_blocking(move |tx| this.read_followers(tx, (&params, &inbound), &places));
        self.computed(store, read?, may_go_on)
    }

    fn computed<E: From<Error>>(
        self: &Arc<Self>,
        store: &Store,
        read: Vec<Going>,
        may_go_on: impl Fn() -> Result<(), E>,
    ) -> Result<AllComputed, E> {
        let mut going = Vec::new();
        for one in read {
            may_go_on()?;
            going.push(self.compute(one)?);
        }
        let this = Arc::clone(self);
        Ok(store.read_blocking(move |tx| this.finish(tx, going))?)
    }

    fn read(
        &self,
        tx: &mut dyn ReadTx,
        (after, most): (&str, u64),
        targets: Option<&BTreeSet<String>>,
    ) -> Result<Vec<Going>, Error> {
        let mut all = Vec::new();
        for stored in tx.records_after(self.entity.collection(), after, most)? {
            let body = current(tx, &self.catalogue, &self.entity, stored.body)?;
            let mut draft = Draft::of_stored(&self.entity.fields, body.root()).map_err(Error::internal)?;
            let asks = match targets {
                Some(targets) => refresh(tx, (&self.catalogue, &self.entity), &mut draft, targets)?,
                None => true,
            };
            all.push(Going {
                id: stored.id,
                stored: stored.version,
                version: version(body.root()).map_err(Error::internal)?,
                draft: Ok(draft),
                asks,
            });
        }
        Ok(all)
    }

    fn read_followers(
        &self,
        tx: &mut dyn ReadTx,
        (params, inbound): (&Params, &Inbound),
        places: &[Place],
    ) -> Result<Vec<Going>, Error> {
        let follow = Follow {
            catalogue: &self.catalogue,
            runner: &self.runner,
            params,
            inbound,
        };
        let mut all = Vec::new();
        for found in tx.records_at(self.entity.collection(), places)? {
            let Next::Becomes(draft) = follow.next(tx, &found)? else {
                continue;
            };
            let Record { id, version, .. } = found;
            all.push(Going {
                id,
                stored: version,
                version,
                draft: Ok(draft),
                asks: true,
            });
        }
        Ok(all)
    }

    /// Calls the functions. Only what a function does wrong is the record's own.
    fn compute(&self, going: Going) -> Result<Going, Error> {
        if !going.asks {
            return Ok(going);
        }
        let mut begun = Begun::of(going.draft?);
        let computed = self.task(&going.id).recompute(&mut begun);
        let draft = match computed {
            Ok(()) => Ok(begun.draft),
            Err(error) if error.code() == Code::BadRequest => Err(error),
            Err(error) => return Err(error),
        };
        Ok(Going { draft, ..going })
    }

    fn task(&self, id: &str) -> Task {
        Task {
            catalogue: Arc::clone(&self.catalogue),
            entity: self.entity.clone(),
            call: server(),
            now: self.now,
            id: id.to_owned(),
            creates: false,
            body: jsonb::object().finish(),
            alive_since: self.now,
            runner: self.runner.clone(),
            job: None,
            tells: false,
            new_id: Box::new(String::new),
        }
    }

    fn finish(&self, tx: &mut dyn ReadTx, all: Vec<Going>) -> Result<AllComputed, Error> {
        let mut done = AllComputed::new();
        for one in all {
            let body = match one.draft {
                Ok(draft) => Ok(self.laid_out(tx, draft, one.version)?),
                Err(error) => Err(error),
            };
            let version = one.stored;
            done.insert(one.id, Computed { version, body });
        }
        Ok(done)
    }

    fn laid_out(&self, tx: &mut dyn ReadTx, mut draft: Draft, version: u64) -> Result<Jsonb, Error> {
        let mut way = Way {
            catalogue: &self.catalogue,
            collection: self.entity.collection(),
            lost: Lost::new(),
        };
        way.look_up(tx, &mut draft, &self.entity)?;
        let head = Head {
            version,
            transient: false,
            entity: &self.entity,
            zone: self.catalogue.zone(),
        };
        Ok(record(&draft, &head).map_err(Error::internal)?.0)
    }
}
