//! The job of one change of the app: records rewritten, references brought up to date, indexes filled, fields over other
//! records counted, leftovers swept.
//!
//! What there is to do follows from what is stored (`work`): the definitions between the form that all records are known
//! to have and the one in force. So a job that was cut off, or cancelled, leaves nothing that the next one does not
//! find, and one that is overtaken by a newer definition ends at its next chunk. Every chunk commits its records, its
//! errors and the place where it ended together. What functions of the app compute is computed before the transaction
//! that writes it, and again when a record was changed in between.

mod chunk;
mod work;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use ::jobs::{Interrupt, Kind, Outcome, Run};
use model::Error;
use serde::{Deserialize, Serialize};

use super::to_json;
use crate::records::{AllComputed, Counted, Recompute, State, count, stores_results};
use chunk::{Chunk, RECORDS};
use work::{Stage, Work};

/// The kind's name.
pub(crate) const KIND: &str = "apply-app";

/// What such a job is to do.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Params {
    /// The number of the definition.
    pub(crate) number: u64,
}

/// Where a run goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// The number of the stage.
    stage: usize,
    /// The record up to which the stage has come.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    after: String,
    /// The last record of the stage: those that are made later need nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// Indexes that cannot be built, by entity and name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    broken: Vec<(String, String)>,
    /// The number of the next item.
    items: u64,
    /// Whether a newer definition took over.
    #[serde(default)]
    overtaken: bool,
}

impl Position {
    /// The beginning of the next stage.
    fn next_stage(&self) -> Self {
        Self {
            stage: self.stage + 1,
            after: String::new(),
            until: None,
            ..self.clone()
        }
    }
}

/// What came out.
#[derive(Serialize)]
struct Results {
    definition: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    overtaken: bool,
    /// Unique indexes that could not be built.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_unique: Vec<String>,
}

/// See the module.
pub(crate) struct ApplyApp {
    records: State,
}

impl ApplyApp {
    pub(crate) fn new(records: &State) -> Self {
        let records = records.clone();
        Self { records }
    }

    /// What there is to do, with the functions of the app; none when another definition is in force.
    fn work(&self, run: &Run, number: u64) -> Result<Option<Work>, Error> {
        let load = move |tx: &mut dyn storage::ReadTx| Work::load(tx, number);
        let Some(work) = run.store().read_blocking(load)? else {
            return Ok(None);
        };
        let scripts = self.records.load_scripts(work.catalogue.app())?;
        Ok(Some(work.with_functions(scripts, run.env().clone())))
    }
}

impl Kind for ApplyApp {
    fn name(&self) -> &'static str {
        KIND
    }

    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt> {
        let Params { number } = run.params()?;
        let position: Position = run.checkpoint()?.unwrap_or_default();
        let place = Arc::new(Mutex::new(position));
        if let Some(work) = self.work(run, number)? {
            let work = Arc::new(work);
            let mut most = RECORDS;
            while !at(&place).overtaken && at(&place).stage < work.stages.len() {
                let from = at(&place);
                step(run, &work, &place, most)?;
                // What others change faster than it is computed is computed one by one.
                most = if at(&place) == from { 1 } else { RECORDS };
            }
        }
        let end = at(&place);
        let results = Results {
            definition: number,
            overtaken: end.overtaken,
            not_unique: end
                .broken
                .iter()
                .map(|(entity, index)| format!("{index} of {entity}"))
                .collect(),
        };
        Ok(Outcome::Finished(Some(to_json(&results)?)))
    }
}

fn at(place: &Mutex<Position>) -> Position {
    place.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// One chunk of work; of what functions compute, at most so many records.
fn step(run: &mut Run, work: &Arc<Work>, place: &Arc<Mutex<Position>>, most: u64) -> Result<(), Interrupt> {
    let from = at(place);
    let computed = match &work.stages[from.stage] {
        Stage::Compute(name) => compute(run, work, name, (&from.after, most), None)?,
        Stage::Refresh(name, targets) if stores_results(work.catalogue.entity(name)?) => {
            compute(run, work, name, (&from.after, most), Some(targets))?
        }
        _ => AllComputed::new(),
    };
    let counted = match &work.stages[from.stage] {
        Stage::Count(name) => {
            let (counting, name, after) = (Arc::clone(work), name.clone(), from.after.clone());
            run.store().scan_blocking(move |tx| {
                let catalogue = &counting.catalogue;
                count(tx, (catalogue, catalogue.entity(&name)?), (&after, most))
            })?
        }
        _ => Counted::default(),
    };
    let chunk = Chunk {
        work: Arc::clone(work),
        from,
        computed,
        counted,
        job: run.job().seq,
        now: run.now(),
    };
    let reached = Arc::clone(place);
    run.commit(move |tx| -> Result<_, Error> {
        let (position, report) = chunk.apply(tx)?;
        *reached.lock().unwrap_or_else(PoisonError::into_inner) = position;
        Ok(report)
    })
}

/// Has the functions of an entity called on its next records, before the transaction that writes what comes out; with
/// targets, on those whose references to records of these entities are not up to date.
fn compute(
    run: &Run,
    work: &Work,
    name: &str,
    range: (&str, u64),
    targets: Option<&BTreeSet<String>>,
) -> Result<AllComputed, Interrupt> {
    let recompute = Arc::new(Recompute {
        catalogue: Arc::clone(&work.catalogue),
        entity: work.catalogue.entity(name)?.clone(),
        now: run.now(),
        runner: run.handle(),
    });
    match targets {
        Some(targets) => recompute.refreshed(run.store(), range, targets, || run.check()),
        None => recompute.next(run.store(), range, || run.check()),
    }
}
