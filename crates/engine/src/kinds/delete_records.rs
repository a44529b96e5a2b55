//! The job that deletes many records: one item per record, some of them in each transaction.
//!
//! Records that are named are taken in their order, those of a filter in the order of their ids; the checkpoint says how
//! far that has come. Where listeners hear of deletions, what they do is written with them. What came out is a map of the
//! first thousand.

use std::sync::Arc;

use ::jobs::{Interrupt, Kind, Outcome, Report, Run};
use model::Error;
use model::job::{Item, ItemState, Level};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::acting::Acting;
use super::acting::each::Each;
use super::{Tools, to_json};
use crate::records::bulk_job::{KIND, Next, Params};
use crate::records::{Catalogue, Ledger};

/// Records that are committed together: others wait for about ten milliseconds.
const BATCH: usize = 500;
/// Records that the result names at most.
const NAMED: u64 = 1000;

/// Where to go on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct At {
    /// Records done, which is also the number of the next item.
    done: u64,
    /// The id behind which the filter looks on.
    after: Option<String>,
    /// Whether there is nothing left.
    over: bool,
}

/// See the module.
pub(crate) struct DeleteRecords {
    tools: Tools,
}

impl DeleteRecords {
    pub(crate) fn new(tools: &Tools) -> Self {
        Self { tools: tools.clone() }
    }
}

impl Kind for DeleteRecords {
    fn name(&self) -> &'static str {
        KIND
    }

    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt> {
        let params: Arc<Params> = Arc::new(run.params()?);
        let Some(catalogue) = self.tools.records.catalogue() else {
            return Ok(Outcome::Hold(
                "there is no app yet whose records these are".to_owned(),
            ));
        };
        let mut at = match run.checkpoint()? {
            Some(at) => at,
            None => {
                run.log(Level::Info, "Starting processing");
                At::default()
            }
        };
        let mut most = BATCH;
        while !at.over {
            if let Some(acting) = self.heard(run, &params)? {
                if let Some(reached) = heard_chunk(run, &acting, (&params, &at), most)? {
                    (at, most) = (reached, BATCH);
                } else {
                    most = 1;
                }
                continue;
            }
            let next = next(run, &catalogue, (&params, &at), BATCH)?;
            let first = at.done;
            at = At {
                done: at.done + next.ids.len() as u64,
                over: next.after.is_none(),
                after: next.after,
            };
            chunk(run, (&catalogue, &params), next.ids, first, &at)?;
        }
        run.settle()?;
        run.log(Level::Info, "Process completed");
        Ok(Outcome::Finished(Some(results(run)?)))
    }
}

impl DeleteRecords {
    /// What deletes records of which listeners hear; none where none does.
    fn heard(&self, run: &Run, params: &Arc<Params>) -> Result<Option<Acting<'_>>, Interrupt> {
        let Some(catalogue) = self.tools.catalogue_of(run)?.filter(|_| params.trigger_events) else {
            return Ok(None);
        };
        if !params.is_heard(&catalogue)? {
            return Ok(None);
        }
        let asked = Arc::clone(params);
        let call = run.store().read_blocking(move |tx| asked.call(tx))?;
        Ok(Some(Acting {
            tools: &self.tools,
            catalogue,
            call,
            depth: 0,
        }))
    }
}

/// Deletes the next records, with what listeners do about it.
fn heard_chunk(
    run: &mut Run,
    acting: &Acting<'_>,
    (params, at): (&Arc<Params>, &At),
    most: usize,
) -> Result<Option<At>, Interrupt> {
    let next = next(run, &acting.catalogue, (params, at), most)?;
    let reached = |done: usize| {
        let whole = done == next.ids.len();
        At {
            done: at.done + done as u64,
            after: match whole {
                true => next.after.clone(),
                false => done.checked_sub(1).and_then(|last| next.ids.get(last)).cloned(),
            },
            over: whole && next.after.is_none(),
        }
    };
    if next.ids.is_empty() {
        return Ok(Some(reached(0)));
    }
    let deleting = Arc::clone(params);
    let each = Each {
        ids: &next.ids,
        first: at.done,
        total: params.ids.as_ref().map(|ids| ids.len() as u64),
        perform: Arc::new(move |unit, call, id| deleting.remove(unit, call, id).map(|()| None)),
        reached: &|done| to_json(&reached(done)),
    };
    Ok(each.work(run, acting)?.map(reached))
}

fn next(
    run: &Run,
    catalogue: &Arc<Catalogue>,
    (params, at): (&Arc<Params>, &At),
    most: usize,
) -> Result<Next, Interrupt> {
    if let Some(ids) = &params.ids {
        let begin = usize::try_from(at.done).unwrap_or(usize::MAX).min(ids.len());
        let end = (begin + most).min(ids.len());
        return Ok(Next {
            ids: ids[begin..end].to_vec(),
            after: (end < ids.len()).then(String::new),
        });
    }
    let (catalogue, params, after) = (Arc::clone(catalogue), Arc::clone(params), at.after.clone());
    let found = run.store().read_blocking(move |tx| {
        let newer = catalogue.newer(tx)?;
        let catalogue = newer.as_ref().unwrap_or(&catalogue);
        params.next(tx, catalogue, after.as_deref(), most)
    })?;
    Ok(found)
}

fn chunk(
    run: &mut Run,
    (catalogue, params): (&Arc<Catalogue>, &Arc<Params>),
    ids: Vec<String>,
    first: u64,
    at: &At,
) -> Result<(), Interrupt> {
    let (catalogue, params) = (Arc::clone(catalogue), Arc::clone(params));
    let (runner, job, checkpoint) = (run.handle(), run.job().seq, to_json(at)?);
    // The next ones are looked for meanwhile: they lie behind these, whatever becomes of them.
    run.commit_async(move |tx| {
        let call = params.call(tx)?;
        let mut report = Report {
            processed: ids.len() as u64,
            total: params.ids.as_ref().map(|ids| ids.len() as u64),
            checkpoint: Some(checkpoint.clone()),
            ..Report::default()
        };
        // Another node may have put a definition in force that this one has not seen.
        let newer = catalogue.newer(tx)?;
        let catalogue = newer.as_ref().unwrap_or(&catalogue);
        let deleting = params.deleting(tx, (catalogue, &runner), (&call, &ids), job)?;
        let entity = catalogue.entity(&params.entity)?;
        let known: Vec<&str> = ids.iter().map(String::as_str).collect();
        tx.foresee(entity.collection(), &known)?;
        let mut ledger = Ledger::of(catalogue);
        for (number, id) in (first..).zip(&ids) {
            let outcome = deleting.one(tx, &mut ledger, id)?;
            report.failed += u64::from(outcome.is_err());
            report.items.push(item(number, id, outcome));
        }
        ledger.settle(tx)?;
        Ok(report)
    })
}

fn item(number: u64, id: &str, outcome: Result<(), Error>) -> Item {
    Item {
        number,
        key: id.to_owned(),
        state: match outcome {
            Ok(()) => ItemState::Done,
            Err(_) => ItemState::Failed,
        },
        detail: outcome
            .err()
            .map(|error| json!({ "error": error.message() }).to_string()),
    }
}

/// For each record how it went.
fn results(run: &Run) -> Result<String, Interrupt> {
    let job = run.job().seq;
    let items = run
        .store()
        .read_blocking(move |tx| Ok::<_, Error>(tx.items_from(job, &[], 0, NAMED)?))?;
    let mut map = Map::new();
    for item in items {
        let detail: Option<Json> = item.detail.and_then(|text| serde_json::from_str(&text).ok());
        let outcome = match detail {
            None => json!({ "status": "ok" }),
            Some(detail) => json!({ "status": "error", "errorMessage": detail["error"] }),
        };
        map.insert(item.key, outcome);
    }
    Ok(to_json(&map)?)
}
