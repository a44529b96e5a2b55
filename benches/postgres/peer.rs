//! A bare connection to the database of a store, and tables beside it that are like the store's.

use anyhow::Context;
use testdb::Database;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, Config, NoTls};

/// Where the peers have their tables.
pub(super) const SCHEMA: &str = "peer";

/// A connection and the thread's runtime that drives it.
pub(super) struct Peer {
    pub(super) runtime: Runtime,
    pub(super) client: Client,
}

/// Opens a connection, driven by the runtime this is called on.
///
/// # Errors
/// When the database cannot be reached.
pub(super) async fn connect(url: &str) -> anyhow::Result<Client> {
    let config: Config = url.parse()?;
    let (client, connection) = config.connect(NoTls).await?;
    // Whoever uses the client hears of the end of the connection.
    tokio::spawn(connection);
    Ok(client)
}

impl Peer {
    /// Connects, and makes the schema of the peers.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub(super) fn open(database: &Database) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let client = runtime.block_on(connect(&database.url()))?;
        let peer = Self { runtime, client };
        peer.run(&format!("CREATE SCHEMA {SCHEMA}"))?;
        Ok(peer)
    }

    /// Runs statements.
    ///
    /// # Errors
    /// When one fails.
    pub(super) fn run(&self, statements: &str) -> anyhow::Result<()> {
        let done = self.runtime.block_on(self.client.batch_execute(statements));
        done.with_context(|| statements.to_owned())
    }

    /// The number or text that a statement answers.
    ///
    /// # Errors
    /// When it fails or answers nothing.
    pub(super) fn ask<T>(&self, statement: &str) -> anyhow::Result<T>
    where
        T: for<'a> tokio_postgres::types::FromSql<'a>,
    {
        let row = self.runtime.block_on(self.client.query_one(statement, &[]));
        Ok(row.with_context(|| statement.to_owned())?.try_get(0)?)
    }

    /// The number of a collection of the store.
    ///
    /// # Errors
    /// When there is none of this name.
    pub(super) fn collection(&self, name: &str) -> anyhow::Result<i64> {
        self.ask(&format!(
            "SELECT id FROM stockyard.collections WHERE name = '{name}'"
        ))
    }

    /// Makes an empty table like this one of the store's, with the same indexes and settings; an earlier one goes.
    ///
    /// # Errors
    /// When there is no such table.
    pub(super) fn twin(&self, table: &str) -> anyhow::Result<()> {
        let settings: String = self.ask(&format!(
            "SELECT coalesce('WITH (' || array_to_string(reloptions, ', ') || ')', '')
             FROM pg_class WHERE oid = 'stockyard.{table}'::regclass"
        ))?;
        self.run(&format!(
            "DROP TABLE IF EXISTS {SCHEMA}.{table};
             CREATE TABLE {SCHEMA}.{table} (LIKE stockyard.{table} INCLUDING ALL) {settings}"
        ))
    }
}
