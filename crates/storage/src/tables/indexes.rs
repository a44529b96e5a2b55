//! Building an index in parts, while writers go on.
//!
//! [`super::WriteRecords::declare_index`] builds an index in one transaction, which holds up every other writer. Here it
//! is begun in one transaction, from which on every write keeps it up; records that were there before are added in as
//! many further transactions as it takes, and only when all are in does it serve reads. How far it has come is kept
//! with it, so that a build goes on where it stood after whatever interrupted it.

use model::CollectionId;

use super::records::{IndexDef, Place};
use crate::Result;

/// How far an index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexState {
    /// Writers keep it up, but it does not know all older records yet: reads do not see it.
    Building,
    /// It serves reads.
    Ready,
}

/// An index, whether it serves yet or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredIndex {
    /// What it is.
    pub def: IndexDef,
    /// How far it is.
    pub state: IndexState,
}

/// How a step of filling an index went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filled {
    /// Records up to this place have their entries; there are more.
    UpTo(Place),
    /// Every record has its entries.
    Whole,
    /// The index is a unique one, and these two records share a value. The next step looks at them again.
    Conflict {
        /// The id of the record whose entry is there.
        first: String,
        /// The id of the record that cannot have one.
        second: String,
    },
}

/// Reading about indexes.
pub trait ReadIndexes {
    /// All indexes in the order of their declaration, those under way among them.
    /// [`super::ReadRecords::indexes`] tells of the ready ones alone.
    fn declared_indexes(&mut self, collection: CollectionId) -> Result<Vec<DeclaredIndex>>;
}

/// Building indexes in parts.
pub trait WriteIndexes {
    /// Begins an index, in place of another one of that name, whose entries are left to
    /// [`super::WriteCollections::sweep`]. When it is there already it stays as it is. Answers how far it is.
    /// From now on writes keep it up, and are refused where it is unique and has an entry of another record.
    fn begin_index(&mut self, collection: CollectionId, def: &IndexDef) -> Result<IndexState>;
    /// Adds the entries of up to `limit` (at least one) further records, in order of creation.
    fn fill_index(&mut self, collection: CollectionId, name: &str, limit: u64) -> Result<Filled>;
    /// Lets the index serve reads; `false`, and nothing is changed, when [`Filled::Whole`] was not said yet.
    fn finish_index(&mut self, collection: CollectionId, name: &str) -> Result<bool>;
}
