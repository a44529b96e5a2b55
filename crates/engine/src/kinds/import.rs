//! The job of one import: its records in order, in chunks.
//!
//! Each chunk commits records, their history, one item per record and the number of the next record together, so a run
//! that is cut off anywhere goes on with the very next record. A record that cannot be taken is a failed item and
//! nothing else; only a body that cannot be read on, or too many failed records, fail the job. Source: the fusion contract, "Decided".

mod apply;
mod chunk;
mod parse;
mod record;

use ::jobs::{Interrupt, Kind, Outcome, Run};
use model::Error;
use serde::{Deserialize, Serialize};

use super::left::{Word, failed};
use super::{Saved, Tools};
use crate::imports::{Operation, Params, Work};
use chunk::ChunkWork;
use parse::Batch;
use record::Rules;

/// The kind's name.
pub(crate) const KIND: &str = "import";

/// Where a run goes on.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Checkpoint {
    /// The number of the next record.
    next: u64,
}

/// What came out of a body that was read to its end.
#[derive(Serialize)]
struct Results {
    records: u64,
}

/// See the module.
pub(crate) struct Import {
    tools: Tools,
}

/// What one run does, worked out from the job's parameters.
#[derive(Clone)]
struct Plan {
    work: Work,
    entity: String,
    operation: Operation,
    articles: bool,
}

impl Import {
    pub(crate) fn new(tools: &Tools) -> Self {
        Self { tools: tools.clone() }
    }

    fn plan(&self, params: Params) -> Result<Plan, Error> {
        let operation = params.operation.as_deref().and_then(Operation::parse);
        match (params.work, params.entity, operation) {
            (Some(work), Some(entity), Some(operation)) => Ok(Plan {
                work,
                entity,
                operation,
                articles: work.collection == self.tools.articles,
            }),
            _ => Err(Error::internal(
                "an import was accepted without entity, operation or records",
            )),
        }
    }

    /// Works on the records from number `from` on.
    fn work(&self, run: &mut Run, plan: &Plan, from: u64) -> Result<Outcome, Interrupt> {
        let rules = Rules {
            articles: plan.articles,
            operation: plan.operation,
            options: self.tools.options.imports.clone(),
            env: run.env().clone(),
        };
        let batches = parse::start(run, &self.tools, plan.work, rules, from)?;
        let word = Word::default();
        for batch in &batches {
            if let Some(outcome) = word.of(run)? {
                return Ok(outcome);
            }
            self.send(run, plan, batch, &word)?;
        }
        word.of(run)?.ok_or_else(|| {
            Interrupt::Failed(Error::internal(
                "the reader of an import ended without saying how",
            ))
        })
    }

    fn send(&self, run: &mut Run, plan: &Plan, batch: Batch, word: &Word) -> Result<(), Interrupt> {
        let options = &self.tools.options.imports;
        let work = ChunkWork {
            plan: plan.clone(),
            job: run.job().seq,
            run_by: run.job().run_by.clone(),
            now: run.now(),
            max_record_bytes: options.max_record_bytes,
            max_failed: options.max_failed_records,
            batch,
            word: word.clone(),
        };
        run.commit_async(move |tx| work.apply(tx))
    }
}

impl Kind for Import {
    fn name(&self) -> &'static str {
        KIND
    }

    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt> {
        let plan = self.plan(run.params()?)?;
        match run.checkpoint()? {
            Some(Saved::Failed { failed: message }) => Ok(failed(message)),
            Some(Saved::At(Checkpoint { next })) => self.work(run, &plan, next),
            None => self.work(run, &plan, 0),
        }
    }
}
