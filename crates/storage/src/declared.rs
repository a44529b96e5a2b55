//! Declared indexes, as both backends know them: which entries a record has, and what a change of it does to them.

use jsonb::Jsonb;
use model::CollectionId;
use query::{NULL_KEY, index_keys};

use crate::tables::indexes::{DeclaredIndex, IndexState};
use crate::tables::records::IndexDef;
use crate::{Error, Result};

/// An index and its number.
#[derive(Clone, Debug)]
pub(crate) struct StoredIndex {
    pub(crate) id: i64,
    pub(crate) def: IndexDef,
    /// Whether it serves reads.
    pub(crate) ready: bool,
}

impl StoredIndex {
    /// The keys of a record with this body, in order, each once.
    pub(crate) fn keys(&self, body: &Jsonb) -> Result<Vec<Vec<u8>>> {
        let mut keys = index_keys(body.root(), &self.def.path)?;
        if keys.is_empty() && self.def.missing {
            keys.push(NULL_KEY.to_vec());
        }
        Ok(keys)
    }

    /// Whether no two records may have this key.
    pub(crate) fn is_exclusive(&self, key: &[u8]) -> bool {
        self.def.unique && key != NULL_KEY
    }

    pub(crate) fn state(&self) -> IndexState {
        if self.ready {
            IndexState::Ready
        } else {
            IndexState::Building
        }
    }

    pub(crate) fn declared(&self) -> DeclaredIndex {
        DeclaredIndex {
            def: self.def.clone(),
            state: self.state(),
        }
    }
}

/// The index of this name, ready or not.
pub(crate) fn named<'a>(
    indexes: &'a [StoredIndex],
    collection: CollectionId,
    name: &str,
) -> Result<&'a StoredIndex> {
    let index = indexes.iter().find(|index| index.def.name == name);
    index.ok_or_else(|| Error::Backend(format!("collection {collection} has no index {name:?}")))
}

/// The index of this name that serves reads.
pub(crate) fn ready<'a>(
    indexes: &'a [StoredIndex],
    collection: CollectionId,
    name: &str,
) -> Result<&'a StoredIndex> {
    let index = indexes.iter().find(|index| index.ready && index.def.name == name);
    index.ok_or_else(|| Error::Backend(format!("collection {collection} has no index {name:?}")))
}

/// Entries of one index that a change of a record removes and adds.
pub(crate) struct EntryChange {
    pub(crate) gone: Vec<Vec<u8>>,
    pub(crate) new: Vec<Vec<u8>>,
}

/// What a change of a body from `old` to `new` does to the entries of each index.
pub(crate) fn entry_changes(
    indexes: &[StoredIndex],
    old: Option<&Jsonb>,
    new: Option<&Jsonb>,
) -> Result<Vec<EntryChange>> {
    let change = |index: &StoredIndex| {
        let keys = |body: Option<&Jsonb>| body.map_or_else(|| Ok(Vec::new()), |body| index.keys(body));
        let (had, has) = (keys(old)?, keys(new)?);
        Ok(EntryChange {
            gone: without(&had, &has),
            new: without(&has, &had),
        })
    };
    indexes.iter().map(change).collect()
}

/// The keys that are not among the others; both are in order.
fn without(keys: &[Vec<u8>], others: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let missing = |key: &&Vec<u8>| others.binary_search(key).is_err();
    keys.iter().filter(missing).cloned().collect()
}
