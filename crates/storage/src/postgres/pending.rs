//! What a group of writes has decided on and the server has not been told yet.
//!
//! A statement costs the server far more than its rows do, so changes of records wait here and go as lists. Each closure
//! has a layer of its own: it joins the group's when the closure is kept, and is dropped when it is undone, so that there
//! is nothing to undo on the server. Nothing is lost with a layer but work: its group has not been committed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jsonb::Jsonb;
use model::{CollectionId, Stamp, Timestamp};

use super::chain::Chain;
use super::known::Head;

/// Layers above this are sent before their closure ends.
const MOST_LINES: usize = 1000;
const MOST_BYTES: usize = 4 << 20;

/// What a write needs of the row that is there before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Old {
    pub(super) rid: i64,
    pub(super) version: u64,
    pub(super) chain: Chain,
}

/// What is known of an id.
#[derive(Clone, Debug, Default)]
pub(super) struct Before {
    /// The record.
    pub(super) old: Option<Old>,
    /// Its body, if that was asked for.
    pub(super) body: Option<Arc<Jsonb>>,
    /// Its other columns, if these were.
    pub(super) data: Option<Arc<RowData>>,
    /// The list of changes that an earlier record of this id has left.
    pub(super) gone: Option<Chain>,
}

impl Before {
    /// Whether nothing more need be asked.
    pub(super) fn suffices(&self, with_body: bool) -> bool {
        !with_body || self.old.is_none() || self.body.is_some()
    }

    /// Bytes that it holds, roughly.
    pub(super) fn weight(&self) -> usize {
        let data = self
            .data
            .as_ref()
            .map_or(0, |data| data.label.len() + data.tags.len());
        size_of::<Self>()
            + size_of::<RowData>()
            + self.body.as_ref().map_or(0, |body| body.as_bytes().len())
            + data
    }
}

/// The columns of a record beside those in [`Old`] and its body.
#[derive(Clone, Debug)]
pub(super) struct RowData {
    pub(super) label: String,
    pub(super) created: Stamp,
    pub(super) modified: Stamp,
    pub(super) archived: bool,
    /// As they are stored.
    pub(super) tags: String,
}

/// What becomes of a record.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// As the closures see it.
    pub(super) now: Before,
    /// The row to be written; none when it is removed.
    pub(super) row: Option<Arc<RowData>>,
    /// The row that the server has.
    pub(super) there: Option<i64>,
    /// Whether the server has the end of a list.
    pub(super) gone_there: bool,
}

impl Draft {
    /// Nothing changed yet.
    pub(super) fn of(now: Before) -> Self {
        let (there, gone_there) = (now.old.map(|old| old.rid), now.gone.is_some());
        Self {
            now,
            row: None,
            there,
            gone_there,
        }
    }

    /// Whether the row is to be made.
    pub(super) fn is_new(&self) -> bool {
        self.now.old.map(|old| old.rid) != self.there
    }
}

/// A line of history.
#[derive(Clone, Debug)]
pub(super) struct NewLine {
    pub(super) seq: i64,
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) event: &'static str,
    pub(super) on: Timestamp,
    pub(super) by: String,
    pub(super) job: Option<i64>,
    pub(super) body: Arc<Jsonb>,
    pub(super) origin: Option<Arc<str>>,
    pub(super) prev: Option<i64>,
}

/// An entry: index, key, row.
pub(super) type Entry = (i64, Vec<u8>, i64);

/// See the module.
#[derive(Default)]
pub(super) struct Layer {
    pub(super) records: HashMap<CollectionId, HashMap<String, Draft>>,
    pub(super) lines: HashMap<CollectionId, Vec<NewLine>>,
    /// Entries that are to be there, and those that are not.
    pub(super) entries: BTreeMap<Entry, bool>,
    /// The greatest numbers given. They stay when the rest is sent.
    pub(super) heads: HashMap<(CollectionId, Head), i64>,
    line_count: usize,
    bytes: usize,
}

impl Layer {
    /// Whether there is nothing to be sent.
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.lines.is_empty() && self.entries.is_empty()
    }

    /// Whether it should not wait any longer.
    pub(super) fn is_long(&self) -> bool {
        self.line_count >= MOST_LINES || self.bytes >= MOST_BYTES
    }

    /// The draft of a record.
    pub(super) fn draft(&self, collection: CollectionId, id: &str) -> Option<&Draft> {
        self.records.get(&collection)?.get(id)
    }

    /// Sets the draft of a record.
    pub(super) fn set(&mut self, collection: CollectionId, id: &str, draft: Draft) {
        self.line_count += 1;
        self.bytes += draft.now.body.as_ref().map_or(0, |body| body.as_bytes().len());
        self.records
            .entry(collection)
            .or_default()
            .insert(id.to_owned(), draft);
    }

    /// Adds a line.
    pub(super) fn add_line(&mut self, collection: CollectionId, line: NewLine) {
        self.bytes += line.body.as_bytes().len();
        self.lines.entry(collection).or_default().push(line);
    }

    /// Takes over a later layer.
    pub(super) fn absorb(&mut self, later: Self) {
        for (collection, drafts) in later.records {
            self.records.entry(collection).or_default().extend(drafts);
        }
        for (collection, lines) in later.lines {
            self.lines.entry(collection).or_default().extend(lines);
        }
        self.entries.extend(later.entries);
        self.heads.extend(later.heads);
        self.line_count += later.line_count;
        self.bytes += later.bytes;
    }

    /// Notes that an earlier layer is about to be sent: the server will have what its drafts say.
    pub(super) fn stand_on(&mut self, earlier: &Self) {
        for (collection, drafts) in &mut self.records {
            let Some(sent) = earlier.records.get(collection) else {
                continue;
            };
            for (id, draft) in drafts {
                if let Some(sent) = sent.get(id) {
                    draft.there = sent.now.old.map(|old| old.rid);
                    draft.gone_there = sent.now.gone.is_some();
                }
            }
        }
    }

    /// What is to be sent; the numbers stay.
    pub(super) fn take(&mut self) -> Self {
        let heads = std::mem::take(&mut self.heads);
        let rest = std::mem::take(self);
        self.heads = heads;
        rest
    }

    /// What the layer does to the rows that have a key.
    pub(super) fn holders(&self, index: i64, key: &[u8]) -> impl Iterator<Item = (i64, bool)> {
        let (from, to) = ((index, key.to_vec(), i64::MIN), (index, key.to_vec(), i64::MAX));
        self.entries
            .range(from..=to)
            .map(|((_, _, rid), there)| (*rid, *there))
    }
}
