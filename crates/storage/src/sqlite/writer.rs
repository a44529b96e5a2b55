//! The one writer: group commit.
//!
//! Its thread takes whatever waits, runs each closure so that it can be undone alone, commits once and only then answers. It never waits for
//! more work to come, so a lone write costs one flush; and a thread that may block writes by itself when nobody else does,
//! which spares it two changes of threads. A batch is cut by count and by time, so that a slice of a bulk
//! import delays others by no more than its own length. Nothing but the writer's own COMMIT commits: when SQLite undoes
//! a whole transaction by itself (a full disk does that), a closure that goes on writing must not store a piece of its work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::Session;
use super::counts::Counts;
use super::log::Log;
use super::look_ups::LookUps;
use super::session::Known;
use crate::{Error, Result, WriteTask};

const MAX_BATCH: usize = 1024;
const MAX_BATCH_TIME: Duration = Duration::from_millis(20);
const QUIET: Duration = Duration::from_secs(1);
/// The same while there is something to be done that makes later writes cheaper.
const SOON_QUIET: Duration = Duration::from_millis(50);

type Tasks = Receiver<Box<dyn WriteTask>>;

/// Where the writer is to be had.
pub(super) struct Desk {
    /// None once the store is closed.
    writer: Mutex<Option<Writer>>,
    /// Tasks on their way to the thread, those of the batch that it is about to write among them.
    queued: AtomicUsize,
}

impl Desk {
    /// A desk with a writer on this connection, whose log is to lie ready in `log_length` bytes.
    pub(super) fn new(connection: Connection, look_ups: &Arc<LookUps>, log_length: u64) -> Result<Self> {
        Ok(Self {
            writer: Mutex::new(Some(Writer::new(connection, look_ups, log_length)?)),
            queued: AtomicUsize::new(0),
        })
    }

    /// To be called before a task is put into the queue.
    pub(super) fn note_queued(&self) {
        self.queued.fetch_add(1, Ordering::SeqCst);
    }

    /// To be called when `count` of them are written, or were not taken into the queue.
    pub(super) fn note_done(&self, count: usize) {
        self.queued.fetch_sub(count, Ordering::SeqCst);
    }

    /// Writes a task on this thread, or gives it back: somebody else is writing, or waits. So no task overtakes another
    /// one that the same caller has queued before.
    pub(super) fn write_here(&self, task: Box<dyn WriteTask>) -> Option<Box<dyn WriteTask>> {
        let mut writer = match self.writer.try_lock() {
            Ok(writer) => writer,
            Err(TryLockError::Poisoned(writer)) => writer.into_inner(),
            Err(TryLockError::WouldBlock) => return Some(task),
        };
        match writer.as_mut() {
            Some(writer) if self.queued.load(Ordering::SeqCst) == 0 => {
                writer.write_batch(task, None);
                None
            }
            _ => Some(task),
        }
    }

    fn patience(&self) -> Duration {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.as_ref().map_or(QUIET, Writer::patience)
    }

    /// The thread: runs until every sender is gone.
    pub(super) fn run(&self, tasks: &Tasks) {
        let mut patience = self.patience();
        loop {
            let received = tasks.recv_timeout(patience);
            // What panicked was undone or only read.
            let mut guard = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(writer) = guard.as_mut() else {
                return;
            };
            match received {
                Ok(first) => {
                    let count = writer.write_batch(first, Some(tasks));
                    self.note_done(count);
                }
                Err(RecvTimeoutError::Timeout) => {
                    writer.log.tend(&writer.connection);
                    writer.look_for_foreign();
                    patience = writer.patience();
                }
                Err(RecvTimeoutError::Disconnected) => {
                    writer.log.fold_when_grown(&writer.connection);
                    guard.take();
                }
            }
        }
    }
}

struct Writer {
    connection: Connection,
    known: Known,
    log: Log,
    look_ups: Arc<LookUps>,
    /// Open only while the writer's COMMIT runs.
    gate: Arc<AtomicBool>,
    foreign: Foreign,
}

/// What is known of the commits of other processes.
struct Foreign {
    /// SQLite's counter of them, as last seen.
    seen: i64,
    look_ups: Arc<LookUps>,
}

impl Foreign {
    /// Forgets what may not be true any more when there were some.
    fn check(&mut self, connection: &Connection, known: &Known) -> Result<()> {
        let mut counter = connection.prepare_cached("PRAGMA data_version")?;
        let seen = counter.query_row([], |row| row.get(0))?;
        if std::mem::replace(&mut self.seen, seen) != seen {
            // One of them may have declared an index.
            known.forget_schema();
            self.look_ups.note_foreign_commit();
        }
        Ok(())
    }
}

impl Writer {
    fn new(mut connection: Connection, look_ups: &Arc<LookUps>, log_length: u64) -> Result<Self> {
        let gate = Arc::new(AtomicBool::new(false));
        let shut = Arc::clone(&gate);
        connection.commit_hook(Some(move || !shut.load(Ordering::Relaxed)))?;
        let log = Log::watch(&mut connection, Arc::clone(look_ups), log_length)?;
        let foreign = Foreign {
            seen: 0,
            look_ups: Arc::clone(look_ups),
        };
        Ok(Self {
            connection,
            known: Known::default(),
            log,
            look_ups: Arc::clone(look_ups),
            gate,
            foreign,
        })
    }

    /// How long nothing must happen for a moment to be quiet.
    fn patience(&self) -> Duration {
        if self.log.has_work() { SOON_QUIET } else { QUIET }
    }

    /// In quiet times nothing else notices what another process did to records.
    fn look_for_foreign(&mut self) {
        if let Err(error) = self.foreign.check(&self.connection, &self.known) {
            tracing::warn!(%error, "cannot see whether another process has written");
        }
    }

    /// Writes a task with those that wait, answers them, and tells how many there were.
    fn write_batch(&mut self, first: Box<dyn WriteTask>, tasks: Option<&Tasks>) -> usize {
        let begun = Instant::now();
        let mut batch = vec![first];
        let mut session = Session::new(&self.connection, &self.known).writing();
        let outcome = run_batch(&mut session, &mut batch, tasks, &mut self.foreign)
            .and_then(|()| commit(&session, &self.gate));
        metrics::histogram!("store_batch_size").record(u32::try_from(batch.len()).unwrap_or(u32::MAX));
        metrics::histogram!("store_commit_seconds").record(begun.elapsed().as_secs_f64());
        let count = batch.len();
        match outcome {
            Ok(()) => {
                self.look_ups.note_commit(&session.take_changed());
                session.into_actions().into_iter().for_each(act);
                batch.into_iter().for_each(|task| task.finish(Ok(())));
            }
            Err(error) => {
                drop(session);
                self.undo_all();
                tracing::error!(%error, store.writes = batch.len(), "a group of writes was refused");
                batch.into_iter().for_each(|task| task.finish(Err(error.echo())));
            }
        }
        self.log.fold_when_long(&self.connection);
        count
    }

    fn undo_all(&self) {
        self.known.forget_schema();
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "cannot undo a group of writes");
        }
    }
}

fn run_batch(
    session: &mut Session<'_>,
    batch: &mut Vec<Box<dyn WriteTask>>,
    tasks: Option<&Tasks>,
    foreign: &mut Foreign,
) -> Result<()> {
    let begun = Instant::now();
    begin(session, foreign)?;
    let mut next = 0;
    while let Some(task) = batch.get_mut(next) {
        if next == 0 {
            run_first(session, task, foreign)?;
        } else {
            run_further(session, task)?;
        }
        next += 1;
        if batch.len() < MAX_BATCH && begun.elapsed() < MAX_BATCH_TIME {
            batch.extend(tasks.and_then(|tasks| tasks.try_recv().ok()));
        }
    }
    Ok(())
}

fn begin(session: &Session<'_>, foreign: &mut Foreign) -> Result<()> {
    execute(session, "BEGIN IMMEDIATE")?;
    foreign.check(session.conn(), session.known())
}

fn commit(session: &Session<'_>, gate: &AtomicBool) -> Result<()> {
    session.store_counts()?;
    gate.store(true, Ordering::Relaxed);
    let outcome = execute(session, "COMMIT");
    gate.store(false, Ordering::Relaxed);
    outcome
}

/// The first closure of a group has the transaction to itself so far. A savepoint would cost it a copy of every page it
/// changes, which a lone write and a slice of an import need not pay: to undo it, the transaction is begun again.
fn run_first(session: &mut Session<'_>, task: &mut Box<dyn WriteTask>, foreign: &mut Foreign) -> Result<()> {
    let ended = run_task(session, task)?;
    if ended.undo {
        session.forget_actions_from(0);
        session.counts = Counts::default();
        session.known().forget_schema();
        execute(session, "ROLLBACK")?;
        begin(session, foreign)?;
    }
    ended.answer(task);
    Ok(())
}

/// A further closure is undone by itself.
fn run_further(session: &mut Session<'_>, task: &mut Box<dyn WriteTask>) -> Result<()> {
    let (actions, counts) = (session.action_count(), session.counts.clone());
    execute(session, "SAVEPOINT task")?;
    let ended = run_task(session, task)?;
    if ended.undo {
        session.forget_actions_from(actions);
        session.counts = counts;
        session.known().forget_schema();
        execute(session, "ROLLBACK TO task")?;
    }
    execute(session, "RELEASE task")?;
    ended.answer(task);
    Ok(())
}

/// How a closure ended.
struct Ended {
    undo: bool,
    /// What it is told, if its own answer is not the truth: it passed over a failed change.
    failure: Option<Error>,
}

impl Ended {
    fn answer(self, task: &mut Box<dyn WriteTask>) {
        if let Some(failure) = self.failure {
            let answered: Box<dyn WriteTask> = Box::new(Answered);
            std::mem::replace(task, answered).finish(Err(failure));
        }
    }
}

fn run_task(session: &mut Session<'_>, task: &mut Box<dyn WriteTask>) -> Result<Ended> {
    session.seen = None;
    let asks_to_keep = task.run(session);
    let failure = session.take_failure();
    if session.conn().is_autocommit() {
        // A full disk in mid-transaction makes SQLite undo all of it by itself, the other closures' work included.
        return Err(failure.unwrap_or(Error::Full));
    }
    Ok(Ended {
        undo: !asks_to_keep || failure.is_some(),
        failure: failure.filter(|_| asks_to_keep),
    })
}

/// Stands in a batch for a task that has its answer already.
struct Answered;

impl WriteTask for Answered {
    fn run(&mut self, _: &mut dyn crate::Tx) -> bool {
        false
    }

    fn finish(self: Box<Self>, _: Result<()>) {}
}

fn execute(session: &Session<'_>, sql: &str) -> Result<()> {
    session.prepared(sql)?.execute([])?;
    Ok(())
}

fn act(action: Box<dyn FnOnce() + Send>) {
    if catch_unwind(AssertUnwindSafe(action)).is_err() {
        tracing::error!("an action after a commit panicked");
    }
}
