//! Where a store is and what keeps it open, whichever backend that is: for programs that are told by a configuration.

use crate::postgres::{self, Postgres};
use crate::sqlite::{self, Sqlite};
use crate::{Access, Result, Store};

/// Where a store is.
#[derive(Clone, Debug)]
pub enum Place {
    /// In a folder of this machine.
    Sqlite(sqlite::Options),
    /// In a database of PostgreSQL.
    Postgres(postgres::Options),
}

impl Place {
    /// Opens the store, making or migrating it first.
    ///
    /// # Errors
    /// As [`sqlite::open`] and [`postgres::open`].
    pub fn open(&self, access: Access) -> Result<Opened> {
        Ok(match self {
            Self::Sqlite(options) => Opened::Sqlite(sqlite::open(options, access)?),
            Self::Postgres(options) => Opened::Postgres(postgres::open(options, access)?),
        })
    }
}

/// An open store. Dropping it ends its threads after the waiting work is done.
pub enum Opened {
    /// The embedded one.
    Sqlite(Sqlite),
    /// One on PostgreSQL.
    Postgres(Postgres),
}

impl Opened {
    /// The handle to share.
    pub fn store(&self) -> Store {
        match self {
            Self::Sqlite(opened) => opened.store(),
            Self::Postgres(opened) => opened.store(),
        }
    }

    /// Ends the threads after the waiting work is done; later calls on any handle answer that the store is closed.
    pub fn close(&self) {
        match self {
            Self::Sqlite(opened) => opened.close(),
            Self::Postgres(opened) => opened.close(),
        }
    }
}
