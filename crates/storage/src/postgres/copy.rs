//! Rows in bulk: in by COPY, out as they come, without holding them all.

use std::pin::pin;
use std::time::Duration;

use tokio_postgres::Row;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};

use super::link::{Link, next};
use super::value::Value;
use crate::{Error, Result};

/// A server that shows no row for so long is gone.
const PATIENCE: Duration = Duration::from_secs(600);

impl Link {
    /// Adds rows by a statement `COPY … FROM STDIN BINARY` for columns of these types, after all that was sent before.
    pub(super) fn copy_in(&self, sql: &str, types: &[Type], rows: &[Vec<Value<'_>>]) -> Result<u64> {
        self.settle()?;
        let client = self.client()?;
        self.wait(async {
            let sink = client.copy_in(sql).await?;
            let mut writer = pin!(BinaryCopyInWriter::new(sink, types));
            for row in rows {
                let row: Vec<&(dyn ToSql + Sync)> =
                    row.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
                writer.as_mut().write(&row).await?;
            }
            writer.finish().await
        })
    }

    /// Shows each row that a statement finds, after all that was sent before.
    pub(super) fn each(&self, sql: &str, show: &mut dyn FnMut(&Row) -> Result<()>) -> Result<()> {
        let statement = self.prepared(sql)?;
        self.settle()?;
        let client = self.client()?;
        self.runtime().block_on(async {
            let none: [&(dyn ToSql + Sync); 0] = [];
            let mut rows = pin!(client.query_raw(&statement, none).await?);
            loop {
                let row = std::future::poll_fn(|context| next(rows.as_mut(), context));
                let Ok(row) = tokio::time::timeout(PATIENCE, row).await else {
                    return Err(Error::Away(format!("no answer within {PATIENCE:?}")));
                };
                match row {
                    Some(row) => show(&row?)?,
                    None => return Ok(()),
                }
            }
        })
    }
}
