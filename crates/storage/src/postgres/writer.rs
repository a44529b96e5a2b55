//! The one writer of this node: group commit.
//!
//! Its thread takes whatever waits, runs each closure so that it can be undone alone, commits once and only then answers. It
//! never waits for more work to come. While it writes, no other node does, so the closures of a group see what is there
//! and what those before them have written, and nothing else.
//!
//! Closures may be run again. When the connection is lost, or the server ends the transaction, the group is run again;
//! when a statement fails of which it is not known whose it was, each closure is run by itself. When the connection is
//! lost during the commit, the server is asked afterwards for the mark that the group has left in its own transaction: a group
//! is never written twice, and never taken for written when it is not.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

use super::Session;
use super::group::{Group, Setback, Slot, finish_all, is_passing, of_error};
use super::known::Known;
use super::link::Link;
use super::session::{LOCK, WRITERS};
use super::value::{Cells, params};
use crate::{Error, Result, WriteTask};

/// How long a group waits for a database that is away, if the one before did not wait in vain.
const PATIENCE: Duration = Duration::from_secs(6);
/// How long the end of a commit whose answer was lost is looked for.
const LONG_PATIENCE: Duration = Duration::from_secs(30);
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(25);
const LAST_GROUP: &str = "SELECT count(*) FROM written_groups WHERE node = $1 AND number = $2";

pub(super) type Tasks = Receiver<Box<dyn WriteTask>>;

/// See the module.
pub(super) struct Writer {
    link: Link,
    known: Known,
    /// Whether the last group waited for the database in vain.
    away: bool,
}

impl Writer {
    pub(super) fn new(link: Link) -> Self {
        Self {
            link,
            known: Known::default(),
            away: false,
        }
    }

    /// The thread: runs until every sender is gone.
    pub(super) fn run(mut self, tasks: &Tasks) {
        while let Ok(first) = tasks.recv() {
            self.write_batch(first, tasks);
        }
    }

    /// Writes a task with those that wait, and answers them.
    fn write_batch(&mut self, first: Box<dyn WriteTask>, tasks: &Tasks) {
        let begun = Instant::now();
        let mut batch = vec![Slot::new(first)];
        let outcome = self.write_group(&mut batch, Some(tasks));
        let count = batch.len();
        metrics::histogram!("store_batch_size").record(u32::try_from(count).unwrap_or(u32::MAX));
        match outcome {
            Ok(()) => finish_all(batch, None),
            Err(Setback::OneOfThem(_) | Setback::Again(Error::Busy)) if count > 1 => {
                self.write_one_by_one(batch)
            }
            Err(Setback::OneOfThem(error) | Setback::Again(error) | Setback::Unknown(error)) => {
                tracing::error!(%error, store.writes = count, "a group of writes was refused");
                finish_all(batch, Some(&error));
            }
        }
        metrics::histogram!("store_commit_seconds").record(begun.elapsed().as_secs_f64());
    }

    fn write_one_by_one(&mut self, batch: Vec<Slot>) {
        for slot in batch {
            let mut alone = vec![slot];
            let outcome = self.write_group(&mut alone, None);
            let error = outcome.err().map(|setback| match setback {
                Setback::OneOfThem(error) | Setback::Again(error) | Setback::Unknown(error) => error,
            });
            finish_all(alone, error.as_ref());
        }
    }

    /// Runs a group until it is written or there is no hope. Only the first attempt takes further tasks in.
    fn write_group(&mut self, batch: &mut Vec<Slot>, mut tasks: Option<&Tasks>) -> Result<(), Setback> {
        let until = Instant::now() + if self.away { Duration::ZERO } else { PATIENCE };
        loop {
            let outcome = self.attempt(batch, tasks.take());
            match &outcome {
                Err(Setback::Again(error)) if Instant::now() < until => {
                    tracing::warn!(%error, store.writes = batch.len(), "a group of writes is run again");
                    thread::sleep(BETWEEN_ATTEMPTS);
                }
                _ => {
                    self.away = matches!(outcome, Err(Setback::Again(Error::Away(_))));
                    return outcome;
                }
            }
        }
    }

    fn attempt(&self, batch: &mut Vec<Slot>, tasks: Option<&Tasks>) -> Result<(), Setback> {
        let mut session = Session::writing(&self.link, &self.known);
        if let Err(setback) = Group::of(batch).run(&mut session, tasks) {
            session.give_up();
            self.known.forget();
            return Err(setback);
        }
        if let Err(error) = session.commit() {
            self.known.forget();
            self.after_failed_commit(error, session.number_there())?;
        }
        session.into_actions().into_iter().for_each(act);
        Ok(())
    }

    /// Whether the group was written all the same.
    fn after_failed_commit(&self, error: Error, number: Option<i64>) -> Result<(), Setback> {
        if !matches!(error, Error::Away(_)) {
            if self.link.batch("ROLLBACK").is_err() {
                self.link.hang_up();
            }
            return Err(of_error(error));
        }
        self.link.hang_up();
        let Some(number) = number else {
            return Err(Setback::Again(error));
        };
        let until = Instant::now() + LONG_PATIENCE;
        loop {
            match self.was_written(number) {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(Setback::Again(error)),
                Err(passing) if is_passing(&passing) && Instant::now() < until => {
                    thread::sleep(BETWEEN_ATTEMPTS);
                }
                Err(_) => return Err(Setback::Unknown(Error::Unknown(error.to_string()))),
            }
        }
    }

    /// Whether the group of this number was committed. The lock of all writers says that it has ended: it holds that until then.
    fn was_written(&self, number: i64) -> Result<bool> {
        let asked = || {
            self.link.ensure()?;
            self.link.batch("BEGIN")?;
            self.link.rows(LOCK, params![WRITERS])?;
            let found = self
                .link
                .rows(LAST_GROUP, params![self.link.way().node(), number])?;
            self.link.batch("COMMIT")?;
            found.first().map_or(Ok(false), |row| Ok(Cells(row).int(0)? == 1))
        };
        asked().inspect_err(|_| self.link.hang_up())
    }
}

fn act(action: Box<dyn FnOnce() + Send>) {
    if catch_unwind(AssertUnwindSafe(action)).is_err() {
        tracing::error!("an action after a commit panicked");
    }
}
