//! Blocks after failures.

use model::JobSeq;
use rusqlite::{OptionalExtension, Row, params};

use super::Session;
use crate::Result;
use crate::numbers::signed;
use crate::tables::blocks::Block;
use crate::tables::{ReadBlocks, WriteBlocks};

const ANY: &str = "SELECT EXISTS (SELECT 1 FROM blocks WHERE scope = ?1)";
const GET: &str = "SELECT key, job, item FROM blocks WHERE scope = ?1 AND key = ?2";
const LIST: &str = "SELECT key, job, item FROM blocks WHERE scope = ?1 ORDER BY job, item LIMIT ?2 OFFSET ?3";
const COUNT: &str = "SELECT count(*) FROM blocks WHERE scope = ?1";
const ADD: &str = "INSERT INTO blocks (scope, key, job, item) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
const CLEAR: &str = "DELETE FROM blocks WHERE scope = ?1";

fn block(row: &Row<'_>) -> rusqlite::Result<Block> {
    let item: i64 = row.get(2)?;
    Ok(Block {
        key: row.get(0)?,
        job: JobSeq(row.get(1)?),
        item: item.unsigned_abs(),
    })
}

impl ReadBlocks for Session<'_> {
    fn any_block(&mut self, scope: &str) -> Result<bool> {
        Ok(self.prepared(ANY)?.query_row([scope], |row| row.get(0))?)
    }

    fn block(&mut self, scope: &str, key: &str) -> Result<Option<Block>> {
        Ok(self.prepared(GET)?.query_row([scope, key], block).optional()?)
    }

    fn blocks(&mut self, scope: &str, offset: u64, limit: u64) -> Result<(Vec<Block>, u64)> {
        let total: i64 = self.prepared(COUNT)?.query_row([scope], |row| row.get(0))?;
        let mut list = self.prepared(LIST)?;
        let rows = list.query_map(params![scope, signed(limit), signed(offset)], block)?;
        Ok((rows.collect::<rusqlite::Result<_>>()?, total.unsigned_abs()))
    }
}

impl WriteBlocks for Session<'_> {
    fn add_block(&mut self, scope: &str, block: &Block) -> Result<()> {
        let item = signed(block.item);
        self.prepared(ADD)?
            .execute(params![scope, block.key, block.job.0, item])?;
        Ok(())
    }

    fn clear_blocks(&mut self, scope: &str) -> Result<u64> {
        Ok(self.prepared(CLEAR)?.execute([scope])? as u64)
    }
}
