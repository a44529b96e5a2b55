//! `COPY` in its binary form: the rows of a store's tables, taken out and put into tables like them.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use testdb::Database;

use super::peer::{Peer, SCHEMA};

/// Bytes that are sent at once.
const PART: usize = 64 << 10;

/// The columns of a table but those that the database works out, which `COPY` neither takes nor gives.
fn columns(table: &str) -> String {
    format!(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
         WHERE attrelid = 'stockyard.{table}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
    )
}

/// Rows of a table as `COPY` writes them.
pub(super) struct Rows {
    table: String,
    parts: Vec<Bytes>,
}

impl Rows {
    /// Those of a table of the store that fulfil a condition.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn of(peer: &Peer, table: &str, condition: &str) -> anyhow::Result<Self> {
        let columns: String = peer.ask(&columns(table))?;
        let copy = format!(
            "COPY (SELECT {columns} FROM stockyard.{table} WHERE {condition}) TO STDOUT (FORMAT binary)"
        );
        let parts = peer.runtime.block_on(async {
            let stream = peer.client.copy_out(&copy).await?;
            let mut stream = std::pin::pin!(stream);
            let (mut parts, mut part) = (Vec::new(), BytesMut::new());
            while let Some(row) = stream.next().await {
                part.extend_from_slice(&row?);
                if part.len() >= PART {
                    parts.push(part.split().freeze());
                }
            }
            parts.push(part.freeze());
            anyhow::Ok(parts)
        })?;
        let table = table.to_owned();
        Ok(Self { table, parts })
    }

    /// Puts them into the twin of their table; how many they are.
    ///
    /// # Errors
    /// When they cannot be written.
    fn copy(&self, peer: &Peer) -> anyhow::Result<u64> {
        let copy = format!("COPY {SCHEMA}.{} FROM STDIN (FORMAT binary)", self.table);
        peer.runtime.block_on(async {
            let sink = peer.client.copy_in(&copy).await?;
            let mut sink = std::pin::pin!(sink);
            for part in &self.parts {
                sink.send(part.clone()).await?;
            }
            Ok(sink.finish().await?)
        })
    }

    /// Makes the twin of their table, empty.
    ///
    /// # Errors
    /// When it cannot be made.
    fn twin(&self, peer: &Peer) -> anyhow::Result<()> {
        peer.twin(&self.table)
    }
}

/// Puts rows into empty twins of their tables, in one transaction; how many they are, and how long that takes.
///
/// # Errors
/// When they cannot be written.
pub(super) fn copy_all(peer: &Peer, database: &Database, all: &[Rows]) -> anyhow::Result<(u64, Duration)> {
    for rows in all {
        rows.twin(peer)?;
    }
    // Neither side pays for what was written before it.
    database.sql("CHECKPOINT");
    let begun = Instant::now();
    peer.run("BEGIN")?;
    let copied = all.iter().map(|rows| rows.copy(peer));
    let count = copied.sum::<anyhow::Result<u64>>()?;
    peer.run("COMMIT")?;
    Ok((count, begun.elapsed()))
}
