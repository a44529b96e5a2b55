//! One transaction on one connection: the type that implements every table trait for PostgreSQL.
//!
//! It begins with its first statement. A writing one is shared by the closures of a group: from the second writing
//! closure on, each has a savepoint of its own, set by its first change, so that one that only reads costs none.

use std::cell::{Cell, RefCell};
use std::time::Instant;

use model::Timestamp;

use super::connect::Purpose;
use super::counts;
use super::foresight::Foresight;
use super::known::Known;
use super::link::Link;
use super::pending::Layer;
use super::value::{Cells, params};
use crate::sums::Sums;
use crate::{Error, ReadTx, Result, Tx};

const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
pub(super) const LOCK: &str = "SELECT pg_advisory_xact_lock($1)";
const ANNOUNCE: &str = "SELECT pg_notify($1, $2)";
/// See the table.
const NOTE_GROUP: &str = "INSERT INTO written_groups (node, number) VALUES ($1, $2)
    ON CONFLICT (node) DO UPDATE SET number = excluded.number, written_at = now()";
/// The lock of all writers: "stky".
pub(super) const WRITERS: i64 = 0x7374_6b79;
/// A number for each group of writes, whoever writes it, and the time.
const TURN: &str = "SELECT nextval('turns'), (extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/// How far a transaction is.
#[derive(Default)]
struct Progress {
    begun: Cell<bool>,
    /// The number under which it came to its commit, if it has changed anything.
    number: Cell<Option<i64>>,
    /// What time it was on the server when it began, and here.
    time: Cell<Option<(Timestamp, Instant)>>,
    /// Whether the closure under way has had an answer.
    answered: Cell<bool>,
    /// Whether an earlier closure has changed something.
    changed: Cell<bool>,
    /// Whether this one has.
    changes: Cell<bool>,
    /// Whether this one has a savepoint.
    saved: Cell<bool>,
    /// Why the server refuses everything further.
    refusal: RefCell<Option<Error>>,
}

/// How the changes of a closure were undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undone {
    /// They alone.
    Alone,
    /// Not yet: it takes undoing the whole group.
    NotAlone,
}

/// A transaction under way.
pub(crate) struct Session<'c> {
    pub(super) link: &'c Link,
    known: &'c Known,
    purpose: Purpose,
    progress: Progress,
    on_commit: Vec<Box<dyn FnOnce() + Send>>,
    failure: Option<Error>,
    /// Whether other nodes are to hear of this.
    pub(super) announced: bool,
    /// What the closure under way has decided on.
    pub(super) layer: RefCell<Layer>,
    /// What those before it have.
    pub(super) group: RefCell<Layer>,
    pub(super) foresight: RefCell<Foresight>,
    /// Whether closures are only run to see what they look for.
    pub(super) scouting: Cell<bool>,
    /// Whether that could not be seen to its end.
    pub(super) lacks: Cell<bool>,
    /// Records made and removed.
    pub(super) counts: RefCell<Sums>,
}

impl<'c> Session<'c> {
    /// A transaction that reads from one snapshot.
    pub(super) fn reading(link: &'c Link, known: &'c Known) -> Self {
        Self::new(link, known, Purpose::Reading)
    }

    /// A transaction that writes while nobody else does.
    pub(super) fn writing(link: &'c Link, known: &'c Known) -> Self {
        Self::new(link, known, Purpose::Writing)
    }

    fn new(link: &'c Link, known: &'c Known, purpose: Purpose) -> Self {
        Self {
            link,
            known,
            purpose,
            progress: Progress::default(),
            on_commit: Vec::new(),
            failure: None,
            announced: false,
            layer: RefCell::default(),
            group: RefCell::default(),
            foresight: RefCell::default(),
            scouting: Cell::new(false),
            lacks: Cell::new(false),
            counts: RefCell::default(),
        }
    }

    /// Whether closures may write.
    pub(super) fn writes(&self) -> bool {
        self.purpose == Purpose::Writing
    }

    pub(super) fn known(&self) -> &'c Known {
        self.known
    }

    pub(super) fn asked<T>(&self, ask: impl Fn(&Link) -> Result<T>) -> Result<T> {
        self.begin()?;
        let mut outcome = ask(self.link);
        // A connection that went away between two tasks is no fault of this one, which has seen nothing yet.
        if self.purpose == Purpose::Reading
            && !self.progress.answered.get()
            && matches!(outcome, Err(Error::Away(_)))
        {
            self.link.hang_up();
            self.progress.begun.set(false);
            outcome = self.begin().and_then(|()| ask(self.link));
        }
        self.progress.answered.set(true);
        self.noted(outcome)
    }

    /// After a failure the server refuses everything up to the end of the transaction.
    pub(super) fn noted<T>(&self, outcome: Result<T>) -> Result<T> {
        if let Err(error) = &outcome {
            self.progress.refusal.replace(Some(error.echo()));
        }
        outcome
    }

    /// Begins, if that was not done yet. To be called before anything that [`Known`] holds is relied on.
    pub(super) fn begin(&self) -> Result<()> {
        if let Some(refusal) = self.progress.refusal.borrow().as_ref() {
            return Err(refusal.echo());
        }
        if self.progress.begun.get() {
            return Ok(());
        }
        let begun = match self.purpose {
            Purpose::Reading | Purpose::Finding => self.begin_reading(),
            Purpose::Writing => self.begin_writing(),
        };
        self.noted(begun)?;
        self.progress.begun.set(true);
        Ok(())
    }

    fn begin_reading(&self) -> Result<()> {
        if self.link.ensure()? {
            self.known.forget();
        }
        self.link.send(BEGIN_READ, &[])
    }

    fn begin_writing(&self) -> Result<()> {
        if self.link.ensure()? {
            self.known.forget();
        }
        self.link.send(BEGIN_WRITE, &[])?;
        self.link.send(LOCK, params![WRITERS])?;
        let turn = self.link.rows(TURN, &[])?;
        let turn = turn.first().ok_or_else(|| Error::Damaged("no turn".to_owned()))?;
        self.known.note_turn(Cells(turn).int(0)?);
        self.foresight.replace(self.known.take_foresight());
        let time = (Timestamp(Cells(turn).int(1)?), Instant::now());
        self.progress.time.set(Some(time));
        Ok(())
    }

    /// Begins to change something on the server: a savepoint is needed only where there is something to be kept.
    pub(super) fn begin_change(&self) -> Result<()> {
        if self.scouting.get() {
            // What the server was told cannot be forgotten.
            return Err(self.lacking());
        }
        self.begin()?;
        if self.progress.changes.replace(true) {
            return Ok(());
        }
        // What is kept must stand before the savepoint.
        self.flush_group()?;
        if self.progress.changed.get() {
            self.noted(self.link.send("SAVEPOINT task", &[]))?;
            self.progress.saved.set(true);
        }
        Ok(())
    }

    /// Whether closures before this one have changed something.
    fn has_changed(&self) -> bool {
        self.progress.changed.get() || !self.group.borrow().is_empty()
    }

    /// Notes that the server is told of such a change.
    pub(super) fn note_changed(&self) {
        self.progress.changed.set(true);
    }

    /// A change of several statements. When one of them fails, the closure that asked for it is undone, even if it does not
    /// pass the error on: half a change must not stay.
    pub(crate) fn whole<T>(&mut self, change: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let outcome = change(self);
        if let Err(error) = &outcome {
            self.failure.get_or_insert_with(|| error.echo());
        }
        outcome
    }

    /// Why the closure under way cannot be kept. A question that failed counts too: the server keeps nothing behind it.
    pub(super) fn take_failure(&mut self) -> Option<Error> {
        let refusal = self.progress.refusal.borrow().as_ref().map(Error::echo);
        self.failure.take().or(refusal)
    }

    /// Forgets what failed while it did not count.
    pub(super) fn forget_failure(&mut self) {
        self.failure = None;
    }

    /// Sends what waits, and waits for the answers to all that was sent.
    pub(super) fn settle(&self) -> Result<()> {
        self.flush()?;
        if !self.progress.begun.get() || self.progress.refusal.borrow().is_some() {
            return Ok(());
        }
        self.noted(self.link.settle())
    }

    /// The number under which the group came to its commit; none if it has changed nothing, or did not come so far.
    pub(super) fn number_there(&self) -> Option<i64> {
        self.progress.number.get()
    }

    /// Keeps what the closure under way has changed, for the commit of its group.
    pub(super) fn keep(&self) -> Result<()> {
        if self.progress.saved.replace(false) {
            self.link.send("RELEASE task", &[])?;
        }
        let changes = self.progress.changes.replace(false);
        self.progress.changed.set(self.progress.changed.get() || changes);
        self.progress.answered.set(false);
        self.group.borrow_mut().absorb(self.layer.take());
        Ok(())
    }

    /// Undoes the closure under way.
    pub(super) fn undo(&self) -> Result<Undone> {
        let refused = self.progress.refusal.take().is_some();
        let changes = self.progress.changes.replace(false);
        self.progress.answered.set(false);
        self.layer.take();
        if !refused && !changes {
            return Ok(Undone::Alone);
        }
        self.known.forget();
        self.foresight.take();
        if self.progress.saved.replace(false) {
            // What was sent before may fail now, which shows that the refusal was not this closure's.
            self.link.send("ROLLBACK TO task", &[])?;
            self.link.send("RELEASE task", &[])?;
        } else if self.has_changed() {
            return Ok(Undone::NotAlone);
        } else {
            self.give_up();
        }
        Ok(Undone::Alone)
    }

    /// Ends the transaction without a trace.
    pub(super) fn give_up(&self) {
        self.layer.take();
        self.group.take();
        self.foresight.take();
        self.progress.refusal.take();
        self.progress.number.set(None);
        for flag in [
            &self.progress.changed,
            &self.progress.changes,
            &self.progress.saved,
        ] {
            flag.set(false);
        }
        if self.progress.begun.replace(false) && self.link.batch("ROLLBACK").is_err() {
            self.link.hang_up();
        }
    }

    /// Commits the group.
    pub(super) fn commit(&self) -> Result<()> {
        if self.progress.begun.get() {
            self.flush_group()?;
            self.progress.begun.set(false);
            for (sql, [collection, sum]) in counts::changes(&self.counts.borrow()) {
                self.link.send(sql, params![collection, sum])?;
            }
            let way = self.link.way();
            if self.announced {
                self.link.send(ANNOUNCE, params![way.schema(), way.node()])?;
            }
            if self.progress.changed.get() {
                let number = self.known.next_group();
                self.link.send(NOTE_GROUP, params![way.node(), number])?;
                self.progress.number.set(Some(number));
            }
            self.link.execute("COMMIT", &[])?;
            self.known.heads.borrow_mut().extend(self.group.take().heads);
            self.known.keep_foresight(self.foresight.take().into_kept());
        }
        Ok(())
    }

    /// Ends a snapshot; nobody waits for that.
    pub(super) fn end(&self) {
        if self.progress.refusal.borrow().is_some() {
            return self.give_up();
        }
        if self.progress.begun.replace(false) && self.link.send("COMMIT", &[]).is_err() {
            self.link.hang_up();
        }
        self.link.push();
    }

    /// Whether the transaction can answer a further closure, after one that has ended.
    pub(super) fn is_sound(&self) -> bool {
        self.progress.answered.set(false);
        self.progress.refusal.borrow().is_none()
    }

    /// How many commit actions there are; with [`Session::forget_actions_from`] undoes those of one closure.
    pub(super) fn action_count(&self) -> usize {
        self.on_commit.len()
    }

    pub(super) fn forget_actions_from(&mut self, count: usize) {
        self.on_commit.truncate(count);
    }

    pub(super) fn into_actions(self) -> Vec<Box<dyn FnOnce() + Send>> {
        self.on_commit
    }
}

impl ReadTx for Session<'_> {}

impl Tx for Session<'_> {
    fn on_commit(&mut self, action: Box<dyn FnOnce() + Send>) {
        self.on_commit.push(action);
    }

    fn announce(&mut self) {
        // Should the closure be undone, the others look in vain.
        self.announced = true;
    }

    fn server_time(&mut self) -> Result<Option<Timestamp>> {
        self.begin()?;
        let time = self.progress.time.get();
        Ok(time.map(|(time, since)| {
            let passed = i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX);
            time.plus_millis(passed)
        }))
    }
}
