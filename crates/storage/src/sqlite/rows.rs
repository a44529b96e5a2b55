//! Bodies of records that were looked up lately, so that a record read again and again costs no statement.
//!
//! What is kept is what the newest commit left. It holds by one rule: rows are put in only by look-ups, each under the
//! lock of its connection, and the writer takes changed ones out while it holds all those locks, before it tells
//! anybody of the commit. So no look-up can put back what the writer has just taken out.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use jsonb::Jsonb;
use model::CollectionId;
use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};

/// A typical record with what keeping it costs, in bytes: how many are expected.
const TYPICAL: u64 = 640;
/// What an entry takes beside its id and its body, in bytes.
const OVERHEAD: u64 = 160;

/// A record that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    collection: CollectionId,
    id: Box<str>,
}

impl Key {
    pub(super) fn of(collection: CollectionId, id: &str) -> Self {
        let id = id.into();
        Self { collection, id }
    }

    fn borrowed(&self) -> Borrowed<'_> {
        Borrowed {
            collection: self.collection,
            id: &self.id,
        }
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.borrowed().hash(state);
    }
}

#[derive(Hash)]
struct Borrowed<'a> {
    collection: CollectionId,
    id: &'a str,
}

impl Equivalent<Key> for Borrowed<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.collection == key.collection && *self.id == *key.id
    }
}

#[derive(Clone)]
struct Row {
    version: u64,
    body: Arc<[u8]>,
}

#[derive(Clone)]
struct Weigh;

impl Weighter<Key, Row> for Weigh {
    fn weight(&self, key: &Key, row: &Row) -> u64 {
        (key.id.len() + row.body.len()) as u64 + OVERHEAD
    }
}

/// See the module.
pub(super) struct Rows(Cache<Key, Row, Weigh>);

impl Rows {
    /// Room for `kib` KiB.
    pub(super) fn new(kib: u32) -> Self {
        let bytes = u64::from(kib) << 10;
        let expected = usize::try_from(bytes / TYPICAL).unwrap_or(usize::MAX);
        Self(Cache::with_weighter(expected, bytes, Weigh))
    }

    /// The version and body of a record, if it is here.
    pub(super) fn get(&self, collection: CollectionId, id: &str) -> Option<(u64, Jsonb)> {
        let row = self.0.get(&Borrowed { collection, id })?;
        Some((row.version, Jsonb::from_stored(row.body.to_vec())))
    }

    /// Keeps what a look-up has read.
    pub(super) fn keep(&self, collection: CollectionId, id: &str, version: u64, body: &Jsonb) {
        let body = body.as_bytes().into();
        self.0.insert(Key::of(collection, id), Row { version, body });
    }

    /// Forgets records that changed.
    pub(super) fn forget(&self, changed: &[Key]) {
        for key in changed {
            self.0.remove(&key.borrowed());
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.0.clear();
    }
}
