//! Looking for records through a [`View`]: what is not on disk yet lies over what the snapshot has.

use std::ops::{Bound, ControlFlow};

use jsonb::{Jsonb, Value};
use model::{CollectionId, Record, Stamp};
use query::{KeyRange, index_keys};
use storage::tables::records::{IndexDef, Place, Visit};
use storage::{ReadTx, Result};

use super::view::{Pending, View};

/// A transaction as rows see it.
pub(in crate::records) struct Looking<'a> {
    pub(in crate::records) tx: &'a mut dyn ReadTx,
    pub(super) view: &'a mut View,
}

impl Looking<'_> {
    pub(super) fn body_of(&mut self, collection: CollectionId, id: &str) -> Result<Option<(u64, Jsonb)>> {
        if let Some(pending) = self.view.pending(collection, id) {
            return Ok(Some((pending.version, pending.body.clone())));
        }
        if let Some(known) = self.view.body(collection, id) {
            return Ok(known.clone());
        }
        let found = self.tx.record_body(collection, id)?;
        self.view.note_body(collection, id, found.clone());
        Ok(found)
    }

    pub(super) fn record_of(&mut self, collection: CollectionId, id: &str) -> Result<Option<Record>> {
        let stored = self.tx.record(collection, id)?;
        Ok(match self.view.pending(collection, id) {
            Some(pending) => Some(as_record(id, pending)),
            None => stored,
        })
    }

    /// What a named value is counted up to by now.
    pub(super) fn counted(&mut self, name: &str) -> Result<Option<i64>> {
        if let Some(next) = self.view.mark(name) {
            return Ok(Some(next));
        }
        let stored = self.tx.mark(name)?;
        let next = stored.as_ref().and_then(|text| text.parse().ok());
        self.view.note_mark(name, stored);
        Ok(next)
    }

    pub(super) fn ready_indexes(&mut self, collection: CollectionId) -> Result<Vec<IndexDef>> {
        if let Some(known) = self.view.indexes(collection) {
            return Ok(known.to_vec());
        }
        let found = self.tx.indexes(collection)?;
        self.view.note_indexes(collection, &found);
        Ok(found)
    }

    pub(super) fn by_index(
        &mut self,
        collection: CollectionId,
        index: &str,
        range: &KeyRange,
        limit: u64,
    ) -> Result<Vec<Record>> {
        let (Bound::Included(low), Bound::Included(high)) = range else {
            return self.tx.records_by_index(collection, index, range, limit);
        };
        if low != high {
            return self.tx.records_by_index(collection, index, range, limit);
        }
        let mut found = match self.view.found(collection, index, low) {
            Some(known) => known.clone(),
            None => {
                // One more, since what lies over them may take some away.
                let found = self.tx.records_by_index(collection, index, range, limit + 1)?;
                self.view
                    .note_found(collection, index, low.clone(), found.clone());
                found
            }
        };
        let base = found.len() as u64;
        found.retain(|record| self.view.pending(collection, &record.id).is_none());
        if base > limit && (found.len() as u64) < limit {
            let most = limit + self.view.all_pending(collection).len() as u64;
            found = self.tx.records_by_index(collection, index, range, most)?;
            found.retain(|record| self.view.pending(collection, &record.id).is_none());
        }
        for id in self.view.pending_under(collection, index, low) {
            let Some(pending) = self.view.pending(collection, &id) else {
                continue;
            };
            // A later row may have given it another value.
            if index_keys(pending.body.root(), index).is_ok_and(|keys| keys.contains(low)) {
                found.push(as_record(&id, pending));
            }
        }
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    pub(super) fn scan(&self, collection: CollectionId, visit: &mut Visit<'_>) -> Result<()> {
        let mut ended = false;
        self.tx.scan_bodies(collection, &mut |place, body| {
            let id = Value::of(body).get("id").ok().flatten();
            let id = id.and_then(|id| id.as_str().ok().flatten());
            if id.is_some_and(|id| self.view.pending(collection, &id).is_some()) {
                return ControlFlow::Continue(());
            }
            let flow = visit(place, body);
            ended = flow.is_break();
            flow
        })?;
        for pending in self.view.all_pending(collection) {
            if ended || visit(Place(i64::MAX), pending.body.as_bytes()).is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn as_record(id: &str, pending: &Pending) -> Record {
    Record {
        id: id.to_owned(),
        version: pending.version,
        label: String::new(),
        created: Stamp::default(),
        modified: Stamp::default(),
        archived: false,
        tags: Vec::new(),
        body: pending.body.clone(),
    }
}
