//! Records as the rows of an import see them: a snapshot, what was asked of it beforehand, and over it what earlier rows
//! made that is not on disk yet.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use app::values::ReferenceInput;
use foldhash::fast::RandomState;
use jsonb::Jsonb;
use model::{CollectionId, Error, Record};
use query::index_keys;
use storage::tables::records::IndexDef;

use crate::records::references::Resolved;

/// Hashed fast, with a seed of its own.
pub(super) type Map<K, V> = HashMap<K, V, RandomState>;

/// By collection and name of an index: what lies under each key.
type ByKey<T> = Map<CollectionId, Map<String, Map<Vec<u8>, T>>>;

/// A record that is not on disk yet.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    /// The version that it will have, as the store counts.
    pub(super) version: u64,
    pub(super) body: Jsonb,
}

/// What some rows made.
#[derive(Debug, Default)]
pub(super) struct Layer {
    records: Map<CollectionId, Map<String, Pending>>,
    keys: ByKey<Vec<String>>,
    /// Named values that they count up.
    pub(super) marks: BTreeMap<String, i64>,
    bytes: usize,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct View {
    /// Of the chunk that is on its way to the disk; of a dry run all chunks before.
    flying: Layer,
    /// Of the chunk that is being prepared.
    current: Layer,
    /// Of the row that is being prepared.
    staged: Layer,
    found: ByKey<Vec<Record>>,
    bodies: Map<CollectionId, Map<String, Option<(u64, Jsonb)>>>,
    indexes: Map<CollectionId, Arc<[IndexDef]>>,
    /// Named values as the snapshot has them.
    marks: BTreeMap<String, Option<String>>,
    /// References that were resolved: by the relationship and what was asked for, with the version of the other record
    /// where it is not on disk yet.
    resolved: Map<(CollectionId, String), Map<ReferenceInput, Known>>,
}

/// A reference that was resolved.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) value: Jsonb,
    pub(super) resolved: Vec<Resolved>,
    /// The version of the record, if it was not on disk then.
    pub(super) pending: Option<u64>,
}

impl Layer {
    fn get(&self, collection: CollectionId, id: &str) -> Option<&Pending> {
        self.records.get(&collection)?.get(id)
    }

    fn under(&self, collection: CollectionId, index: &str, key: &[u8]) -> &[String] {
        let under = || self.keys.get(&collection)?.get(index)?.get(key);
        under().map_or(&[], Vec::as_slice)
    }

    fn absorb(&mut self, other: &mut Self) {
        for (collection, records) in other.records.drain() {
            self.records.entry(collection).or_default().extend(records);
        }
        for (collection, indexes) in other.keys.drain() {
            let ours = self.keys.entry(collection).or_default();
            for (index, keys) in indexes {
                let ours = ours.entry(index).or_default();
                for (key, ids) in keys {
                    let known = ours.entry(key).or_default();
                    known.extend(ids);
                    known.sort_unstable();
                    known.dedup();
                }
            }
        }
        self.marks.append(&mut other.marks);
        self.bytes += std::mem::take(&mut other.bytes);
    }
}

impl View {
    /// Begins on a new snapshot.
    pub(super) fn begin(&mut self) {
        self.found.clear();
        self.bodies.clear();
        self.indexes.clear();
        self.marks.clear();
        self.resolved.clear();
        (self.current, self.staged) = (Layer::default(), Layer::default());
    }

    /// The chunk is sent; the one before it is on disk.
    pub(crate) fn sent(&mut self) {
        self.flying = std::mem::take(&mut self.current);
    }

    /// The chunk will never be on disk, and rows behind it are to see it all the same.
    pub(crate) fn keep(&mut self) {
        let View { flying, current, .. } = self;
        flying.absorb(current);
    }

    /// How many bytes are remembered.
    pub(crate) fn bytes(&self) -> usize {
        self.flying.bytes
    }

    /// The row is a part of the chunk.
    pub(super) fn accept(&mut self) {
        let View { current, staged, .. } = self;
        current.absorb(staged);
    }

    /// The row is not.
    pub(super) fn reject(&mut self) {
        self.staged = Layer::default();
    }

    /// The row makes this of a record; `indexes` are those that rows look for records by.
    pub(super) fn stage<'i>(
        &mut self,
        collection: CollectionId,
        (id, pending): (&str, Pending),
        indexes: impl Iterator<Item = &'i str>,
    ) -> Result<(), Error> {
        let layer = &mut self.staged;
        for index in indexes {
            for key in index_keys(pending.body.root(), index).map_err(Error::internal)? {
                let keys = layer.keys.entry(collection).or_default();
                let keys = match keys.contains_key(index) {
                    true => keys.get_mut(index),
                    false => Some(keys.entry(index.to_owned()).or_default()),
                };
                layer.bytes += key.len() + id.len() + 64;
                if let Some(keys) = keys {
                    keys.entry(key).or_default().push(id.to_owned());
                }
            }
        }
        layer.bytes += pending.body.as_bytes().len() + 2 * id.len() + 64;
        layer
            .records
            .entry(collection)
            .or_default()
            .insert(id.to_owned(), pending);
        Ok(())
    }

    /// What a named value is counted up to by now.
    pub(super) fn mark(&self, name: &str) -> Option<i64> {
        let layers = [&self.staged, &self.current, &self.flying];
        layers.iter().find_map(|layer| layer.marks.get(name).copied())
    }

    pub(super) fn set_mark(&mut self, name: &str, next: i64) {
        self.staged.marks.insert(name.to_owned(), next);
    }

    /// What a reference led to before, if that still is so.
    pub(super) fn resolved(&self, field: &(CollectionId, String), asked: &ReferenceInput) -> Option<&Known> {
        let known = self.resolved.get(field)?.get(asked)?;
        let (collection, id) = known.resolved.first()?.place();
        let now = self.pending(collection, id).map(|pending| pending.version);
        (now == known.pending).then_some(known)
    }

    /// Notes what a reference leads to.
    pub(super) fn note_resolved(
        &mut self,
        field: (CollectionId, String),
        asked: ReferenceInput,
        (value, resolved): (Jsonb, Vec<Resolved>),
    ) {
        let Some((collection, id)) = resolved.first().map(Resolved::place) else {
            return;
        };
        let pending = self.pending(collection, id).map(|pending| pending.version);
        let known = Known {
            value,
            resolved,
            pending,
        };
        self.resolved.entry(field).or_default().insert(asked, known);
    }

    /// A named value as the snapshot has it.
    pub(super) fn note_mark(&mut self, name: &str, value: Option<String>) {
        self.marks.insert(name.to_owned(), value);
    }

    /// What the chunk counted up: what was there before it, and what is there then.
    pub(super) fn counted(&self) -> BTreeMap<String, (Option<String>, i64)> {
        let before = |name: &String| match self.flying.marks.get(name) {
            Some(next) => Some(next.to_string()),
            None => self.marks.get(name).cloned().flatten(),
        };
        let counted = self.current.marks.iter();
        counted
            .map(|(name, next)| (name.clone(), (before(name), *next)))
            .collect()
    }

    /// A record that is not on disk yet.
    pub(super) fn pending(&self, collection: CollectionId, id: &str) -> Option<&Pending> {
        let layers = [&self.staged, &self.current, &self.flying];
        layers.iter().find_map(|layer| layer.get(collection, id))
    }

    /// Whether a record is made or changed by the chunk that is being prepared.
    pub(super) fn is_of_chunk(&self, collection: CollectionId, id: &str) -> bool {
        self.staged.get(collection, id).is_some() || self.current.get(collection, id).is_some()
    }

    /// The ids of records that are not on disk yet and may lie under a key.
    pub(super) fn pending_under(&self, collection: CollectionId, index: &str, key: &[u8]) -> Vec<String> {
        let layers = [&self.staged, &self.current, &self.flying];
        let each = layers
            .iter()
            .flat_map(|layer| layer.under(collection, index, key));
        let mut ids: Vec<String> = each.cloned().collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// All records of a collection that are not on disk yet.
    pub(super) fn all_pending(&self, collection: CollectionId) -> Vec<&Pending> {
        let mut all: Map<&str, &Pending> = Map::default();
        for layer in [&self.flying, &self.current, &self.staged] {
            let records = layer.records.get(&collection).into_iter().flatten();
            all.extend(records.map(|(id, pending)| (id.as_str(), pending)));
        }
        all.into_values().collect()
    }

    pub(super) fn body(&self, collection: CollectionId, id: &str) -> Option<&Option<(u64, Jsonb)>> {
        self.bodies.get(&collection)?.get(id)
    }

    pub(super) fn note_body(&mut self, collection: CollectionId, id: &str, body: Option<(u64, Jsonb)>) {
        self.bodies
            .entry(collection)
            .or_default()
            .insert(id.to_owned(), body);
    }

    /// What the snapshot has under a key, if that was asked.
    pub(super) fn found(&self, collection: CollectionId, index: &str, key: &[u8]) -> Option<&Vec<Record>> {
        self.found.get(&collection)?.get(index)?.get(key)
    }

    pub(super) fn note_found(
        &mut self,
        collection: CollectionId,
        index: &str,
        key: Vec<u8>,
        records: Vec<Record>,
    ) {
        let indexes = self.found.entry(collection).or_default();
        let keys = match indexes.contains_key(index) {
            true => indexes.get_mut(index),
            false => Some(indexes.entry(index.to_owned()).or_default()),
        };
        if let Some(keys) = keys {
            keys.insert(key, records);
        }
    }

    pub(super) fn indexes(&self, collection: CollectionId) -> Option<&Arc<[IndexDef]>> {
        self.indexes.get(&collection)
    }

    pub(super) fn note_indexes(&mut self, collection: CollectionId, indexes: &[IndexDef]) {
        self.indexes.insert(collection, Arc::from(indexes));
    }
}
