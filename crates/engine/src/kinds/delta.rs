//! The job of one delta file: fetch it, then carry out its operations in order, in chunks.
//!
//! Each chunk commits the articles, their history, one item per operation and the number of the next operation
//! together, so a run that is cut off anywhere goes on with the very next operation. A file that cannot be fetched or
//! read on, or of which too many operations failed, is one failed item more, behind those of its operations. Source: the
//! light100 contract, "Decided".

mod chunk;
mod fetching;
mod parse;

use ::jobs::{Interrupt, Kind, Outcome, Report, Run};
use blobs::BlobId;
use model::Error;
use serde::{Deserialize, Serialize};

use super::left::{Word, failed};
use super::{Saved, Tools, to_json};
use crate::{FailureMode, deltas};
use chunk::ChunkWork;
use parse::Batch;

/// The kind's name.
pub(crate) const KIND: &str = "delta";

/// Why a queue in strict mode is on hold.
const HALTED: &str = "an operation failed; the queue stands still until it is flushed";

/// What a delta job is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Params {
    /// The URL, or the name under which the content was sent.
    pub(crate) file: String,
    /// The content, if it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) blob: Option<BlobId>,
}

/// Where a run goes on.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Checkpoint {
    /// The content.
    blob: BlobId,
    /// The number of the next operation.
    next: u64,
    /// In strict mode, the failed operation that must be flushed before anything else is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    halted_at: Option<u64>,
}

/// What came out of a file that was read to its end.
#[derive(Serialize)]
struct Results {
    operations: u64,
}

/// See the module.
pub(crate) struct Delta {
    tools: Tools,
}

impl Delta {
    pub(crate) fn new(tools: &Tools) -> Self {
        Self { tools: tools.clone() }
    }

    /// Where to begin: with the content that was sent, or by fetching it.
    fn begin(&self, run: &mut Run, params: &Params) -> Result<Result<Checkpoint, Error>, Interrupt> {
        if let Some(blob) = params.blob {
            return Ok(Ok(Checkpoint::start(blob)));
        }
        let blob = match fetching::fetch(run, &self.tools, &params.file)? {
            Ok(blob) => blob,
            Err(error) => return Ok(Err(error)),
        };
        let checkpoint = Checkpoint::start(blob);
        let (job, now, text) = (run.job().seq, run.now(), to_json(&checkpoint)?);
        run.commit(move |tx| {
            tx.add_job_blob(job, &blob.to_string(), now)?;
            Ok(Report {
                checkpoint: Some(text.clone()),
                ..Report::default()
            })
        })?;
        Ok(Ok(checkpoint))
    }

    /// Carries out the operations from `from` on.
    fn work(&self, run: &mut Run, from: Checkpoint) -> Result<Outcome, Interrupt> {
        let batches = parse::start(run, &self.tools, from.blob, from.next)?;
        let word = Word::default();
        for batch in &batches {
            if let Some(outcome) = word.of(run)? {
                return Ok(outcome);
            }
            self.send(run, from.blob, batch, &word)?;
        }
        word.of(run)?.ok_or_else(|| {
            Interrupt::Failed(Error::internal(
                "the reader of a delta file ended without saying how",
            ))
        })
    }

    fn send(&self, run: &mut Run, blob: BlobId, batch: Batch, word: &Word) -> Result<(), Interrupt> {
        let options = &self.tools.options.delta;
        let work = ChunkWork {
            collection: self.tools.articles,
            job: run.job().seq,
            run_by: run.job().run_by.clone(),
            now: run.now(),
            blob,
            batch,
            strict: options.failure_mode == FailureMode::Strict,
            max_failed: options.max_failed_operations,
            word: word.clone(),
        };
        run.commit_async(move |tx| work.apply(tx))
    }

    fn fail(run: &mut Run, error: Error) -> Result<Outcome, Interrupt> {
        let item = chunk::file_failure(0, error.message())?;
        let failed = error.message().to_owned();
        let saved = to_json(&Saved::<Checkpoint>::Failed { failed })?;
        run.commit(move |_| {
            Ok(Report {
                items: vec![item.clone()],
                processed: 1,
                failed: 1,
                checkpoint: Some(saved.clone()),
                ..Report::default()
            })
        })?;
        Ok(Outcome::Failed(error))
    }
}

impl Kind for Delta {
    fn name(&self) -> &'static str {
        KIND
    }

    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt> {
        match run.checkpoint()? {
            Some(Saved::Failed { failed: message }) => return Ok(failed(message)),
            Some(Saved::At(checkpoint)) if is_halted(run, checkpoint)? => {
                return Ok(Outcome::Hold(HALTED.to_owned()));
            }
            Some(Saved::At(checkpoint)) => return self.work(run, checkpoint),
            None => {}
        }
        let params: Params = run.params()?;
        match self.begin(run, &params)? {
            Ok(checkpoint) => self.work(run, checkpoint),
            Err(error) => Self::fail(run, error),
        }
    }
}

impl Checkpoint {
    fn start(blob: BlobId) -> Self {
        Self {
            blob,
            next: 0,
            halted_at: None,
        }
    }
}

/// Whether the failure that halted the queue still waits for its flush, however the run behind it was cut off.
fn is_halted(run: &Run, checkpoint: Checkpoint) -> Result<bool, Interrupt> {
    let Some(item) = checkpoint.halted_at else {
        return Ok(false);
    };
    let job = run.job().seq;
    let flushed = run.store().read_blocking(|tx| deltas::flushed(tx))?;
    Ok(flushed < (job, item))
}
