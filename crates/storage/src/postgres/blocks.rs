//! Blocks after failures.

use model::JobSeq;
use tokio_postgres::Row;

use super::Session;
use super::value::{Cells, params, signed};
use crate::Result;
use crate::tables::blocks::Block;
use crate::tables::{ReadBlocks, WriteBlocks};

const ANY: &str = "SELECT EXISTS (SELECT 1 FROM blocks WHERE scope = $1)";
const GET: &str = "SELECT key, job, item FROM blocks WHERE scope = $1 AND key = $2";
/// Blocks of one item have no order of their own, so their keys give one.
const LIST: &str =
    "SELECT key, job, item FROM blocks WHERE scope = $1 ORDER BY job, item, key LIMIT $2 OFFSET $3";
const COUNT: &str = "SELECT count(*) FROM blocks WHERE scope = $1";
const ADD: &str = "INSERT INTO blocks (scope, key, job, item) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
const CLEAR: &str = "DELETE FROM blocks WHERE scope = $1";

fn block(row: &Row) -> Result<Block> {
    let row = Cells(row);
    Ok(Block {
        key: row.text(0)?,
        job: JobSeq(row.int(1)?),
        item: row.count(2)?,
    })
}

impl ReadBlocks for Session<'_> {
    fn any_block(&mut self, scope: &str) -> Result<bool> {
        self.aside().truth(ANY, params![scope])
    }

    fn block(&mut self, scope: &str, key: &str) -> Result<Option<Block>> {
        self.aside()
            .row(GET, params![scope, key])?
            .as_ref()
            .map(block)
            .transpose()
    }

    fn blocks(&mut self, scope: &str, offset: u64, limit: u64) -> Result<(Vec<Block>, u64)> {
        let total = self.aside().number(COUNT, params![scope])?.unsigned_abs();
        let rows = self
            .aside()
            .rows(LIST, params![scope, signed(limit), signed(offset)])?;
        Ok((rows.iter().map(block).collect::<Result<_>>()?, total))
    }
}

impl WriteBlocks for Session<'_> {
    fn add_block(&mut self, scope: &str, block: &Block) -> Result<()> {
        self.aside()
            .send(ADD, params![scope, &block.key, block.job.0, signed(block.item)])
    }

    fn clear_blocks(&mut self, scope: &str) -> Result<u64> {
        self.aside().change(CLEAR, params![scope])
    }
}
