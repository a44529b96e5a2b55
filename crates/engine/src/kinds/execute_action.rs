//! The job that runs an action: on one record after the other, some of them in each transaction, or once for all.
//!
//! The records of a filter are taken in the order of their ids, up to the newest one that was there when the job began, so
//! that records which the action makes are not its own business. A record whose function fails is an item that failed;
//! what the function did is taken back, the others of its chunk stand. A chunk that was overtaken is done again.

mod one;

use std::sync::Arc;

use ::jobs::{Interrupt, Kind, Outcome, Run};
use app::ActionKind;
use model::job::{ItemState, Level};
use model::{Code, Error};
use query::Direction;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use storage::ReadTx;

use super::acting::{Acting, Went, each};
use super::{Tools, to_json};
use crate::records::actions::job::{KIND, Params};
use crate::records::bulk_job;

/// Records of one chunk at most.
const BATCH: usize = 200;
/// Records that the result names at most.
const NAMED: u64 = 1000;
/// How often it is done again because it was overtaken.
const ATTEMPTS: usize = 20;

/// Where to go on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct At {
    /// Records done, which is also the number of the next item.
    done: u64,
    /// The id behind which the filter looks on.
    after: Option<String>,
    /// The newest record when the job began.
    until: Option<String>,
    /// Whether there is nothing left.
    over: bool,
}

/// See the module.
pub(crate) struct ExecuteAction {
    tools: Tools,
}

impl ExecuteAction {
    pub(crate) fn new(tools: &Tools) -> Self {
        Self { tools: tools.clone() }
    }
}

impl Kind for ExecuteAction {
    fn name(&self) -> &'static str {
        KIND
    }

    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt> {
        let params: Arc<Params> = Arc::new(run.params()?);
        let mut at: At = match run.checkpoint()? {
            Some(at) => at,
            None => At {
                until: newest(run, &self.tools, &params)?,
                ..At::default()
            },
        };
        let mut most = BATCH;
        while !at.over {
            let Some(acting) = self.acting(run, &params)? else {
                return Ok(Outcome::Hold(
                    "there is no app yet whose records these are".to_owned(),
                ));
            };
            let kind = crate::records::actions::kind_of(&acting.catalogue, &params)?;
            let next = match kind {
                ActionKind::OneRecord => one::chunk(run, &acting, (&params, &at), most)?,
                _ => all(run, &acting, &params)?,
            };
            // What others change faster than it is computed is computed one by one.
            most = match next {
                Some(next) => {
                    at = next;
                    BATCH
                }
                None => 1,
            };
        }
        run.log(Level::Info, "Process completed");
        Ok(Outcome::Finished(Some(results(run, &params)?)))
    }
}

impl ExecuteAction {
    fn acting(&self, run: &Run, params: &Arc<Params>) -> Result<Option<Acting<'_>>, Interrupt> {
        let Some(catalogue) = self.tools.catalogue_of(run)? else {
            return Ok(None);
        };
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

/// The newest record of the entity.
fn newest(run: &Run, tools: &Tools, params: &Params) -> Result<Option<String>, Interrupt> {
    let Some(catalogue) = tools.catalogue_of(run)? else {
        return Ok(None);
    };
    let collection = catalogue.entity(&params.entity)?.collection();
    let newest = run.store().read_blocking(move |tx: &mut dyn ReadTx| {
        let mut newest = None;
        tx.walk_by_id(collection, None, Direction::Descending, &mut |seen| {
            newest = Some(seen.id.to_owned());
            std::ops::ControlFlow::Break(())
        })?;
        Ok::<_, Error>(newest)
    })?;
    Ok(newest)
}

/// Runs an action on many records, or on none: one function, one transaction.
fn all(run: &mut Run, acting: &Acting<'_>, params: &Arc<Params>) -> Result<Option<At>, Interrupt> {
    for _ in 0..ATTEMPTS {
        let (asked, call) = (Arc::clone(params), acting.call.clone());
        let went = acting.work(run, move |unit| {
            let done = asked.perform_all(unit, &call);
            // What failed is the result, but what a function logged on the way is kept.
            match unit.is_over() {
                true => done.map(Ok),
                false => Ok(done),
            }
        })?;
        let chunk = match went {
            Went::Stale => continue,
            Went::Broken(error) => return Err(Interrupt::Failed(error)),
            Went::Done(chunk) => chunk,
        };
        let outcomes = vec![(params.action.clone(), chunk.value.clone())];
        let at = At {
            done: 1,
            over: true,
            ..At::default()
        };
        let report = each::report(0, &outcomes, (to_json(&at)?, Some(1)))?;
        if chunk.commit(run, report)? {
            return Ok(Some(at));
        }
    }
    let message = "what the action works on is changed all the time";
    Err(Interrupt::Failed(Error::new(Code::VersionConflict, message)))
}

/// For each record how it went; of an action that ran once, how that went.
fn results(run: &Run, params: &Params) -> Result<String, Interrupt> {
    let job = run.job().seq;
    let items = run
        .store()
        .read_blocking(move |tx| Ok::<_, Error>(tx.items_from(job, &[], 0, NAMED)?))?;
    let mut map = Map::new();
    for item in items {
        let detail: Option<Json> = item.detail.and_then(|text| serde_json::from_str(&text).ok());
        let mut outcome = json!({ "status": "ok" });
        if let Some(detail) = detail {
            outcome = match item.state {
                ItemState::Failed => json!({ "status": "error", "errorMessage": detail["error"] }),
                _ => json!({ "status": "ok", "response": detail["response"] }),
            };
        }
        if item.key == params.action {
            return Ok(to_json(&outcome)?);
        }
        map.insert(item.key, outcome);
    }
    Ok(to_json(&map)?)
}
