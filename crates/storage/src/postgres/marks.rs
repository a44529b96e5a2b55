//! Named values.

use super::Session;
use super::value::{Cells, params};
use crate::Result;
use crate::tables::{ReadMarks, WriteMarks};

const GET: &str = "SELECT value FROM marks WHERE name = $1";
const SET: &str =
    "INSERT INTO marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

impl ReadMarks for Session<'_> {
    fn mark(&mut self, name: &str) -> Result<Option<String>> {
        let row = self.aside().row(GET, params![name])?;
        row.map(|row| Cells(&row).text(0)).transpose()
    }
}

impl WriteMarks for Session<'_> {
    fn set_mark(&mut self, name: &str, value: &str) -> Result<()> {
        self.aside().send(SET, params![name, value])
    }
}
