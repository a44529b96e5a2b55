//! Named values.

use rusqlite::OptionalExtension;

use super::Session;
use crate::Result;
use crate::tables::{ReadMarks, WriteMarks};

const GET: &str = "SELECT value FROM marks WHERE name = ?1";
const SET: &str =
    "INSERT INTO marks (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

impl ReadMarks for Session<'_> {
    fn mark(&mut self, name: &str) -> Result<Option<String>> {
        Ok(self
            .prepared(GET)?
            .query_row([name], |row| row.get(0))
            .optional()?)
    }
}

impl WriteMarks for Session<'_> {
    fn set_mark(&mut self, name: &str, value: &str) -> Result<()> {
        self.prepared(SET)?.execute([name, value])?;
        Ok(())
    }
}
