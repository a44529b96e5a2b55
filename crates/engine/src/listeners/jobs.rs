//! [`Watching`]: listeners that hear of jobs.

use app::Trigger;
use jobs::Watcher;
use model::job::Status;
use model::{Error, Job};
use serde_json::json;
use storage::Tx;

use crate::records::State;
use crate::records::unit::{Heard, LISTENER_KIND, job_of};

/// Kinds of jobs and the types that definitions and clients know them by. Any other kind is the server's own.
pub const JOB_TYPES: [(&str, &str); 6] = [
    (crate::records::bulk_job::KIND, "DELETE_RECORDS"),
    (crate::sheets::IMPORT, "IMPORT_RECORDS"),
    (crate::kinds::import::KIND, "IMPORT_RECORDS"),
    (crate::sheets::EXPORT, "EXPORT_RECORDS"),
    (crate::records::actions::job::KIND, "EXECUTE_ACTION"),
    (LISTENER_KIND, "EXECUTE_LISTENER"),
];

/// The word by which functions and clients know a status.
#[must_use]
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::Received | Status::Pending => "PENDING",
        Status::Running => "RUNNING",
        Status::Stopping => "STOPPING",
        Status::Stopped => "STOPPED",
        Status::Cancelled => "CANCELED",
        Status::Rejected | Status::Finished | Status::Failed => "FINISHED",
    }
}

/// See the module.
pub(crate) struct Watching {
    records: State,
}

impl Watching {
    pub(crate) fn new(records: &State) -> Self {
        Self {
            records: records.clone(),
        }
    }

    fn hear(&self, tx: &mut dyn Tx, job: &Job, finished: bool) -> Result<(), Error> {
        let Some(kind) = JOB_TYPES
            .iter()
            .find_map(|(kind, word)| (*kind == job.kind).then_some(*word))
        else {
            return Ok(());
        };
        let Some(catalogue) = self.records.catalogue() else {
            return Ok(());
        };
        // What hears of jobs is a job itself, and hears not of its own kind.
        if job.kind == LISTENER_KIND && job.params.contains("\"type\":\"JOB\"") {
            return Ok(());
        }
        for listener in catalogue.app().listeners.values() {
            let Trigger::Job { events } = &listener.trigger else {
                continue;
            };
            let wanted = events.iter().any(|event| {
                event.finished == finished
                    && (event.jobs.is_empty() || event.jobs.iter().any(|job| job == kind))
            });
            if !wanted {
                continue;
            }
            let word = if finished { "FINISHED" } else { "STARTED" };
            let heard = Heard {
                listener: listener.name.clone(),
                event: json!({ "type": "JOB", "jobType": kind, "jobEvent": word, "jobId": job.id.as_str() }),
                entity: None,
                record: None,
                old: None,
                by: job.run_by.clone(),
                depth: 1,
            };
            let env = catalogue.env();
            let new = job_of(listener, &heard, env, env.now())?;
            tx.insert_job(&new)?;
            tx.announce();
        }
        Ok(())
    }
}

impl Watcher for Watching {
    fn started(&self, tx: &mut dyn Tx, job: &Job) -> Result<(), Error> {
        self.hear(tx, job, false)
    }

    fn ended(&self, tx: &mut dyn Tx, job: &Job) -> Result<(), Error> {
        self.hear(tx, job, true)
    }
}
