//! One transaction on one connection: the type that implements every table trait for SQLite.
//!
//! Statements are prepared once per connection and found again by their text; the text of a collection's statements is
//! made once per connection too ([`Known`]).

use model::{CollectionId, Timestamp};
use rusqlite::{CachedStatement, Connection};

use super::counts::Counts;
use super::records::{RecordSql, Seen};
use super::rows::{Key, Rows};
use crate::known::{self, Statements};
use crate::{Error, ReadTx, Result, Tx};

/// What a connection remembers of the collections between transactions.
pub(super) type Known = known::Known<RecordSql>;

impl Statements for RecordSql {
    fn of(collection: CollectionId) -> Self {
        Self::of(collection)
    }
}

/// A transaction under way.
pub(crate) struct Session<'c> {
    connection: &'c Connection,
    known: &'c Known,
    on_commit: Vec<Box<dyn FnOnce() + Send>>,
    failure: Option<Error>,
    /// Where bodies that are read are kept; only look-ups have it.
    rows: Option<&'c Rows>,
    changed: Vec<Key>,
    /// Whether closures may write.
    pub(super) writes: bool,
    /// The record that a writing closure read last, until it writes one.
    pub(super) seen: Option<Seen>,
    /// What the removal of records does to their numbers.
    pub(super) counts: Counts,
}

impl<'c> Session<'c> {
    pub(super) fn new(connection: &'c Connection, known: &'c Known) -> Self {
        Self {
            connection,
            known,
            on_commit: Vec::new(),
            failure: None,
            rows: None,
            changed: Vec::new(),
            writes: false,
            seen: None,
            counts: Counts::default(),
        }
    }

    /// Takes writing closures.
    pub(super) fn writing(self) -> Self {
        let writes = true;
        Self { writes, ..self }
    }

    /// Keeps the bodies that are read.
    pub(super) fn keeping(self, rows: &'c Rows) -> Self {
        let rows = Some(rows);
        Self { rows, ..self }
    }

    pub(super) fn rows(&self) -> Option<&'c Rows> {
        self.rows
    }

    /// Notes that a record changes.
    pub(super) fn note_change(&mut self, collection: CollectionId, id: &str) {
        self.changed.push(Key::of(collection, id));
    }

    /// The records that were changed, those of undone closures among them.
    pub(super) fn take_changed(&mut self) -> Vec<Key> {
        std::mem::take(&mut self.changed)
    }

    /// The connection.
    pub(crate) fn conn(&self) -> &'c Connection {
        self.connection
    }

    /// A statement, prepared once per connection.
    pub(crate) fn prepared(&self, sql: &str) -> Result<CachedStatement<'c>> {
        Ok(self.connection.prepare_cached(sql)?)
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

    pub(super) fn take_failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    pub(super) fn known(&self) -> &'c Known {
        self.known
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

    /// One process alone serves the file, and looks for work from time to time too.
    fn announce(&mut self) {}

    fn server_time(&mut self) -> Result<Option<Timestamp>> {
        Ok(None)
    }
}
