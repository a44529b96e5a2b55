//! Work on one record after the other, each of which succeeds or fails by itself, some of them in one transaction.
//!
//! What a record's work did is taken back when it fails; the others of its chunk stand. A chunk that was overtaken is
//! done again, in the end record by record, so that what others change all the time is in nobody's way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::jobs::{Interrupt, Report, Run};
use jsonb::Jsonb;
use model::job::{Item, ItemState, Level};
use model::{Code, Error};
use serde_json::json;

use super::{Acting, Went};
use crate::records::Call;
use crate::records::unit::Unit;

/// How long the functions of a chunk run, about.
const WHILE: Duration = Duration::from_millis(500);
/// Changes of a chunk, about.
const CHANGES: usize = 1000;
/// How often a record is tried that is changed all the time.
const ATTEMPTS: usize = 20;
/// The longest response of a record in the results, in characters.
const LONGEST: usize = 64 << 10;

/// What is done with one record.
pub(in crate::kinds) type Perform =
    Arc<dyn Fn(&Unit, &Call, &str) -> Result<Option<Jsonb>, Error> + Send + Sync>;

/// Records, and the number of the first one's item.
pub(in crate::kinds) struct Each<'a> {
    pub(in crate::kinds) ids: &'a [String],
    pub(in crate::kinds) first: u64,
    /// How many there are in all, if that is known.
    pub(in crate::kinds) total: Option<u64>,
    pub(in crate::kinds) perform: Perform,
    /// The checkpoint when so many of them are done.
    pub(in crate::kinds) reached: &'a dyn Fn(usize) -> Result<String, Error>,
}

/// What came of the records of a chunk.
pub(in crate::kinds) type Outcomes = Vec<(String, Result<Option<Jsonb>, Error>)>;

impl Each<'_> {
    /// Works on these records, or the first of them; how many are done. None when they have to be done again, fewer at a
    /// time.
    pub(in crate::kinds) fn work(
        &self,
        run: &mut Run,
        acting: &Acting<'_>,
    ) -> Result<Option<usize>, Interrupt> {
        for attempt in 1..=ATTEMPTS {
            let refused = match self.attempt(run, acting)? {
                Went::Done(chunk) => {
                    let (done, report) = (chunk.value.len(), self.report(&chunk.value)?);
                    if chunk.commit(run, report)? {
                        return Ok(Some(done));
                    }
                    overtaken()
                }
                Went::Stale => overtaken(),
                Went::Broken(error) => error,
            };
            let [id] = self.ids else {
                return Ok(None);
            };
            if refused.code() != Code::VersionConflict || attempt == ATTEMPTS {
                let report = self.report(&vec![(id.clone(), Err(refused))])?;
                run.commit(move |_| Ok(report.clone()))?;
                return Ok(Some(1));
            }
        }
        Ok(None)
    }

    fn attempt(&self, run: &Run, acting: &Acting<'_>) -> Result<Went<Outcomes>, Interrupt> {
        let (perform, call) = (Arc::clone(&self.perform), acting.call.clone());
        let ids = self.ids.to_vec();
        acting.work(run, move |unit| {
            let (begun, mut all) = (Instant::now(), Outcomes::with_capacity(ids.len()));
            for id in ids {
                let outcome = perform(unit, &call, &id);
                if unit.is_over() {
                    return outcome.map(|_| all);
                }
                all.push((id, outcome));
                if begun.elapsed() >= WHILE || unit.changes() >= CHANGES {
                    break;
                }
            }
            Ok(all)
        })
    }

    fn report(&self, outcomes: &Outcomes) -> Result<Report, Error> {
        let checkpoint = (self.reached)(outcomes.len())?;
        report(self.first, outcomes, (checkpoint, self.total))
    }
}

/// The account of outcomes whose items begin at a number.
pub(in crate::kinds) fn report(
    first: u64,
    outcomes: &Outcomes,
    (checkpoint, total): (String, Option<u64>),
) -> Result<Report, Error> {
    let items = (first..).zip(outcomes);
    let items = items.map(|(number, (key, outcome))| item(number, key, outcome));
    let begins = (first == 0).then(|| (Level::Info, "Starting processing".to_owned()));
    Ok(Report {
        items: items.collect::<Result<_, _>>()?,
        processed: outcomes.len() as u64,
        failed: outcomes.iter().filter(|(_, outcome)| outcome.is_err()).count() as u64,
        total,
        checkpoint: Some(checkpoint),
        logs: begins.into_iter().collect(),
        ..Report::default()
    })
}

fn overtaken() -> Error {
    let message = "what this works on is changed all the time";
    Error::new(Code::VersionConflict, message)
}

/// The item of a record.
fn item(number: u64, key: &str, outcome: &Result<Option<Jsonb>, Error>) -> Result<Item, Error> {
    let (state, detail) = match outcome {
        Ok(None) => (ItemState::Done, None),
        Ok(Some(value)) => {
            let text = value.to_text().map_err(Error::internal)?;
            let told = match text.len() > LONGEST {
                false => format!("{{\"response\":{text}}}"),
                true => {
                    let why = format!("the response is longer than {LONGEST} characters and is left out");
                    json!({ "response": null, "note": why }).to_string()
                }
            };
            (ItemState::Done, Some(told))
        }
        Err(error) => (
            ItemState::Failed,
            Some(json!({ "error": error.message() }).to_string()),
        ),
    };
    Ok(Item {
        number,
        key: key.to_owned(),
        state,
        detail,
    })
}
