//! The job that undoes another one: the lines of history that the other wrote, some of them in each transaction.
//!
//! Entity by entity, the newest lines first, so that what the job did is taken back in the reverse of its order. What one
//! record needs may still be another one that comes later, so all of that is done again, then the other way round, as long
//! as it brings something back; what is refused in the last round is a conflict. The checkpoint says how far it has come, and a record that was
//! restored is known by its newest line, so nothing is done twice.

use std::sync::{Arc, Mutex, PoisonError};

use ::jobs::{Interrupt, Kind, Outcome, Report, Run};
use model::job::{Item, ItemState, Level};
use model::{Error, HistorySeq, Timestamp};
use query::Direction;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use storage::Tx;
use storage::tables::history::JobLines;

use super::{Tools, to_json};
use crate::records::undo::{Conflict, KIND, Outcome as Came, Params, Patience, Undoing, next_entity};
use crate::records::{Catalogue, EntityRef};

/// Lines of one chunk: others wait for some tens of milliseconds.
const BATCH: u64 = 100;
/// Conflicts that the result names at most.
const NAMED: u64 = 1000;
/// Rounds of one patience at most.
const ROUNDS: u32 = 10;

/// Where to go on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct At {
    /// The entity that is worked on.
    entity: Option<String>,
    /// The line beyond which to go on in its history.
    beyond: Option<i64>,
    patience: Patience,
    /// Rounds of this patience that are behind it.
    rounds: u32,
    /// What this round has brought back, what waits for another one, and what is refused whatever comes.
    moved: u64,
    waiting: u64,
    refused: u64,
    /// In all.
    restored: u64,
    conflicts: u64,
    /// Whether there is nothing left.
    over: bool,
}

impl At {
    /// The same behind all lines of an entity.
    fn past(self, catalogue: &Catalogue) -> Self {
        let next = next_entity(catalogue, self.entity.as_deref());
        let past = Self {
            entity: next.map(|entity| entity.name.clone()),
            beyond: None,
            ..self
        };
        match past.entity {
            Some(_) => past,
            None => past.round(),
        }
    }

    /// Which lines come first: every other round the oldest, for what needs one another is mostly in order.
    fn direction(&self) -> Direction {
        match self.rounds % 2 {
            0 => Direction::Descending,
            _ => Direction::Ascending,
        }
    }

    /// The same at the end of a round.
    fn round(self) -> Self {
        let again = self.moved > 0 && self.rounds < ROUNDS;
        let (patience, rounds) = match (self.waiting, again, self.patience) {
            (1.., true, patience) => (patience, self.rounds + 1),
            (1.., false, Patience::Strict) => (Patience::Lenient, 0),
            _ => (Patience::Last, 0),
        };
        Self {
            over: self.waiting + self.refused == 0 || self.patience == Patience::Last,
            patience,
            rounds,
            moved: 0,
            waiting: 0,
            refused: 0,
            ..self
        }
    }
}

/// See the module.
pub(crate) struct Undo {
    tools: Tools,
}

impl Undo {
    pub(crate) fn new(tools: &Tools) -> Self {
        Self { tools: tools.clone() }
    }
}

impl Kind for Undo {
    fn name(&self) -> &'static str {
        KIND
    }

    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt> {
        let params: Arc<Params> = Arc::new(run.params()?);
        let mut at: At = match run.checkpoint()? {
            Some(at) => at,
            None => {
                run.log(Level::Info, "Starting processing");
                At::default()
            }
        };
        while !at.over {
            let Some(catalogue) = self.tools.catalogue_of(run)? else {
                return Ok(Outcome::Hold(
                    "there is no app yet whose records these are".to_owned(),
                ));
            };
            run.check()?;
            let Some(Ok(entity)) = at.entity.as_deref().map(|name| catalogue.entity(name)) else {
                at = at.past(&catalogue);
                continue;
            };
            let lines = lines(run, &params, (entity, &at))?;
            let Some((last, _)) = lines.last() else {
                at = at.past(&catalogue);
                continue;
            };
            let next = At {
                beyond: Some(last.0),
                ..at
            };
            let chunk = Chunk {
                alive_since: run.now().plus_millis(-self.tools.options.slingr.orphan_ms()),
                catalogue,
                params: Arc::clone(&params),
                lines,
            };
            at = chunk.undo(run, next)?;
        }
        run.log(Level::Info, "Process completed");
        Ok(Outcome::Finished(Some(results(run, &at)?)))
    }
}

type Lines = Vec<(HistorySeq, String)>;

/// The next lines that the job wrote.
fn lines(run: &Run, params: &Params, (entity, at): (&EntityRef, &At)) -> Result<Lines, Error> {
    let collection = entity.collection();
    let asked = JobLines {
        job: params.undone,
        from: params.since,
        direction: at.direction(),
        beyond: at.beyond.map(HistorySeq),
    };
    let store = run.store();
    store.scan_blocking(move |tx| Ok::<_, Error>(tx.job_lines(collection, &asked, BATCH)?))
}

/// Lines whose records are restored together.
struct Chunk {
    catalogue: Arc<Catalogue>,
    params: Arc<Params>,
    lines: Lines,
    alive_since: Timestamp,
}

impl Chunk {
    /// Where to go on behind it; `next` is that as far as it is known before.
    fn undo(self, run: &mut Run, next: At) -> Result<At, Interrupt> {
        let reached = Arc::new(Mutex::new(next.clone()));
        let (noted, runner, job) = (Arc::clone(&reached), run.handle(), run.job().seq);
        run.commit(move |tx| {
            // Another node may have put a definition in force that this one has not seen.
            let newer = self.catalogue.newer(tx)?;
            let catalogue = newer.as_ref().unwrap_or(&self.catalogue);
            let (mut at, mut report) = (next.clone(), Report::default());
            if let Ok(entity) = catalogue.entity(next.entity.as_deref().unwrap_or_default()) {
                let call = self.params.call(tx)?;
                let how = (job, next.patience, self.alive_since);
                let undoing = self.params.undoing((catalogue, &runner), entity, &call, how)?;
                self.each(tx, &undoing, (&mut at, &mut report))?;
                undoing.settle(tx)?;
            }
            report.checkpoint = Some(to_json(&at)?);
            *noted.lock().unwrap_or_else(PoisonError::into_inner) = at;
            Ok(report)
        })?;
        let at = reached.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(at)
    }

    fn each(
        &self,
        tx: &mut dyn Tx,
        undoing: &Undoing<'_>,
        (at, report): (&mut At, &mut Report),
    ) -> Result<(), Error> {
        for (place, id) in &self.lines {
            let mut restored = Vec::new();
            let came = undoing.line(tx, (id, *place), &mut restored)?;
            for id in restored {
                report.items.push(item(at, &id, None)?);
                (at.restored, at.moved) = (at.restored + 1, at.moved + 1);
            }
            match came {
                Came::Told => {}
                Came::Waits => at.waiting += 1,
                Came::Refused => at.refused += 1,
                Came::Conflict(conflict) => {
                    report.items.push(item(at, id, Some(&conflict))?);
                    let (of, why) = (&conflict.entity, &conflict.error);
                    let line = format!("record {id} of {of} stays as it is: {why}");
                    report.logs.push((Level::Error, line));
                    report.failed += 1;
                    at.conflicts += 1;
                }
            }
        }
        report.processed = report.items.len() as u64;
        Ok(())
    }
}

/// The item of a record; of the next number.
fn item(at: &At, id: &str, conflict: Option<&Conflict>) -> Result<Item, Error> {
    Ok(Item {
        number: at.restored + at.conflicts,
        key: id.to_owned(),
        state: match conflict {
            None => ItemState::Done,
            Some(_) => ItemState::Failed,
        },
        detail: conflict.map(to_json).transpose()?,
    })
}

/// How many came back, and the records that did not.
fn results(run: &Run, at: &At) -> Result<String, Interrupt> {
    let job = run.job().seq;
    let items = run
        .store()
        .read_blocking(move |tx| Ok::<_, Error>(tx.items_from(job, &[ItemState::Failed], 0, NAMED)?))?;
    let mut named = Map::new();
    for item in items {
        let detail: Option<Json> = item.detail.and_then(|text| serde_json::from_str(&text).ok());
        named.insert(item.key, detail.unwrap_or_default());
    }
    let told = json!({
        "recordsRestored": at.restored,
        "conflicts": at.conflicts,
        "conflictingRecords": named,
    });
    Ok(to_json(&told)?)
}
