//! Points at which a test may fail, pause or kill a run. The default does nothing.

use model::{Error, Job};

/// A point in the work on a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Point {
    /// Claimed; the body has not begun.
    Claimed,
    /// A chunk is about to be committed.
    BeforeCommit,
    /// A chunk is on disk.
    AfterCommit,
    /// The body has returned; its end is not on disk.
    BeforeEnd,
    /// The end is on disk.
    AfterEnd,
}

/// What happens at a point.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Go on.
    Go,
    /// Go on as if the step at hand had failed with this error.
    Fail(Error),
    /// Go no further and clean nothing up, as if the process had died here.
    Die,
}

/// Asked at every [`Point`]; it may block to hold a run there.
pub trait Hooks: Send + Sync {
    /// What happens at `point` in the work on `job` (as it was when it was claimed).
    fn at(&self, point: Point, job: &Job) -> Verdict;
}

/// Goes on everywhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHooks;

impl Hooks for NoHooks {
    fn at(&self, _point: Point, _job: &Job) -> Verdict {
        Verdict::Go
    }
}
