//! A unit of work: what one function of an action or listener does, and everything that follows from it.
//!
//! A function may take half a minute, and nobody who writes is held up for as long: it reads snapshots of the store with its
//! own changes over them (`overlay`), and what it saves or removes is drafted, computed and checked at once by the same
//! code as a request's, but only noted (`pending`). At its end all of it is written in one transaction (`commit`), if what
//! it was computed from still stands; otherwise the function is run again from its beginning. So a function that fails
//! leaves nothing, and one that succeeds leaves everything together.
//!
//! A unit lives on an interpreter's thread; functions that are called from functions share it.

mod answers;
mod commit;
mod find;
mod hear;
mod import;
mod overlay;
mod pending;
mod people;
mod refused;
mod remove;
mod run;
mod save;
mod sets;
mod totals;
mod within;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use app_log::ScriptLine;
use jobs::RunnerHandle;
use model::job::Level;
use model::{Env, Error, JobId, JobSeq, RecordIds, Stamp, Timestamp};
use query::Limits;
use script::Stop;
use storage::Store;

use super::catalogue::Catalogue;
use super::{Call, EntityRef};
use crate::identity::TokenCache;
use crate::{Engine, GroupKeys};

use pending::Pending;

pub(crate) mod app_log;

pub(in crate::records) use answers::{Given, Reply};
pub(crate) use commit::Ops;
pub(crate) use commit::write;
pub(in crate::records) use find::Query;
pub(in crate::records) use hear::{Event, tell_later};
pub(crate) use hear::{Heard, KIND as LISTENER_KIND, as_server, job_of};
pub(in crate::records) use overlay::Overlay;
pub(in crate::records) use remove::Removing;
pub(in crate::records) use save::Saving;

/// How much one unit of work may do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Records saved and removed.
    pub(crate) changes: usize,
    /// Bytes of them.
    pub(crate) bytes: usize,
    /// Time of a function.
    pub(crate) time: Duration,
    /// Longest result of a function, in characters.
    pub(crate) result_chars: usize,
}

/// The job that a unit is part of.
#[derive(Clone, Debug)]
pub(crate) struct InJob {
    pub(crate) seq: JobSeq,
    pub(crate) id: JobId,
}

/// What a unit of work is done with and for.
pub(crate) struct Around {
    pub(crate) store: Store,
    pub(crate) runner: RunnerHandle,
    pub(crate) env: Env,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) ids: Arc<RecordIds>,
    /// Who it is done for.
    pub(crate) call: Call,
    pub(crate) now: Timestamp,
    /// Files that nothing held before this are gone.
    pub(crate) alive_since: Timestamp,
    pub(crate) query: Limits,
    pub(crate) group_keys: GroupKeys,
    pub(crate) bounds: Bounds,
    pub(crate) stop: Option<Stop>,
    pub(crate) job: Option<InJob>,
    /// How many listeners led here.
    pub(crate) depth: u32,
    /// What is known of callers and changes with users.
    pub(crate) tokens: Arc<TokenCache>,
    /// Where content that comes inside of a body is stored; a job has none.
    pub(crate) engine: Option<(Engine, tokio::runtime::Handle)>,
}

/// See the module. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Unit(Rc<Inner>);

struct Inner {
    around: Arc<Around>,
    begun: Instant,
    stamp: Stamp,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    pending: Arc<Pending>,
    ops: Ops,
    lines: Vec<ScriptLine>,
    job_lines: Vec<(Level, String)>,
    /// What was refused, so that a function that does not catch it is answered with all of it.
    refused: Vec<Error>,
    sets: sets::Sets,
    /// Something that this relies on has changed: whatever the functions do, it has to be done again.
    stale: bool,
    /// It cannot go on.
    broken: Option<Error>,
}

/// What came of a unit of work.
pub(crate) struct Done<T> {
    /// What its work said; [`Ended::Stale`] when it has to be done again.
    pub(crate) said: Result<T, Ended>,
    /// What is to be written.
    pub(crate) ops: Ops,
    /// What its functions logged.
    pub(crate) lines: Vec<ScriptLine>,
    /// What they wrote to the log of the job.
    pub(crate) job_lines: Vec<(Level, String)>,
}

/// Why a unit of work came to nothing.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Something has changed that it relies on.
    Stale,
    /// It failed.
    Failed(Error),
}

/// A point to which a unit can be taken back.
pub(crate) struct Point {
    pending: pending::Point,
    ops: usize,
    count: usize,
}

impl Unit {
    /// Does work in a new unit; on an interpreter's thread.
    pub(crate) fn work<T>(around: Arc<Around>, work: impl FnOnce(&Self) -> Result<T, Error>) -> Done<T> {
        let stamp = around.call.stamp(around.now, "script");
        let unit = Self(Rc::new(Inner {
            around,
            begun: Instant::now(),
            stamp,
            state: RefCell::default(),
        }));
        let said = work(&unit);
        let mut state = unit.0.state.take();
        let said = match (state.broken.take(), state.stale) {
            (_, true) => Err(Ended::Stale),
            (Some(broken), _) => Err(Ended::Failed(broken)),
            (None, false) => said.map_err(Ended::Failed),
        };
        state.ops.counters(state.pending.marks());
        Done {
            said,
            ops: state.ops,
            lines: state.lines,
            job_lines: state.job_lines,
        }
    }

    pub(in crate::records) fn around(&self) -> &Arc<Around> {
        &self.0.around
    }

    pub(in crate::records) fn catalogue(&self) -> &Arc<Catalogue> {
        &self.0.around.catalogue
    }

    /// Runs a short read on the store as this unit sees it.
    pub(in crate::records) fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Overlay<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (pending, stamp) = (self.pending(), self.0.stamp.clone());
        self.around()
            .store
            .look_up_blocking(move |tx| work(&mut Overlay::of(tx, &pending, &stamp)?))
    }

    /// The same for a read that may take seconds.
    fn scan<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Overlay<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (pending, stamp) = (self.pending(), self.0.stamp.clone());
        self.around()
            .store
            .scan_blocking(move |tx| work(&mut Overlay::of(tx, &pending, &stamp)?))
    }

    fn pending(&self) -> Arc<Pending> {
        Arc::clone(&self.0.state.borrow().pending)
    }

    /// Where it stands.
    pub(crate) fn point(&self) -> Point {
        let state = self.0.state.borrow();
        Point {
            pending: state.pending.point(),
            ops: state.ops.len(),
            count: state.ops.changes(),
        }
    }

    /// Takes everything behind a point back.
    pub(crate) fn back_to(&self, point: &Point) {
        let mut state = self.0.state.borrow_mut();
        Arc::make_mut(&mut state.pending).back_to(point.pending);
        state.ops.truncate(point.ops, point.count);
    }

    /// Does work of which nothing stays when it fails.
    pub(crate) fn whole<T>(&self, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let point = self.point();
        work().inspect_err(|_| self.back_to(&point))
    }

    /// Whether there is no sense in going on.
    pub(crate) fn is_over(&self) -> bool {
        let state = self.0.state.borrow();
        state.stale || state.broken.is_some()
    }

    /// Has the history of a record tell of something that was done with it.
    pub(in crate::records) fn note_deed(&self, entity: &EntityRef, id: &str, stamp: Stamp) {
        let deed = commit::Op::Deed {
            collection: entity.collection(),
            id: id.to_ascii_lowercase(),
            stamp,
        };
        self.0.state.borrow_mut().ops.push(deed);
    }

    /// Records saved and removed so far.
    pub(crate) fn changes(&self) -> usize {
        self.0.state.borrow().ops.changes()
    }

    /// Ends the unit, which is to be done again.
    fn is_stale(&self) -> Error {
        self.0.state.borrow_mut().stale = true;
        Error::new(
            model::Code::VersionConflict,
            "something has changed meanwhile, try again",
        )
    }

    /// Refuses more than a unit may do.
    fn check_bounds(&self) -> Result<(), Error> {
        let bounds = self.around().bounds;
        let mut state = self.0.state.borrow_mut();
        let (changes, bytes) = (state.ops.changes(), state.pending.bytes());
        let message = if changes >= bounds.changes {
            format!("a script may save and remove {} records at most", bounds.changes)
        } else if bytes > bounds.bytes {
            format!(
                "the records that a script saves may have {} bytes at most",
                bounds.bytes
            )
        } else {
            return Ok(());
        };
        let error = Error::new(model::Code::BadRequest, message);
        state.broken = Some(error.clone());
        Err(error)
    }
}
