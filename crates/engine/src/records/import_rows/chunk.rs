//! A chunk of rows as it was prepared: what it writes, what it relies on, and how each row went.

use std::collections::BTreeMap;

use jsonb::Jsonb;
use model::CollectionId;

use super::view::Map;
use super::{CellRow, RowFault};
use crate::records::catalogue::EntityRef;
use crate::records::prepare::Old;
use crate::records::references::Resolved;

/// See the module.
#[derive(Default)]
pub(crate) struct Chunk {
    /// The rows that are in it, in order.
    pub(crate) rows: Vec<RowOutcome>,
    pub(in crate::records) writes: Vec<Write>,
    pub(super) relies: Map<(CollectionId, String), Vec<Resolved>>,
    /// Named values: what they must be, and what they are then.
    pub(in crate::records) marks: BTreeMap<String, (Option<String>, i64)>,
}

/// How a row went.
#[derive(Clone, Debug)]
pub(crate) struct RowOutcome {
    /// Its number among the rows of the file, from 0.
    pub(crate) number: u64,
    pub(crate) line: u64,
    pub(crate) offset: u64,
    /// How it reads.
    pub(crate) text: String,
    /// Whether its record is stored, or was the same before.
    pub(crate) stored: bool,
    pub(crate) faults: Vec<RowFault>,
}

/// A record to be written.
#[derive(Clone)]
pub(in crate::records) struct Write {
    pub(in crate::records) entity: EntityRef,
    pub(in crate::records) id: String,
    /// What was there; none of a new one.
    pub(in crate::records) old: Option<Old>,
    pub(in crate::records) body: Jsonb,
    pub(super) label: String,
}

impl Chunk {
    /// A row by itself that cannot be stored.
    pub(crate) fn refusing(row: &CellRow, faults: Vec<RowFault>) -> Self {
        let outcome = RowOutcome {
            number: row.number,
            line: row.line,
            offset: row.offset,
            text: row.text.clone(),
            stored: false,
            faults,
        };
        Self {
            rows: vec![outcome],
            ..Self::default()
        }
    }

    /// Rows that were written elsewhere.
    pub(crate) fn told(rows: Vec<RowOutcome>) -> Self {
        Self {
            rows,
            ..Self::default()
        }
    }

    /// Relies on references as they were resolved.
    pub(super) fn rely(&mut self, all: Vec<Resolved>) {
        for resolved in all {
            let (collection, id) = resolved.place();
            let known = self.relies.entry((collection, id.to_owned())).or_default();
            if !known.iter().any(|known| known.is_same(&resolved)) {
                known.push(resolved);
            }
        }
    }

    /// How many of its rows did not go well.
    pub(crate) fn failed(&self) -> u64 {
        self.rows.iter().filter(|row| !row.faults.is_empty()).count() as u64
    }

    /// How many of its rows are stored.
    pub(crate) fn stored(&self) -> u64 {
        self.rows.iter().filter(|row| row.stored).count() as u64
    }
}

impl Write {
    /// The version that the record has then, as the store counts.
    pub(in crate::records) fn version(&self) -> u64 {
        self.old.as_ref().map_or(1, |old| old.version + 1)
    }
}
