//! What a change of one record means for those that refer to it.
//!
//! References hold the other record's label and copies of its fields, and what becomes of them when it is deleted is for
//! their delete policy to say. The job that does that is handed in with the change itself, in one transaction, so
//! neither is ever there without the other; it works on few records at a time (`follow`), and each of them may have such
//! a job again. Records may refer to one another in a circle in which labels grow for ever, so that ends somewhere.

mod follow;
mod replace;

use std::ops::Bound;

use app::DeletePolicy;
use jobs::RunnerHandle;
use jsonb::Jsonb;
use model::job::{NewJob, Status};
use model::{Error, JobSeq, Stamp};
use query::{KeyRange, index_key};
use serde::{Deserialize, Serialize};
use storage::Tx;

use super::catalogue::{Catalogue, EntityRef, Inbound};
use super::references::{id_of, reference};
use super::values;

pub(super) use follow::Next;
pub(crate) use follow::{Follow, Followed};

/// The kind of the job.
pub(crate) const KIND: &str = "records.cascade";
/// Its queue.
const QUEUE: &str = "records";
/// How many changes may follow from one another.
const DEPTH: u32 = 100;

/// What the job is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Params {
    /// The entity of the record that was changed.
    pub(crate) entity: String,
    /// Its id.
    pub(crate) id: String,
    /// Whether it was deleted.
    pub(crate) deleted: bool,
    /// Who did it.
    pub(crate) by: String,
    /// How many changes led to this one.
    #[serde(default)]
    pub(crate) depth: u32,
    /// The job that changed it, which the history names as the one that all of this follows from.
    #[serde(default)]
    pub(crate) job: Option<JobSeq>,
}

/// Hands in the job, if a record has become another one to those that refer to it.
pub(super) fn after_change(
    tx: &mut dyn Tx,
    (catalogue, runner): (&Catalogue, &RunnerHandle),
    entity: &EntityRef,
    bodies: (&Jsonb, &Jsonb),
    by: (&Stamp, Option<JobSeq>),
) -> Result<(), Error> {
    after_change_of(tx, (catalogue, runner), entity, bodies, by, Carried::ALL)
}

/// What is carried over to those that refer to a changed record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carried {
    /// A new label.
    pub(super) labels: bool,
    /// New copies of its fields.
    pub(super) copies: bool,
}

impl Carried {
    /// Everything.
    const ALL: Self = Self {
        labels: true,
        copies: true,
    };
}

/// [`after_change`] where not everything counts as a change.
pub(super) fn after_change_of(
    tx: &mut dyn Tx,
    (catalogue, runner): (&Catalogue, &RunnerHandle),
    entity: &EntityRef,
    bodies: (&Jsonb, &Jsonb),
    (stamp, job): (&Stamp, Option<JobSeq>),
    carried: Carried,
) -> Result<(), Error> {
    let hands = Hands {
        catalogue,
        runner,
        depth: 0,
        carried,
        job,
    };
    hands.changed(tx, entity, bodies, stamp).map(|_| ())
}

/// Hands in the job, if a deleted record is referred to by others that do something about it.
pub(super) fn after_deletion(
    tx: &mut dyn Tx,
    (catalogue, runner): (&Catalogue, &RunnerHandle),
    entity: &EntityRef,
    id: &str,
    (stamp, job): (&Stamp, Option<JobSeq>),
) -> Result<(), Error> {
    let hands = Hands {
        catalogue,
        runner,
        depth: 0,
        carried: Carried::ALL,
        job,
    };
    hands.deleted(tx, entity, id, stamp)
}

/// Those that refer to the records that a transaction deletes.
pub(super) struct Referrers<'a> {
    hands: Hands<'a>,
    entity: &'a EntityRef,
    /// The relationships that do something about it, and that lead from any record to one in the range of these.
    inbound: Vec<&'a Inbound>,
}

impl<'a> Referrers<'a> {
    /// Those of these records of `entity`.
    pub(super) fn of(
        tx: &mut dyn Tx,
        (catalogue, runner): (&'a Catalogue, &'a RunnerHandle),
        (entity, ids): (&'a EntityRef, &[String]),
        job: JobSeq,
    ) -> Result<Self, Error> {
        let (mut inbound, around) = (Vec::new(), range_around(ids)?);
        for one in entity.inbound() {
            if let Some(around) = &around
                && is_referred_to(tx, catalogue, one, around)?
            {
                inbound.push(one);
            }
        }
        let hands = Hands {
            catalogue,
            runner,
            depth: 0,
            carried: Carried::ALL,
            job: Some(job),
        };
        Ok(Self {
            hands,
            entity,
            inbound,
        })
    }

    /// As [`after_deletion`].
    pub(super) fn after_deletion(&self, tx: &mut dyn Tx, id: &str, stamp: &Stamp) -> Result<(), Error> {
        let inbound = self.inbound.iter().copied();
        self.hands.deleted_among(tx, (self.entity, inbound), id, stamp)
    }
}

/// Hands in jobs.
#[derive(Clone, Copy)]
struct Hands<'a> {
    catalogue: &'a Catalogue,
    runner: &'a RunnerHandle,
    /// How many changes led to this one.
    depth: u32,
    /// What counts as a change.
    carried: Carried,
    /// The job that it all follows from.
    job: Option<JobSeq>,
}

impl Hands<'_> {
    /// Says false when there should be a job but too many changes followed from one another.
    fn changed(
        &self,
        tx: &mut dyn Tx,
        entity: &EntityRef,
        (old, new): (&Jsonb, &Jsonb),
        stamp: &Stamp,
    ) -> Result<bool, Error> {
        for inbound in entity.inbound() {
            let seen = |body: &Jsonb| reference(body.root(), &inbound.rules.copied).map_err(Error::internal);
            let (was, is) = (seen(old)?, seen(new)?);
            let differs = was != is && self.counts(inbound, &was, &is)?;
            let id = id_of(new.root())?;
            if differs && is_referred_to(tx, self.catalogue, inbound, &range_of(&id)?)? {
                if self.depth >= DEPTH {
                    return Ok(false);
                }
                self.hand_in(tx, entity, (&id, false), stamp)?;
                return Ok(true);
            }
        }
        Ok(true)
    }

    /// Whether one of two references that differ is to take the place of the other.
    fn counts(&self, inbound: &Inbound, was: &Jsonb, is: &Jsonb) -> Result<bool, Error> {
        let copies = unlabelled(was)? != unlabelled(is)?;
        let labels = was
            .root()
            .get("label")
            .map_err(Error::internal)?
            .map(values::copy)
            != is.root().get("label").map_err(Error::internal)?.map(values::copy);
        let follows = labels && inbound.rules.follows_label;
        Ok(copies && self.carried.copies || follows && self.carried.labels)
    }

    fn deleted(&self, tx: &mut dyn Tx, entity: &EntityRef, id: &str, stamp: &Stamp) -> Result<(), Error> {
        self.deleted_among(tx, (entity, entity.inbound().iter()), id, stamp)
    }

    fn deleted_among<'i>(
        &self,
        tx: &mut dyn Tx,
        (entity, inbound): (&EntityRef, impl Iterator<Item = &'i Inbound>),
        id: &str,
        stamp: &Stamp,
    ) -> Result<(), Error> {
        let range = range_of(id)?;
        for inbound in inbound {
            let acts = inbound.rules.on_delete != DeletePolicy::None;
            if acts && is_referred_to(tx, self.catalogue, inbound, &range)? {
                return self.hand_in(tx, entity, (id, true), stamp);
            }
        }
        Ok(())
    }

    fn hand_in(
        &self,
        tx: &mut dyn Tx,
        entity: &EntityRef,
        (id, deleted): (&str, bool),
        stamp: &Stamp,
    ) -> Result<(), Error> {
        let params = Params {
            entity: entity.name.clone(),
            id: id.to_owned(),
            deleted,
            by: stamp.by.clone(),
            depth: self.depth,
            job: self.job,
        };
        let env = self.catalogue.env();
        let new = NewJob {
            id: env.new_job_id(),
            request_id: env.new_request_id(),
            kind: KIND,
            label: format!("Updating references to a record of {}", entity.name),
            queue: QUEUE,
            serial_key: Some(format!("{KIND}:{}:{id}", entity.collection())),
            priority: 0,
            low_priority: false,
            run_by: stamp.by.clone(),
            parent: None,
            status: Status::Pending,
            params: crate::kinds::to_json(&params)?,
            error: None,
            now: stamp.on,
        };
        self.runner.submit(tx, &new)?;
        Ok(())
    }
}

fn unlabelled(reference: &Jsonb) -> Result<Jsonb, Error> {
    jsonb::remove_field(reference, "label").map_err(Error::internal)
}

fn is_referred_to(
    tx: &mut dyn Tx,
    catalogue: &Catalogue,
    inbound: &Inbound,
    ids: &KeyRange,
) -> Result<bool, Error> {
    let collection = catalogue.entity(&inbound.entity)?.collection();
    let count = tx.count_index(collection, &inbound.index(), std::slice::from_ref(ids), 0)?;
    Ok(count != Some(0))
}

/// The keys of references to anything between the least and the greatest of these ids.
fn range_around(ids: &[String]) -> Result<Option<KeyRange>, Error> {
    let keys = ids.iter().map(|id| index_key(values::text(id).root()));
    let keys = keys.collect::<Result<Vec<_>, _>>().map_err(Error::internal)?;
    let (least, greatest) = (keys.iter().min().cloned(), keys.into_iter().max());
    Ok(least
        .zip(greatest)
        .map(|(least, greatest)| (Bound::Included(least), Bound::Included(greatest))))
}

/// The keys of references to this id.
pub(crate) fn range_of(id: &str) -> Result<KeyRange, Error> {
    let key = index_key(values::text(id).root()).map_err(Error::internal)?;
    Ok((Bound::Included(key.clone()), Bound::Included(key)))
}
