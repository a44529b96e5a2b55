//! Aggregations over the records that the caller may read (`contracts/slingr.md` §3).
//!
//! Two things keep results from telling what the caller could not see. The fields that operations look at must be readable
//! on every record that he reads, else all of it is refused; and records go in without what he may not read of them
//! (`seen`), so what was not named does not come out either. That holds for records that are joined as well. All of it
//! happens on one snapshot, on a thread for long reads.

mod seen;
mod shown;

use std::sync::Arc;

use app::aggregates::{Aggregate, aggregate};
use app::permissions::Right;
use jsonb::{Jsonb, Value};
use model::{Code, Env, Error, Timestamp};
use query::{Around, Cause, Filter, Limits};
use storage::ReadTx;

use super::catalogue::Catalogue;
use super::list::{IDS, check_field};
use super::rights::{Rights, with_scope};
use super::{Call, EntityRef};
use crate::search::{Effort, Plan, Stopped, choose, damaged};
use crate::{Engine, GroupKeys};
pub(super) use seen::visible;
use seen::{Seen, Sight};
use shown::shown;

/// An aggregation to be made.
pub(super) struct Job {
    catalogue: Arc<Catalogue>,
    entity: EntityRef,
    call: Call,
    aggregate: Aggregate,
    limits: Limits,
    now: Timestamp,
    seed: u64,
    keys: GroupKeys,
}

impl Engine {
    /// Runs the operations of an aggregation (`contracts/slingr.md` §3) and answers what comes out.
    ///
    /// # Errors
    /// `bad-request` for what cannot be computed, or takes more than is allowed; `forbidden` for fields that the caller
    /// may not read.
    pub async fn aggregate_records(
        &self,
        call: &Call,
        entity: &EntityRef,
        stages: Value<'_>,
    ) -> Result<Vec<Jsonb>, Error> {
        let catalogue = self.catalogue()?;
        let limits = (&self.options().query.limits(), self.options().slingr.group_keys);
        let job = Job::of((&catalogue, entity, call), stages, limits, self.env())?;
        self.store().scan(move |tx| job.run(tx)).await
    }
}

/// Refuses fields that the caller may not look at.
fn check(
    catalogue: &Catalogue,
    (entity, rights): (&EntityRef, &Rights<'_>),
    call: &Call,
    lowered: &Aggregate,
) -> Result<(), Error> {
    for path in &lowered.fields_used {
        check_field(entity, rights, path)?;
    }
    for lookup in &lowered.lookups {
        let other = catalogue.entity(&lookup.entity)?;
        let theirs = Rights::of(catalogue, other, call)?;
        theirs.check(Right::Read)?;
        // The empty path is the joined record as a whole, of which only what may be read is there.
        for path in lookup.fields_used.iter().filter(|path| !path.is_empty()) {
            check_field(other, &theirs, path)?;
        }
    }
    Ok(())
}

impl Job {
    /// An aggregation for a caller.
    pub(super) fn of(
        (catalogue, entity, call): (&Arc<Catalogue>, &EntityRef, &Call),
        stages: Value<'_>,
        (limits, keys): (&Limits, GroupKeys),
        env: &Env,
    ) -> Result<Self, Error> {
        let rights = Rights::of(catalogue, entity, call)?;
        rights.check(Right::Read)?;
        let lowered = with_scope(catalogue, entity, call, |scope| aggregate(scope, stages));
        let lowered = lowered.map_err(|error| Error::new(Code::BadRequest, error.to_string()))?;
        check(catalogue, (entity, &rights), call, &lowered)?;
        Ok(Self {
            entity: entity.clone(),
            call: call.clone(),
            aggregate: lowered,
            limits: limits.clone(),
            now: env.now(),
            seed: u64::from_le_bytes(env.random_bytes()),
            catalogue: Arc::clone(catalogue),
            keys,
        })
    }

    /// What comes out.
    pub(super) fn run(&self, tx: &mut dyn ReadTx) -> Result<Vec<Jsonb>, Error> {
        let rights = Rights::of(&self.catalogue, &self.entity, &self.call)?;
        let plan = self.plan(tx, &rights)?;
        let sight = Sight::of(&self.entity, rights);
        let seen = Seen::new(tx, &self.catalogue, &self.call, &self.limits);
        let results = self.over(&seen, &sight, &plan);
        if let Some(failure) = seen.into_failure() {
            return Err(failure);
        }
        let results = results.map_err(|stopped| self.stopped(stopped))?;
        let (zone, output) = (self.catalogue.zone(), &self.aggregate.output);
        let shown = |result: &Jsonb| shown(result.root(), output, zone, self.keys).map_err(Error::internal);
        results.iter().map(shown).collect()
    }

    /// Where to look for records that the pipeline begins with and the caller may read.
    fn plan(&self, tx: &mut dyn ReadTx, rights: &Rights<'_>) -> Result<Plan, Error> {
        let asked = self.aggregate.pipeline.leading().filter;
        let asked = asked.unwrap_or_else(Filter::all);
        let filter = match rights.read().is_all() {
            true => asked,
            false => asked.and(rights.read().filter()),
        };
        let plan = choose(tx, self.entity.collection(), &filter, IDS, Effort::Full)?;
        Ok(plan.unwrap_or(Plan::All))
    }

    fn over(&self, seen: &Seen<'_>, sight: &Sight<'_>, plan: &Plan) -> Result<Vec<Jsonb>, Stopped> {
        let elapsed = || seen.elapsed();
        let around = Around {
            now: self.now.0,
            elapsed: &elapsed,
            source: seen,
            seed: self.seed,
            limits: &self.limits,
        };
        let mut run = self.aggregate.pipeline.start(around);
        seen.each(sight, plan, &mut |document| run.push(document))?;
        Ok(run.finish()?)
    }

    fn stopped(&self, stopped: Stopped) -> Error {
        match stopped {
            Stopped::Store(error) => error.into(),
            Stopped::Refusal(refusal) if refusal.cause == Cause::Damaged => {
                damaged(self.entity.collection(), refusal)
            }
            Stopped::Refusal(refusal) => Error::new(Code::BadRequest, refusal.to_string()),
        }
    }
}
