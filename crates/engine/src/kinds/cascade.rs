//! The job that carries a changed or deleted record over to those that refer to it.
//!
//! One relationship after the other, along its index, some records at a time; the checkpoint names the relationships that
//! are done, which another definition of the app may have in another order, and the last record of the next one.

use std::ops::ControlFlow;

use ::jobs::{Interrupt, Kind, Outcome, Report, Run};
use model::Error;
use query::Direction;
use serde::{Deserialize, Serialize};
use storage::Tx;
use storage::tables::records::Place;
use storage::tables::walks::IndexWalk;

use super::{Tools, to_json};
use crate::apps::Applied;
use crate::records::cascade::{KIND, Params, follow, range_of};
use crate::records::{Catalogue, EntityRef, Inbound, Scripts, State};

/// Records that are committed together.
const BATCH: usize = 50;

/// Where to go on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct At {
    /// The relationships that are done: entity and path.
    done: Vec<(String, String)>,
    /// The one that is worked on, and its last record that is done.
    within: Option<(String, String, i64)>,
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

    /// The same when these records are done.
    fn advanced(&self, inbound: &Inbound, places: &[Place]) -> Self {
        let (entity, path) = (inbound.entity.clone(), inbound.path.clone());
        let mut next = self.clone();
        match places.last() {
            Some(last) if places.len() == BATCH => next.within = Some((entity, path, last.0)),
            _ => {
                next.within = None;
                next.done.push((entity, path));
            }
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
        let Some(catalogue) = self.records.catalogue() else {
            return Ok(Outcome::Hold(
                "there is no app yet whose records these are".to_owned(),
            ));
        };
        let Ok(entity) = catalogue.entity(&params.entity).cloned() else {
            return Ok(Outcome::Finished(None));
        };
        let mut at: At = run.checkpoint()?.unwrap_or_default();
        while let Some(inbound) = at.next(&entity) {
            let collection = catalogue.entity(&inbound.entity)?.collection();
            let (index, range) = (inbound.index(), range_of(&params.id)?);
            let after = at.after(inbound);
            let places = run.store().read_blocking(move |tx| {
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
                    match places.len() < BATCH {
                        true => ControlFlow::Continue(()),
                        false => ControlFlow::Break(()),
                    }
                })?;
                Ok::<_, Error>(places)
            })?;
            at = at.advanced(inbound, &places);
            let (catalogue, inbound, params) = (catalogue.clone(), inbound.clone(), params.clone());
            let (runner, checkpoint) = (run.handle(), to_json(&at)?);
            run.commit(move |tx| {
                let newer = newer(tx, &catalogue)?;
                let catalogue = newer.as_ref().unwrap_or(&catalogue);
                if let Some(inbound) = same(catalogue, &params.entity, &inbound) {
                    for place in &places {
                        follow(tx, (catalogue, &runner), &params, inbound, *place)?;
                    }
                }
                Ok(Report {
                    processed: places.len() as u64,
                    checkpoint: Some(checkpoint.clone()),
                    ..Report::default()
                })
            })?;
        }
        Ok(Outcome::Finished(None))
    }
}

/// The entities by the definition in force, if that is not the known one any more.
fn newer(tx: &mut dyn Tx, known: &Catalogue) -> Result<Option<Catalogue>, Error> {
    if known.is_current(tx)? {
        return Ok(None);
    }
    let Some(applied) = Applied::load(tx)? else {
        return Ok(None);
    };
    // References are made without the functions of the app.
    let fresh = Catalogue::of(tx, &applied)?.with_functions(Scripts::default(), known.env().clone());
    Ok(Some(fresh))
}

/// A relationship as it is in this catalogue, if it is.
fn same<'c>(catalogue: &'c Catalogue, entity: &str, known: &Inbound) -> Option<&'c Inbound> {
    let mut all = catalogue.entity(entity).ok()?.inbound().iter();
    all.find(|one| (&one.entity, &one.path) == (&known.entity, &known.path))
}
