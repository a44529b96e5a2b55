//! One transaction on one connection: the type that implements every table trait for PostgreSQL.
//!
//! It begins with its first statement. A writing one is shared by the closures of a group: from the second writing
//! closure on, each has a savepoint of its own, set by its first change, so that one that only reads costs none.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use model::CollectionId;
use tokio_postgres::Row;

use super::connect::Purpose;
use super::counts;
use super::indexes::StoredIndex;
use super::link::Link;
use super::records::RecordSql;
use super::value::{Cells, Value, params};
use crate::sums::Sums;
use crate::{Error, ReadTx, Result, Tx};

const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
const LOCK: &str = "SELECT pg_advisory_xact_lock($1)";
const ANNOUNCE: &str = "SELECT pg_notify($1, $2)";
/// The lock of all writers: "stky".
pub(super) const WRITERS: i64 = 0x7374_6b79;
/// A number for each group of writes, whoever writes it, and the transaction's own.
const TURN: &str = "SELECT nextval('turns'), pg_current_xact_id()::text::bigint";

/// What a connection remembers of the collections between transactions.
#[derive(Default)]
pub(super) struct Known {
    sql: RefCell<HashMap<CollectionId, Arc<RecordSql>>>,
    indexes: RefCell<HashMap<CollectionId, Arc<[StoredIndex]>>>,
    histories: RefCell<HashMap<CollectionId, bool>>,
    heads: RefCell<HashMap<(CollectionId, Head), i64>>,
    /// The number of the last group that was written here.
    turn: Cell<i64>,
}

/// A table of a collection whose rows are numbered by the writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Head {
    /// Records.
    Row,
    /// Lines of history.
    Line,
}

impl Known {
    /// The statements of a collection.
    pub(super) fn sql(&self, collection: CollectionId) -> Arc<RecordSql> {
        let mut known = self.sql.borrow_mut();
        Arc::clone(
            known
                .entry(collection)
                .or_insert_with(|| Arc::new(RecordSql::of(collection))),
        )
    }

    /// The indexes of a collection, by `load` when they are not known yet.
    pub(super) fn indexes(
        &self,
        collection: CollectionId,
        load: impl FnOnce() -> Result<Vec<StoredIndex>>,
    ) -> Result<Arc<[StoredIndex]>> {
        if let Some(known) = self.indexes.borrow().get(&collection) {
            return Ok(Arc::clone(known));
        }
        let loaded: Arc<[StoredIndex]> = load()?.into();
        self.indexes.borrow_mut().insert(collection, Arc::clone(&loaded));
        Ok(loaded)
    }

    /// Whether a collection keeps a history, by `load` when that is not known yet.
    pub(super) fn keeps_history(
        &self,
        collection: CollectionId,
        load: impl FnOnce() -> Result<bool>,
    ) -> Result<bool> {
        if let Some(known) = self.histories.borrow().get(&collection) {
            return Ok(*known);
        }
        let loaded = load()?;
        self.histories.borrow_mut().insert(collection, loaded);
        Ok(loaded)
    }

    /// The next number of a table; `load` finds the greatest in use.
    pub(super) fn next_number(
        &self,
        collection: CollectionId,
        head: Head,
        load: impl FnOnce() -> Result<i64>,
    ) -> Result<i64> {
        let known = self.heads.borrow().get(&(collection, head)).copied();
        let next = match known {
            Some(last) => last + 1,
            None => load()? + 1,
        };
        self.heads.borrow_mut().insert((collection, head), next);
        Ok(next)
    }

    /// Forgets indexes and options of collections: one was changed, or such a change was undone.
    pub(super) fn forget_schema(&self) {
        self.indexes.borrow_mut().clear();
        self.histories.borrow_mut().clear();
    }

    /// Forgets all that another writer, or undoing, may have changed.
    pub(super) fn forget(&self) {
        self.forget_schema();
        self.heads.borrow_mut().clear();
    }

    /// Notes the number of a group that begins: when it is not the one behind our last, another node has written.
    fn note_turn(&self, turn: i64) {
        if self.turn.replace(turn) + 1 != turn {
            self.forget();
        }
    }
}

/// How far a transaction is.
#[derive(Default)]
struct Progress {
    begun: Cell<bool>,
    /// Its number on the server, if it writes.
    number: Cell<Option<i64>>,
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
    link: &'c Link,
    known: &'c Known,
    purpose: Purpose,
    progress: Progress,
    on_commit: Vec<Box<dyn FnOnce() + Send>>,
    failure: Option<Error>,
    /// Whether other nodes are to hear of this.
    announced: bool,
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
            counts: RefCell::default(),
        }
    }

    pub(super) fn known(&self) -> &'c Known {
        self.known
    }

    /// The rows that a question finds.
    pub(super) fn rows(&self, sql: &str, params: &[Value<'_>]) -> Result<Vec<Row>> {
        self.asked(|link| link.rows(sql, params))
    }

    /// The row that a question finds, if any.
    pub(super) fn row(&self, sql: &str, params: &[Value<'_>]) -> Result<Option<Row>> {
        Ok(self.rows(sql, params)?.into_iter().next())
    }

    /// The number that a question of one row and column finds.
    pub(super) fn number(&self, sql: &str, params: &[Value<'_>]) -> Result<i64> {
        let row = self.row(sql, params)?;
        Cells(&row.ok_or_else(|| Error::Damaged(format!("no answer to {sql}")))?).int(0)
    }

    /// The truth of a question of one row and column.
    pub(super) fn truth(&self, sql: &str, params: &[Value<'_>]) -> Result<bool> {
        let row = self.row(sql, params)?;
        Cells(&row.ok_or_else(|| Error::Damaged(format!("no answer to {sql}")))?).bool(0)
    }

    /// How many rows a change has changed.
    pub(super) fn change(&self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        self.begin_change()?;
        self.asked(|link| link.execute(sql, params))
    }

    /// The row that a change answers, if any.
    pub(super) fn changed_row(&self, sql: &str, params: &[Value<'_>]) -> Result<Option<Row>> {
        self.begin_change()?;
        self.row(sql, params)
    }

    /// Asks for a change whose outcome is known beforehand. Should it fail, the next answer or the commit does.
    pub(super) fn send(&self, sql: &str, params: &[Value<'_>]) -> Result<()> {
        self.begin_change()?;
        self.noted(self.link.send(sql, params))
    }

    /// Changes of tables.
    pub(super) fn batch(&self, sql: &str) -> Result<()> {
        self.begin_change()?;
        self.asked(|link| link.batch(sql))
    }

    fn asked<T>(&self, ask: impl Fn(&Link) -> Result<T>) -> Result<T> {
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
    fn noted<T>(&self, outcome: Result<T>) -> Result<T> {
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
            Purpose::Reading => self.begin_reading(),
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
        self.progress.number.set(Some(Cells(turn).int(1)?));
        Ok(())
    }

    fn begin_change(&self) -> Result<()> {
        self.begin()?;
        if !self.progress.changes.replace(true) && self.progress.changed.get() {
            self.noted(self.link.send("SAVEPOINT task", &[]))?;
            self.progress.saved.set(true);
        }
        Ok(())
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

    /// Waits for the answers to all that was sent.
    pub(super) fn settle(&self) -> Result<()> {
        if !self.progress.begun.get() || self.progress.refusal.borrow().is_some() {
            return Ok(());
        }
        self.noted(self.link.settle())
    }

    /// The number of the transaction on the server, once it has begun.
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
        Ok(())
    }

    /// Undoes the closure under way.
    pub(super) fn undo(&self) -> Result<Undone> {
        let refused = self.progress.refusal.take().is_some();
        let changes = self.progress.changes.replace(false);
        self.progress.answered.set(false);
        if !refused && !changes {
            return Ok(Undone::Alone);
        }
        self.known.forget();
        if self.progress.saved.replace(false) {
            // What was sent before may fail now, which shows that the refusal was not this closure's.
            self.link.send("ROLLBACK TO task", &[])?;
            self.link.send("RELEASE task", &[])?;
        } else if self.progress.changed.get() {
            return Ok(Undone::NotAlone);
        } else {
            self.give_up();
        }
        Ok(Undone::Alone)
    }

    /// Ends the transaction without a trace.
    pub(super) fn give_up(&self) {
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
        if self.progress.begun.replace(false) {
            for (sql, [collection, sum]) in counts::changes(&self.counts.borrow()) {
                self.link.send(sql, params![collection, sum])?;
            }
            if self.announced {
                let way = self.link.way();
                self.link.send(ANNOUNCE, params![way.schema(), way.node()])?;
            }
            self.link.execute("COMMIT", &[])?;
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
}
