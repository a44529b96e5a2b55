//! How a chunk leaves its job, told by the transaction that knows to the body that waits for it.
//!
//! A body sends a chunk and prepares the next one meanwhile; whether there is to be a next one is only known when the
//! chunk is on disk. A transaction may be run again, so what it tells last is what counts.

use std::sync::{Arc, Mutex, PoisonError};

use ::jobs::{Interrupt, Outcome, Run};
use model::{Code, Error};

/// How a chunk leaves its job.
#[derive(Clone, Debug, Default)]
pub(crate) enum Left {
    /// There is more to do.
    #[default]
    More,
    /// All is done, with these results.
    Finished(String),
    /// Nothing may be done for this reason, until the job is released.
    Held(&'static str),
    /// The input failed as a whole and that is accounted for.
    Failed(String),
}

/// Where a transaction says it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Word {
    left: Arc<Mutex<Left>>,
}

impl Word {
    pub(crate) fn tell(&self, left: Left) {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = left;
    }

    /// Waits until the chunk in flight, if any, is on disk; how the job ends if it ends with it.
    pub(crate) fn of(&self, run: &mut Run) -> Result<Option<Outcome>, Interrupt> {
        run.settle()?;
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(left.outcome())
    }
}

impl Left {
    fn outcome(self) -> Option<Outcome> {
        match self {
            Self::More => None,
            Self::Finished(results) => Some(Outcome::Finished(Some(results))),
            Self::Held(reason) => Some(Outcome::Hold(reason.to_owned())),
            Self::Failed(message) => Some(failed(message)),
        }
    }
}

/// The end of a job whose input failed as a whole.
pub(crate) fn failed(message: String) -> Outcome {
    Outcome::Failed(Error::new(Code::BadJson, message))
}
