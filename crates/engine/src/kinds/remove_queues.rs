//! The job that removes queues which another service keeps, after their entity is gone.
//!
//! The service is asked until it says that the queue is not there any more; to ask once too often does no harm, so nothing
//! needs to be remembered but which are left.

use std::time::Duration;

use ::jobs::{Backoff, Interrupt, Kind, Outcome, Report, Run};
use model::job::Level;
use model::{Code, Error};
use serde::{Deserialize, Serialize};

use super::{Tools, to_json};

/// The kind's name.
pub(crate) const KIND: &str = "queues.remove";
/// Its queue.
pub(crate) const QUEUE: &str = "queues";

/// The waits between attempts.
const WAITS: Backoff = Backoff {
    first: Duration::from_secs(5),
    longest: Duration::from_secs(300),
};
/// After so many the operator has to see to it; with the waits, that is a day.
const ATTEMPTS: u32 = 300;

/// Which queues, and later which are left.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Params {
    pub(crate) names: Vec<String>,
}

/// See the module.
pub(crate) struct RemoveQueues {
    tools: Tools,
}

impl RemoveQueues {
    pub(crate) fn new(tools: &Tools) -> Self {
        Self { tools: tools.clone() }
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        let gone = || Error::new(Code::Conflict, "queues are not kept by another service any more");
        let outside = self.tools.outside.as_ref().ok_or_else(gone)?;
        self.tools.runtime.block_on(outside.service().remove(name))
    }

    /// Removes one, as often as it takes.
    fn removed(&self, run: &mut Run, name: &str) -> Result<(), Interrupt> {
        for attempt in 1..=ATTEMPTS {
            run.check()?;
            let Err(error) = self.remove(name) else {
                return Ok(());
            };
            if attempt == ATTEMPTS || error.code() == Code::Conflict {
                return Err(error.into());
            }
            let message = format!("attempt {attempt}: {}", error.message());
            run.log(Level::Warn, message);
            run.commit(|_| Ok(Report::default()))?;
            self.tools
                .options
                .mail
                .pause
                .wait(WAITS.after(attempt), &|| run.should_stop());
        }
        Ok(())
    }
}

impl Kind for RemoveQueues {
    fn name(&self) -> &'static str {
        KIND
    }

    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt> {
        let params: Params = run.params()?;
        let mut left = run.checkpoint()?.unwrap_or(params);
        while let Some(name) = left.names.first().cloned() {
            self.removed(run, &name)?;
            left.names.remove(0);
            let report = Report {
                processed: 1,
                checkpoint: Some(to_json(&left)?),
                ..Report::default()
            };
            run.commit(move |_| Ok(report.clone()))?;
        }
        Ok(Outcome::Finished(None))
    }
}
