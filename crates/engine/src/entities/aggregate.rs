//! Aggregations: a pipeline over the entities of a kind that the caller may see.
//!
//! Other kinds, by their names, are what `$lookup` and `$unionWith` can read, and of those too only what the caller may
//! see. All of it happens on one snapshot, on a thread for long reads.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use jsonb::{Jsonb, Value};
use model::{Actor, CollectionId, Error, Timestamp};
use query::{Around, Cause, Flow, Limits, Pipeline, Refusal, Source, cut};
use storage::ReadTx;

use super::guids::IDS;
use super::sight::Sight;
use super::{Collections, EntityKind};
use crate::Engine;
use crate::search::{Effort, Plan, Stopped, choose, refused, walk};

/// An aggregation to be made.
struct Job {
    collection: CollectionId,
    collections: Collections,
    actor: Actor,
    pipeline: Pipeline,
    limits: Limits,
    now: Timestamp,
    seed: u64,
}

impl Engine {
    /// Runs a pipeline over the entities of a kind that the caller may see.
    ///
    /// # Errors
    /// `bad-value` of `aggregate` for a collection that there is not, for what cannot be computed, and when it takes
    /// longer, more memory or a larger answer than is allowed.
    pub async fn aggregate_entities(
        &self,
        actor: &Actor,
        kind: EntityKind,
        pipeline: Pipeline,
    ) -> Result<Vec<Jsonb>, Error> {
        let collection = self.entity_collection(kind);
        for name in pipeline.collections() {
            known(name).map_err(|refusal| refused("aggregate", collection, &refusal))?;
        }
        let job = Job {
            collection,
            collections: self.inner.entities,
            actor: actor.clone(),
            pipeline,
            limits: self.options().query.limits(),
            now: self.env().now(),
            seed: u64::from_le_bytes(self.env().random_bytes()),
        };
        self.store().scan(move |tx| job.run(tx)).await
    }
}

/// The kind that a collection's name in a pipeline means.
fn known(name: &str) -> Result<EntityKind, Refusal> {
    EntityKind::parse(name).ok_or_else(|| {
        let names = EntityKind::ALL.map(EntityKind::as_str).join(", ");
        let name = cut(name);
        Refusal::new(format!("there is no collection `{name}`; there are {names}"))
    })
}

impl Job {
    fn run(&self, tx: &mut dyn ReadTx) -> Result<Vec<Jsonb>, Error> {
        let sight = Sight::of(tx, &self.actor)?;
        let plan = match self.pipeline.leading().filter {
            Some(filter) => choose(tx, self.collection, &filter, IDS, Effort::Full)?.unwrap_or(Plan::All),
            None => Plan::All,
        };
        let source = Seen {
            tx,
            sight,
            collections: &self.collections,
            begun: Instant::now(),
            time: self.limits.time,
        };
        self.over(&source, &plan)
            .map_err(|stopped| stopped.into_error("aggregate", self.collection))
    }

    fn over(&self, source: &Seen<'_>, plan: &Plan) -> Result<Vec<Jsonb>, Stopped> {
        let elapsed = || source.begun.elapsed();
        let around = Around {
            now: self.now.0,
            elapsed: &elapsed,
            source,
            seed: self.seed,
            limits: &self.limits,
        };
        let mut run = self.pipeline.start(around);
        source.each(self.collection, plan, &mut |document| run.push(document))?;
        Ok(run.finish()?)
    }
}

/// What the caller sees of all collections.
struct Seen<'t> {
    tx: &'t dyn ReadTx,
    sight: Sight,
    collections: &'t Collections,
    begun: Instant,
    time: Duration,
}

impl Seen<'_> {
    fn each(
        &self,
        collection: CollectionId,
        plan: &Plan,
        each: &mut dyn FnMut(Value<'_>) -> Result<Flow, Refusal>,
    ) -> Result<(), Stopped> {
        let left = self.time.saturating_sub(self.begun.elapsed());
        walk(self.tx, collection, plan, left, |_, body| {
            if !self.sight.sees(body)? {
                return Ok(ControlFlow::Continue(()));
            }
            Ok(match each(body)? {
                Flow::More => ControlFlow::Continue(()),
                Flow::Enough => ControlFlow::Break(()),
            })
        })
    }
}

impl Source for Seen<'_> {
    fn scan(
        &self,
        collection: &str,
        each: &mut dyn FnMut(Value<'_>) -> Result<Flow, Refusal>,
    ) -> Result<(), Refusal> {
        let collection = self.collections.of(known(collection)?);
        self.each(collection, &Plan::All, each)
            .map_err(|stopped| match stopped {
                Stopped::Refusal(refusal) => refusal,
                Stopped::Store(error) => Refusal {
                    at: String::new(),
                    why: error.to_string(),
                    cause: Cause::Damaged,
                },
            })
    }
}
