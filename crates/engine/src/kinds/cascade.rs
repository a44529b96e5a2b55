//! The job that carries a changed or deleted record over to those that refer to it.
//!
//! One relationship after the other, along its index, some records at a time; the checkpoint names the relationships that
//! are done, which another definition of the app may have in another order, and the last record of the next one. What
//! functions of the app give the records is computed before each transaction, and again when it was overtaken.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use ::jobs::{Interrupt, Kind, Outcome, Report, Run};
use model::Error;
use query::Direction;
use serde::{Deserialize, Serialize};
use storage::tables::records::Place;
use storage::tables::walks::IndexWalk;
use storage::{ReadTx, Tx};

use super::trouble::Trouble;
use super::{Tools, to_json};
use crate::records::cascade::{Follow, Followed, KIND, Params, range_of};
use crate::records::{AllComputed, Catalogue, EntityRef, Inbound, Ledger, Recompute, State, stores_results};

/// Records that are committed together.
const BATCH: usize = 50;

/// Where to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct At {
    /// The relationships that are done: entity and path.
    done: Vec<(String, String)>,
    /// The one that is worked on, and its last record that is done.
    within: Option<(String, String, i64)>,
    /// The number of the next item.
    #[serde(default)]
    items: u64,
}

impl At {
    /// The relationship that comes next.
    fn next<'e>(&self, entity: &'e EntityRef) -> Option<&'e Inbound> {
        let done = |one: &Inbound| {
            self.done
                .iter()
                .any(|(entity, path)| (entity, path) == (&one.entity, &one.path))
        };
        entity.inbound().iter().find(|one| !done(one))
    }

    /// The record behind which to go on with a relationship.
    fn after(&self, inbound: &Inbound) -> Option<Place> {
        let (entity, path, place) = self.within.as_ref()?;
        ((entity, path) == (&inbound.entity, &inbound.path)).then_some(Place(*place))
    }

    /// The same when these records are done, which may be the last ones of the relationship.
    fn advanced(&self, inbound: &Inbound, places: &[Place], last: bool) -> Self {
        let (entity, path) = (inbound.entity.clone(), inbound.path.clone());
        let mut next = self.clone();
        if last {
            next.within = None;
            next.done.push((entity, path));
        } else if let Some(last) = places.last() {
            next.within = Some((entity, path, last.0));
        }
        next
    }
}

/// See the module.
pub(crate) struct Cascade {
    records: State,
}

impl Cascade {
    pub(crate) fn new(tools: &Tools) -> Self {
        Self {
            records: tools.records.clone(),
        }
    }
}

impl Kind for Cascade {
    fn name(&self) -> &'static str {
        KIND
    }

    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt> {
        let params: Params = run.params()?;
        let Some(mut catalogue) = self.records.catalogue() else {
            return Ok(Outcome::Hold(
                "there is no app yet whose records these are".to_owned(),
            ));
        };
        let place = Arc::new(Mutex::new(run.checkpoint()?.unwrap_or_default()));
        let mut most = BATCH;
        loop {
            if let Some(newer) = self.newer(run, &catalogue)? {
                catalogue = newer;
            }
            let Ok(entity) = catalogue.entity(&params.entity) else {
                return Ok(Outcome::Finished(None));
            };
            let from = at(&place);
            let Some(inbound) = from.next(entity).cloned() else {
                return Ok(Outcome::Finished(None));
            };
            let chunk = Chunk {
                catalogue: Arc::clone(&catalogue),
                params: params.clone(),
                inbound,
                from,
            };
            chunk.carry_out(run, &place, most)?;
            // What others change faster than it is computed is computed one by one.
            most = if at(&place) == chunk.from { 1 } else { BATCH };
        }
    }
}

impl Cascade {
    /// The entities by the definition in force, if that is not the known one any more.
    fn newer(&self, run: &Run, known: &Arc<Catalogue>) -> Result<Option<Arc<Catalogue>>, Error> {
        let asked = Arc::clone(known);
        let load = move |tx: &mut dyn ReadTx| asked.newer(tx);
        let Some(fresh) = run.store().read_blocking(load)? else {
            return Ok(None);
        };
        let scripts = self.records.load_scripts(fresh.app())?;
        Ok(Some(Arc::new(fresh.with_functions(scripts, run.env().clone()))))
    }
}

fn at(place: &Mutex<At>) -> At {
    place.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Records that are committed together.
#[derive(Clone)]
struct Chunk {
    catalogue: Arc<Catalogue>,
    params: Params,
    inbound: Inbound,
    from: At,
}

impl Chunk {
    fn carry_out(&self, run: &mut Run, reached: &Arc<Mutex<At>>, most: usize) -> Result<(), Interrupt> {
        let places = self.places(run, most)?;
        let computed = self.computed(run, &places)?;
        let (chunk, runner) = (self.clone(), run.handle());
        let reached = Arc::clone(reached);
        run.commit(move |tx| {
            let follow = Follow {
                catalogue: &chunk.catalogue,
                runner: &runner,
                params: &chunk.params,
                inbound: &chunk.inbound,
            };
            let (at, report) = chunk.write(tx, &follow, (&places, most), &computed)?;
            *reached.lock().unwrap_or_else(PoisonError::into_inner) = at;
            Ok(report)
        })
    }

    /// The next records that refer to the changed one.
    fn places(&self, run: &Run, most: usize) -> Result<Vec<Place>, Error> {
        let collection = self.catalogue.entity(&self.inbound.entity)?.collection();
        let (index, range) = (self.inbound.index(), range_of(&self.params.id)?);
        let after = self.from.after(&self.inbound);
        run.store().read_blocking(move |tx| {
            let key = super::lower_bound(&range);
            let walk = IndexWalk {
                index: &index,
                range: &range,
                after: after.map(|place| (key, place)),
                direction: Direction::Ascending,
            };
            let mut places = Vec::new();
            tx.walk_by_index(collection, &walk, &mut |seen| {
                places.push(seen.place);
                match places.len() < most {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                }
            })?;
            Ok(places)
        })
    }

    /// What functions of the app give these records; nothing when they have no say.
    fn computed(&self, run: &Run, places: &[Place]) -> Result<AllComputed, Interrupt> {
        let entity = self.catalogue.entity(&self.inbound.entity)?;
        if !stores_results(entity) {
            return Ok(AllComputed::new());
        }
        let recompute = Arc::new(Recompute {
            catalogue: Arc::clone(&self.catalogue),
            entity: entity.clone(),
            now: run.now(),
            runner: run.handle(),
        });
        let change = (&self.params, &self.inbound);
        recompute.followers(run.store(), change, places, || run.check())
    }

    /// Writes the records up to the first one whose computation was overtaken.
    fn write(
        &self,
        tx: &mut dyn Tx,
        follow: &Follow<'_>,
        (places, most): (&[Place], usize),
        computed: &AllComputed,
    ) -> Result<(At, Report), Error> {
        let (mut at, mut report, mut done) = (self.from.clone(), Report::default(), 0);
        let mut ledger = Ledger::of(&self.catalogue);
        if self.catalogue.is_current(tx)? {
            for place in places {
                match follow.write((tx, &mut ledger), *place, computed)? {
                    Followed::Done => {}
                    Followed::Stale => break,
                    Followed::Trouble { record, error } => {
                        report.failed += 1;
                        report
                            .items
                            .push(self.trouble(&record, &error).item(&mut at.items, &record)?);
                    }
                }
                done += 1;
            }
            at = at.advanced(
                &self.inbound,
                &places[..done],
                done == places.len() && done < most,
            );
        }
        ledger.settle(tx)?;
        report.processed = done as u64;
        report.checkpoint = Some(to_json(&at)?);
        Ok((at, report))
    }

    fn trouble(&self, record: &str, error: &str) -> Trouble {
        let entity = &self.inbound.entity;
        Trouble {
            entity: entity.clone(),
            field: self.inbound.path.clone(),
            records: vec![record.to_owned()],
            error: format!("record {record} of {entity} follows only in part: {error}"),
        }
    }
}
