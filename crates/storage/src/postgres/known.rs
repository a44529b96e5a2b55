//! What a connection remembers between transactions.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Deref;

use model::CollectionId;

use super::foresight::Foresight;
use super::records::RecordSql;
use crate::known::{self, Statements};

/// What a connection remembers of the collections, and of what other nodes may change behind its back. Dereferences to
/// what it would remember without them.
#[derive(Default)]
pub(super) struct Known {
    schema: known::Known<RecordSql>,
    pub(super) heads: RefCell<HashMap<(CollectionId, Head), i64>>,
    /// What the last group knew of records.
    foresight: RefCell<Foresight>,
    /// The number of the last group that was written here.
    turn: Cell<i64>,
    /// Groups that came to their commit.
    groups: Cell<i64>,
}

/// A table of a collection whose rows are numbered by the writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Head {
    /// Records.
    Row,
    /// Lines of history.
    Line,
}

impl Statements for RecordSql {
    fn of(collection: CollectionId) -> Self {
        Self::of(collection)
    }
}

impl Deref for Known {
    type Target = known::Known<RecordSql>;

    fn deref(&self) -> &Self::Target {
        &self.schema
    }
}

impl Known {
    /// The greatest number of a table.
    pub(super) fn head(&self, collection: CollectionId, head: Head) -> Option<i64> {
        self.heads.borrow().get(&(collection, head)).copied()
    }

    /// Forgets all that another writer, or undoing, may have changed.
    pub(super) fn forget(&self) {
        self.forget_schema();
        self.foresight.take();
        self.heads.borrow_mut().clear();
    }

    /// What the last group knew of records, for the next one alone.
    pub(super) fn take_foresight(&self) -> Foresight {
        self.foresight.take()
    }

    /// Keeps what a group that was committed knows.
    pub(super) fn keep_foresight(&self, foresight: Foresight) {
        self.foresight.replace(foresight);
    }

    /// A number that no group of this node has had.
    pub(super) fn next_group(&self) -> i64 {
        self.groups.set(self.groups.get() + 1);
        self.groups.get()
    }

    /// Notes the number of a group that begins: when it is not the one behind our last, another node has written.
    pub(super) fn note_turn(&self, turn: i64) {
        if self.turn.replace(turn) + 1 != turn {
            self.forget();
        }
    }
}
