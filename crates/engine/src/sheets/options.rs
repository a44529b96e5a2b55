//! Settings of imports and exports.

use serde::{Deserialize, Serialize};

use super::Bounds;

/// Settings of imports from CSV files and of exports to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SheetOptions {
    /// The longest file, in bytes as it is sent.
    pub max_file_bytes: u64,
    /// The most bytes that a packed file may unpack to.
    pub max_unpacked_bytes: u64,
    /// The most columns of a file.
    pub max_columns: usize,
    /// The longest cell, in bytes.
    pub max_cell_bytes: usize,
    /// The longest row, in bytes.
    pub max_row_bytes: usize,
    /// The most rows of one file that may fail; one more ends its job.
    pub max_failed_rows: u64,
    /// Rows committed together at most. Larger is faster, smaller lets other writes in sooner.
    pub chunk_rows: usize,
    /// Input bytes committed together at most, which bounds memory.
    pub chunk_bytes: usize,
    /// What a dry run may remember of the records that it would make, in bytes.
    pub dry_run_bytes: usize,
    /// The most records of one export.
    pub max_export_records: u64,
}

impl Default for SheetOptions {
    fn default() -> Self {
        Self {
            max_file_bytes: 16 << 30,
            max_unpacked_bytes: 64 << 30,
            max_columns: 1000,
            max_cell_bytes: 1 << 20,
            max_row_bytes: 4 << 20,
            max_failed_rows: 100_000,
            chunk_rows: 1000,
            chunk_bytes: 1 << 20,
            dry_run_bytes: 64 << 20,
            max_export_records: 1_000_000,
        }
    }
}

impl SheetOptions {
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds {
            columns: self.max_columns,
            cell: self.max_cell_bytes,
            row: self.max_row_bytes,
        }
    }
}
