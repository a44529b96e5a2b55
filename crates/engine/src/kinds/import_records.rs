//! The job of one import from a CSV file: its rows in order, in chunks.
//!
//! First the whole file is looked through and its header is read; what is wrong there fails the job before any row is
//! taken. Then each chunk commits records, their history, an item for each row that failed, the counts, log lines and the
//! place of the next row together, so a run that is cut off anywhere goes on with the very next row. While a chunk is on
//! its way to the disk the next one is prepared; when something that a chunk relies on has changed, nothing of it is
//! written and it is prepared anew, in smaller parts, in the end within the transaction. A dry run does the same and
//! writes its report only. Source: `contracts/slingr.md` §7.1, §12.

mod begin;
mod heard;
mod progress;
mod report;
mod source;
mod work;

use std::sync::Arc;

use ::jobs::{Interrupt, Kind, Outcome, Run};
use model::job::Level;
use model::{Error, Job};
use serde::{Deserialize, Serialize};
use storage::ReadTx;

use super::left::failed;
use super::{Tools, to_json};
use crate::records::Catalogue;
use crate::sheets::{At, IMPORT, ImportParams, Survey};
pub(crate) use report::FailedRow;
use work::Work;

/// Where a run goes on, and the account up to there.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Checkpoint {
    /// What the file is.
    survey: Survey,
    /// The place of the next row.
    next: At,
    /// Its number.
    row: u64,
    /// Rows whose records are stored.
    stored: u64,
    /// Rows with errors.
    failed: u64,
}

/// What a run finds of the one before it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Saved {
    /// The file failed as a whole and that is accounted for; only the job's end is missing.
    Failed {
        /// Why.
        failed: String,
        /// What the file is, if it could be read.
        survey: Option<Survey>,
    },
    /// Work goes on here.
    At(Checkpoint),
}

/// What came out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    rows_imported: u64,
    rows_with_errors: u64,
    /// Nothing was written.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
}

/// See the module.
pub(crate) struct ImportRecords {
    tools: Tools,
}

impl ImportRecords {
    pub(crate) fn new(tools: &Tools) -> Self {
        Self { tools: tools.clone() }
    }

    /// The entities by the definition in force, with the functions of the app.
    fn catalogue(&self, run: &Run) -> Result<Option<Arc<Catalogue>>, Error> {
        let Some(known) = self.tools.records.catalogue() else {
            return Ok(None);
        };
        let asked = Arc::clone(&known);
        let load = move |tx: &mut dyn ReadTx| asked.newer(tx);
        let Some(fresh) = run.store().read_blocking(load)? else {
            return Ok(Some(known));
        };
        let scripts = self.tools.records.load_scripts(fresh.app())?;
        Ok(Some(Arc::new(fresh.with_functions(scripts, run.env().clone()))))
    }
}

/// What the file of an import is, once that has been found out and if it can be read.
pub(crate) fn survey_of(job: &Job) -> Result<Option<Survey>, Error> {
    let text = job.checkpoint.as_deref();
    let saved: Option<Saved> = text
        .map(serde_json::from_str)
        .transpose()
        .map_err(Error::internal)?;
    Ok(saved.and_then(|saved| match saved {
        Saved::Failed { survey, .. } => survey,
        Saved::At(at) => Some(at.survey),
    }))
}

impl Kind for ImportRecords {
    fn name(&self) -> &'static str {
        IMPORT
    }

    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt> {
        let params: ImportParams = run.params()?;
        let mut at = match run.checkpoint()? {
            Some(Saved::Failed { failed: message, .. }) => return Ok(failed(message)),
            Some(Saved::At(checkpoint)) => checkpoint,
            None => match self.begin(run, &params)? {
                Ok(checkpoint) => checkpoint,
                Err(outcome) => return Ok(outcome),
            },
        };
        // A definition may come into force while rows are imported; then the columns are looked at anew.
        loop {
            let import = match self.import(run, &params, &at.survey)? {
                Ok(import) => import,
                Err(outcome) => return Ok(outcome),
            };
            let mut work = Work::new(&self.tools, &params, Arc::new(import), at)?;
            match work.run(run)? {
                work::End::Finished => {
                    at = work.reached();
                    break;
                }
                work::End::Failed(message) => return Ok(failed(message)),
                work::End::Definition(reached) => at = reached,
            }
        }
        run.log(Level::Info, "Process completed");
        let results = Results {
            rows_imported: at.stored,
            rows_with_errors: at.failed,
            dry_run: params.flags.dry_run,
        };
        Ok(Outcome::Finished(Some(to_json(&results)?)))
    }
}
