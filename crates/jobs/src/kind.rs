//! Kinds of jobs: their bodies, how a run ends, and the registry that finds a body by its name.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Error, Job};
use storage::Tx;

use crate::Run;

/// One kind of job.
///
/// A body is synchronous and runs on a thread of its own. It does its work in chunks through [`Run::commit`], each of
/// which must leave a checkpoint from which the next run can go on: after a stop, a restart or a crash the body is run
/// again from the start of its code with the last checkpoint. So it is, too, when it comes back with an error that says itself
/// when to try again, as those of a store that is away or busy do.
pub trait Kind: Send + Sync {
    /// The name under which jobs are stored; never changes.
    fn name(&self) -> &'static str;

    /// Works on a job until it is done or interrupted; interrupts are passed on with `?`.
    ///
    /// # Errors
    /// An [`Interrupt`].
    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt>;
}

/// How a run ended by itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The job is done; single items may have failed. With what came out (JSON).
    Finished(Option<String>),
    /// The job as a whole failed.
    Failed(Error),
    /// The job stands still, for this reason, until holds of its queue are released or it is resumed.
    Hold(String),
    /// The body is run again, from its checkpoint, when all children of the job have ended. A body that was stopped
    /// after it made children finds them in the counts of its job and returns this again.
    AwaitChildren,
}

/// Why a body must return before it is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Interrupt {
    /// The job is to stand still, or the process to end. Everything committed so far counts.
    Stopped,
    /// The lease is gone: somebody cancelled the job, stopped it by force, or took it over. Nothing more is written.
    LostLease,
    /// The job failed; nothing of the chunk under way is stored.
    Failed(Error),
    /// A test plays the death of this process: the runner leaves everything as it is.
    Abandoned,
}

impl From<Error> for Interrupt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<storage::Error> for Interrupt {
    fn from(error: storage::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Somebody who hears of jobs in the transactions in which they begin and end, and may hand in others there.
pub trait Watcher: Send + Sync {
    /// A job was claimed for the first time.
    ///
    /// # Errors
    /// The store's; the job is not begun then.
    fn started(&self, tx: &mut dyn Tx, job: &Job) -> Result<(), Error>;
    /// A job has come to its end by itself; `job` is what it is now.
    ///
    /// # Errors
    /// The store's; the end is written again then.
    fn ended(&self, tx: &mut dyn Tx, job: &Job) -> Result<(), Error>;
}

/// The kinds a runner knows, by name.
#[derive(Clone, Default)]
pub struct Registry {
    kinds: BTreeMap<&'static str, Arc<dyn Kind>>,
    watcher: Option<Arc<dyn Watcher>>,
}

impl Registry {
    /// A registry without kinds.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same registry with one more kind.
    ///
    /// # Panics
    /// If there is a kind of this name already.
    #[must_use]
    pub fn with(mut self, kind: impl Kind + 'static) -> Self {
        let name = kind.name();
        let earlier = self.kinds.insert(name, Arc::new(kind));
        assert!(earlier.is_none(), "two kinds of jobs are named {name}");
        self
    }

    /// The same registry, whose jobs somebody hears of.
    #[must_use]
    pub fn watched_by(mut self, watcher: impl Watcher + 'static) -> Self {
        self.watcher = Some(Arc::new(watcher));
        self
    }

    pub(crate) fn watcher(&self) -> Option<&dyn Watcher> {
        self.watcher.as_deref()
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<dyn Kind>> {
        self.kinds.get(name).cloned()
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.kinds.keys().copied().collect()
    }
}
