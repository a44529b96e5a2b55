//! Putting a definition in force: one transaction, and a job for what takes longer.
//!
//! The transaction stores the definition, makes collections, forgets those of entities that go, sets what is kept of
//! changes, begins the indexes that need no rewrite first, and hands in the job.

use std::collections::BTreeSet;
use std::sync::Arc;

use ::jobs::{Registry, Runner, RunnerHandle, RunnerOptions};
use app::plan::Conversion;
use app::{Entity, Loaded};
use model::job::{NewJob, Status};
use model::{Actor, Code, CollectionId, Env, Error, Job};
use storage::Tx;
use storage::tables::collections::CollectionOptions;
use storage::tables::indexes::IndexState;
use storage::tables::records::IndexDef;

use super::computed::{lacking, note_unnoted, renumber};
use super::state::{self, State};
use super::{Applied, Plan};
use crate::Engine;
use crate::app_files::detach_entity;
use crate::kinds::apply_app::{ApplyApp, KIND, Params};
use crate::records::{Counting, Indexed, collection_name, indexes_of};

/// Jobs of this kind run one after another.
const QUEUE: &str = "app";

/// A definition that is in force.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its number.
    pub number: u64,
    /// What it changes.
    pub plan: Plan,
    /// The job that carries it out; none when there is nothing to do.
    pub job: Option<Job>,
}

impl Engine {
    /// A runner of jobs of this kind alone, for whoever applies a definition without serving.
    pub fn app_runner(&self, options: RunnerOptions) -> Runner {
        let kinds = Registry::new().with(ApplyApp::new(&self.inner.records));
        Runner::new(self.store().clone(), self.env().clone(), kinds, options)
    }

    /// Puts a definition in force. When it is in force already and carried out to its end, nothing is done.
    ///
    /// # Errors
    /// `bad-request` when a file of functions cannot be run; `conflict` when data would be lost and that is not allowed,
    /// or when somebody else changed the app meanwhile.
    pub async fn apply_app(
        &self,
        actor: &Actor,
        loaded: &Loaded,
        allow_data_loss: bool,
    ) -> Result<Change, Error> {
        self.load_scripts(&Arc::new(loaded.app.clone())).await?;
        let number = self.store().read(|tx| state::number(tx)).await?;
        let plan = self.plan_app(loaded).await?;
        if let Some(text) = plan.loss_text().filter(|_| !allow_data_loss) {
            let message = format!("{text}; it must be applied with --allow-data-loss");
            return Err(Error::new(Code::Conflict, message));
        }
        let desk = Desk {
            runner: self.runner().clone(),
            env: self.env().clone(),
            actor: actor.clone(),
            loaded: loaded.clone(),
        };
        let applied = self.store().write(move |tx| desk.apply(tx, number));
        let (number, job) = applied.await?;
        self.reload_app().await?;
        Ok(Change { number, plan, job })
    }
}

/// What the transaction works with.
struct Desk {
    runner: RunnerHandle,
    env: Env,
    actor: Actor,
    loaded: Loaded,
}

impl Desk {
    fn apply(&self, tx: &mut dyn Tx, planned_on: u64) -> Result<(u64, Option<Job>), Error> {
        if state::number(tx)? != planned_on {
            let message = "somebody else changed the app at the same time, try again";
            return Err(Error::new(Code::Conflict, message));
        }
        let hash = self.loaded.source.hash();
        let before = Applied::load(tx)?;
        if let Some(applied) = before.as_ref().filter(|applied| applied.state.hash == hash) {
            return Ok((applied.state.number, self.once_more(tx, applied)?));
        }
        let (mut state, work) = self.put_in_force(tx, before.as_ref(), hash)?;
        if work {
            let number = state.number;
            return Ok((number, Some(self.hand_in(tx, state)?)));
        }
        state.settle(tx)?;
        Ok((state.number, None))
    }

    /// The job for a definition that is in force but not carried out: the one that is at it, else a new one.
    fn once_more(&self, tx: &mut dyn Tx, applied: &Applied) -> Result<Option<Job>, Error> {
        let mut done =
            applied.state.base == applied.state.number && lacking(&applied.state, applied.app()).is_empty();
        for entity in applied.app().entities.values() {
            let Some(collection) = tx.collection(&collection_name(&entity.name))? else {
                continue;
            };
            let ready = tx.indexes(collection.id)?;
            done &= indexes_of(entity)
                .iter()
                .all(|indexed| ready.contains(&indexed.def));
        }
        if done {
            return Ok(None);
        }
        let last = applied.state.job.map(|seq| tx.job(seq)).transpose()?.flatten();
        match last.filter(|job| !job.status.is_final()) {
            Some(job) => Ok(Some(job)),
            None => {
                let mut state = applied.state.clone();
                note_unnoted(&mut state, applied.app());
                Ok(Some(self.hand_in(tx, state)?))
            }
        }
    }

    /// Stores the definition and makes ready what it needs; says whether there is work left for a job.
    fn put_in_force(
        &self,
        tx: &mut dyn Tx,
        before: Option<&Applied>,
        hash: String,
    ) -> Result<(State, bool), Error> {
        let app = Arc::new(self.loaded.app.clone());
        let old = before.map(Applied::app);
        let changes = app::Plan::between(old.map(|old| &**old), &app);
        let mut state = before.map(|before| before.state.clone()).unwrap_or_default();
        state.number += 1;
        // The first definition finds no records; a later one finds those of the one before.
        state.base = if before.is_none() {
            state.number
        } else {
            state.base
        };
        state.hash = hash;
        let mut work = state.base + 1 < state.number || !changes.removed.is_empty();
        for name in &changes.removed {
            state.forms.remove(name);
            if let Some(collection) = tx.collection(&collection_name(name))? {
                tx.drop_collection(collection.id)?;
            }
        }
        for (name, entity) in &app.entities {
            if state.ids.contains_key(name) && tx.collection(&collection_name(name))?.is_none() {
                // It comes back, and its new records hold nothing of what the old ones did.
                detach_entity(tx, name, self.env.now(), u64::MAX)?;
            }
            let id = state.ids.entry(name.clone());
            id.or_insert_with(|| app::entity_id(name));
            let old = old.and_then(|old| old.entity(name));
            let change = changes.changed.iter().find(|change| change.entity == *name);
            let conversions = change.map_or(&[][..], |change| &change.conversions);
            if !conversions.is_empty() {
                state.forms.insert(name.clone(), state.number);
            }
            work |= prepare(tx, old.map(|old| &**old), entity, conversions)?;
        }
        renumber(&mut state, old.map(|old| &**old), &app);
        work |= !lacking(&state, &app).is_empty();
        state::store_source(tx, state.number, &self.loaded.source)?;
        state.store(tx)?;
        Ok((state, work))
    }

    fn hand_in(&self, tx: &mut dyn Tx, mut state: State) -> Result<Job, Error> {
        let number = state.number;
        let new = NewJob {
            id: self.env.new_job_id(),
            request_id: self.env.new_request_id(),
            kind: KIND,
            label: format!("Change {number} of the app {}", self.loaded.app.name),
            queue: QUEUE,
            serial_key: Some(QUEUE.to_owned()),
            priority: 0,
            low_priority: false,
            run_by: self.actor.email.clone(),
            parent: None,
            status: Status::Pending,
            params: serde_json::to_string(&Params { number }).map_err(Error::internal)?,
            error: None,
            now: self.env.now(),
        };
        let job = self.runner.submit(tx, &new)?.into_job();
        state.job = Some(job.seq);
        state.store(tx)?;
        Ok(job)
    }
}

/// Makes ready what an entity needs in the store; says whether there is work left for a job.
fn prepare(
    tx: &mut dyn Tx,
    old: Option<&Entity>,
    new: &Entity,
    conversions: &[Conversion],
) -> Result<bool, Error> {
    let options = CollectionOptions {
        history: new.audit.is_on(),
    };
    let collection = tx
        .ensure_collection_with(&collection_name(&new.name), options)?
        .id;
    let wanted = indexes_of(new);
    let stale = stale(tx, collection, old, &wanted)?;
    for name in &stale {
        tx.retire_index(collection, name)?;
    }
    let mut work = !stale.is_empty() || !conversions.is_empty();
    for indexed in &wanted {
        if old.is_none() {
            // There is nothing that it could not be unique over.
            tx.declare_index(collection, &indexed.def)?;
        } else if conversions.is_empty() {
            work |= tx.begin_index(collection, &indexed.def)? == IndexState::Building;
        }
    }
    let numbered: BTreeSet<&str> = conversions
        .iter()
        .filter_map(|conversion| match conversion {
            Conversion::Number(path) => Some(path.as_str()),
            _ => None,
        })
        .collect();
    for path in numbered {
        Counting::reserve(tx, collection, new, path)?;
    }
    Ok(work)
}

/// The indexes that are not wanted any more, or stand for other fields than before.
fn stale(
    tx: &mut dyn Tx,
    collection: CollectionId,
    old: Option<&Entity>,
    wanted: &[Indexed],
) -> Result<Vec<String>, Error> {
    let before = old.map(indexes_of).unwrap_or_default();
    let stays = |def: &IndexDef| {
        let of = |list: &[Indexed]| list.iter().find(|indexed| indexed.def == *def).cloned();
        match (of(&before), of(wanted)) {
            // Keys over several fields have the number of their index for a name, whatever the fields.
            (Some(was), Some(now)) => was.fields == now.fields || now.fields.len() < 2,
            (None, Some(_)) => true,
            (_, None) => false,
        }
    };
    let declared = tx.declared_indexes(collection)?.into_iter();
    let stale = declared.filter(|index| !stays(&index.def));
    Ok(stale.map(|index| index.def.name).collect())
}
