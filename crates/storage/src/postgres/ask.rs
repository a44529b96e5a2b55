//! What a session says to the server.
//!
//! Whatever concerns records waits for what waits to be sent about them ([`super::pending`]), so that it sees it; the rest is
//! said aside. While closures are run as scouts ([`super::foresight`]) nothing is said at all.

use std::cell::RefCell;

use model::CollectionId;
use tokio_postgres::Row;

use super::foresight::Foresight;
use super::known::Head;
use super::link::Rows;
use super::pending::Layer;
use super::session::Session;
use super::value::{Cells, Value};
use crate::{Error, Result};

impl<'c> Session<'c> {
    /// The rows that a question finds.
    pub(super) fn rows(&self, sql: &str, params: &[Value<'_>]) -> Result<Vec<Row>> {
        self.sync()?;
        self.ask_rows(sql, params)
    }

    /// The row that a question finds, if any.
    pub(super) fn row(&self, sql: &str, params: &[Value<'_>]) -> Result<Option<Row>> {
        Ok(self.rows(sql, params)?.into_iter().next())
    }

    /// The number that a question of one row and column finds.
    pub(super) fn number(&self, sql: &str, params: &[Value<'_>]) -> Result<i64> {
        number_of(self.rows(sql, params)?.first(), sql)
    }

    /// How many rows a change has changed.
    pub(super) fn change(&self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        self.sync_change()?;
        self.asked(|link| link.execute(sql, params))
    }

    /// The row that a change answers, if any.
    pub(super) fn changed_row(&self, sql: &str, params: &[Value<'_>]) -> Result<Option<Row>> {
        self.sync_change()?;
        Ok(self.ask_rows(sql, params)?.into_iter().next())
    }

    /// Asks for a change whose outcome is known beforehand. Should it fail, the next answer or the commit does.
    pub(super) fn send(&self, sql: &str, params: &[Value<'_>]) -> Result<()> {
        self.sync_change()?;
        self.tell(sql, params)
    }

    /// Changes of tables.
    pub(super) fn batch(&self, sql: &str) -> Result<()> {
        self.sync_change()?;
        self.asked(|link| link.batch(sql))
    }

    /// What is said beside the tables of records: it need not wait for what waits there.
    pub(super) fn aside(&self) -> Aside<'_, 'c> {
        Aside(self)
    }

    /// Sends what waits, so that a statement about records sees it.
    fn sync(&self) -> Result<()> {
        if self.scouting.get() {
            return Err(self.lacking());
        }
        self.flush()
    }

    /// The same before a change that may be one of records.
    fn sync_change(&self) -> Result<()> {
        self.sync()?;
        self.foresight.replace(Foresight::default());
        self.begin_change()
    }

    /// [`Session::rows`] of what does not depend on what waits.
    pub(super) fn ask_rows(&self, sql: &str, params: &[Value<'_>]) -> Result<Vec<Row>> {
        self.asked(|link| link.rows(sql, params))
    }

    /// [`Session::ask_rows`] for [`Session::arrived`], after an answer to which this belongs.
    pub(super) fn ask_ahead(&self, sql: &str, params: Vec<Value<'static>>) -> Result<Rows> {
        self.noted(self.link.ask_ahead(sql, params))
    }

    /// The rows of a question that was asked ahead.
    pub(super) fn arrived(&self, rows: Rows) -> Result<Vec<Row>> {
        self.noted(self.link.fetch(rows))
    }

    /// [`Session::send`] as it stands.
    pub(super) fn tell(&self, sql: &str, params: &[Value<'_>]) -> Result<()> {
        self.noted(self.link.send(sql, params))
    }

    /// The next number of a table; `greatest` asks for the greatest in use.
    pub(super) fn next_number(&self, collection: CollectionId, head: Head, greatest: &str) -> Result<i64> {
        let given = |layer: &RefCell<Layer>| layer.borrow().heads.get(&(collection, head)).copied();
        let last = given(&self.layer)
            .or_else(|| given(&self.group))
            .or_else(|| self.known().head(collection, head));
        let next = match last {
            Some(last) => last + 1,
            None => number_of(self.ask_rows(greatest, &[])?.first(), greatest)? + 1,
        };
        self.layer.borrow_mut().heads.insert((collection, head), next);
        Ok(next)
    }
}

/// See [`Session::aside`].
pub(super) struct Aside<'s, 'c>(&'s Session<'c>);

impl Aside<'_, '_> {
    /// As [`Session::rows`].
    pub(super) fn rows(&self, sql: &str, params: &[Value<'_>]) -> Result<Vec<Row>> {
        self.refuse_scouts()?;
        self.0.ask_rows(sql, params)
    }

    /// As [`Session::row`].
    pub(super) fn row(&self, sql: &str, params: &[Value<'_>]) -> Result<Option<Row>> {
        Ok(self.rows(sql, params)?.into_iter().next())
    }

    /// As [`Session::number`].
    pub(super) fn number(&self, sql: &str, params: &[Value<'_>]) -> Result<i64> {
        number_of(self.rows(sql, params)?.first(), sql)
    }

    /// As [`Session::truth`].
    pub(super) fn truth(&self, sql: &str, params: &[Value<'_>]) -> Result<bool> {
        truth_of(self.rows(sql, params)?.first(), sql)
    }

    /// As [`Session::change`].
    pub(super) fn change(&self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        self.refuse_scouts()?;
        self.0.begin_change()?;
        self.0.asked(|link| link.execute(sql, params))
    }

    /// As [`Session::changed_row`].
    pub(super) fn changed_row(&self, sql: &str, params: &[Value<'_>]) -> Result<Option<Row>> {
        self.refuse_scouts()?;
        self.0.begin_change()?;
        self.row(sql, params)
    }

    /// The rows that a change answers.
    pub(super) fn changed_rows(&self, sql: &str, params: &[Value<'_>]) -> Result<Vec<Row>> {
        self.refuse_scouts()?;
        self.0.begin_change()?;
        self.rows(sql, params)
    }

    /// As [`Session::send`].
    pub(super) fn send(&self, sql: &str, params: &[Value<'_>]) -> Result<()> {
        self.refuse_scouts()?;
        self.0.begin_change()?;
        self.0.tell(sql, params)
    }

    /// Scouts only look for records.
    fn refuse_scouts(&self) -> Result<()> {
        match self.0.scouting.get() {
            true => Err(self.0.lacking()),
            false => Ok(()),
        }
    }
}

fn number_of(row: Option<&Row>, sql: &str) -> Result<i64> {
    Cells(row.ok_or_else(|| Error::Damaged(format!("no answer to {sql}")))?).int(0)
}

fn truth_of(row: Option<&Row>, sql: &str) -> Result<bool> {
    Cells(row.ok_or_else(|| Error::Damaged(format!("no answer to {sql}")))?).bool(0)
}
