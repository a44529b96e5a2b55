//! Records by id, by place and by index, as a unit of work sees them.

use std::ops::ControlFlow;

use jsonb::Jsonb;
use model::{Change, CollectionId, HistorySeq, Page, PageOf, Record};
use storage::Result;
use storage::tables::records::{Clue, Collection, IndexDef, KeyRange, Place, ReadRecords, Visit};

use super::Overlay;

impl ReadRecords for Overlay<'_> {
    fn collection(&mut self, name: &str) -> Result<Option<Collection>> {
        self.tx.collection(name)
    }

    fn collections(&mut self) -> Result<Vec<Collection>> {
        self.tx.collections()
    }

    fn record(&mut self, collection: CollectionId, id: &str) -> Result<Option<Record>> {
        match self.touched(collection).and_then(|touched| touched.by_id.get(id)) {
            Some(change) => Ok(self.record_of(id, change)),
            None => self.tx.record(collection, id),
        }
    }

    fn record_body(&mut self, collection: CollectionId, id: &str) -> Result<Option<(u64, Jsonb)>> {
        match self.touched(collection).and_then(|touched| touched.by_id.get(id)) {
            Some(change) => Ok(change.now.clone()),
            None => self.tx.record_body(collection, id),
        }
    }

    fn records_after(&mut self, collection: CollectionId, after: &str, limit: u64) -> Result<Vec<Record>> {
        let Some(touched) = self.touched(collection) else {
            return self.tx.records_after(collection, after, limit);
        };
        let more = limit.saturating_add(touched.by_id.len() as u64);
        let mut found = self.tx.records_after(collection, after, more)?;
        found.retain(|record| !touched.by_id.contains_key(&record.id));
        let own = touched.by_id.iter().filter(|(id, _)| id.as_str() > after);
        found.extend(own.filter_map(|(id, change)| self.record_of(id, change)));
        found.sort_by(|left, right| left.id.cmp(&right.id));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    fn count_records(&mut self, collection: CollectionId) -> Result<u64> {
        let stored = self.tx.count_records(collection)?;
        let Some(touched) = self.touched(collection) else {
            return Ok(stored);
        };
        let changes = touched.by_id.values();
        let (masked, own) = changes.fold((0, 0), |(masked, own), change| {
            (
                masked + u64::from(change.before.is_some()),
                own + u64::from(change.now.is_some()),
            )
        });
        Ok(stored.saturating_sub(masked) + own)
    }

    fn history(&mut self, collection: CollectionId, id: &str, page: Page) -> Result<PageOf<Change>> {
        self.tx.history(collection, id, page)
    }

    fn history_after(
        &mut self,
        collection: CollectionId,
        seq: HistorySeq,
        limit: u64,
    ) -> Result<Vec<Change>> {
        self.tx.history_after(collection, seq, limit)
    }

    fn last_change(
        &mut self,
        collection: CollectionId,
        id: &str,
        until: HistorySeq,
    ) -> Result<Option<HistorySeq>> {
        self.tx.last_change(collection, id, until)
    }

    fn history_head(&mut self, collection: CollectionId) -> Result<HistorySeq> {
        self.tx.history_head(collection)
    }

    fn indexes(&mut self, collection: CollectionId) -> Result<Vec<IndexDef>> {
        self.tx.indexes(collection)
    }

    fn records_by_index(
        &mut self,
        collection: CollectionId,
        index: &str,
        range: &KeyRange,
        limit: u64,
    ) -> Result<Vec<Record>> {
        let Some(touched) = self.touched(collection) else {
            return self.tx.records_by_index(collection, index, range, limit);
        };
        let more = limit.saturating_add(touched.by_id.len() as u64);
        let mut found = self.tx.records_by_index(collection, index, range, more)?;
        found.retain(|record| !touched.by_id.contains_key(&record.id));
        let def = self.index(collection, index)?.clone();
        let first_key = |record: &Record| {
            let keys = super::keys_of(&def, &record.body)?;
            Ok::<_, storage::Error>(keys.into_iter().find(|key| super::is_in(range, key)))
        };
        let mut keyed = Vec::with_capacity(found.len());
        for record in found {
            keyed.push((first_key(&record)?, record));
        }
        for (id, change) in &touched.by_id {
            if let Some(record) = self.record_of(id, change)
                && let Some(key) = first_key(&record)?
            {
                keyed.push((Some(key), record));
            }
        }
        // Stable, so those of the store stay in their order among equals, and new ones come last.
        keyed.sort_by(|left, right| left.0.cmp(&right.0));
        keyed.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(keyed.into_iter().map(|(_, record)| record).collect())
    }

    fn scan_bodies(&self, collection: CollectionId, visit: &mut Visit<'_>) -> Result<()> {
        let Some(touched) = self.touched(collection) else {
            return self.tx.scan_bodies(collection, visit);
        };
        let mut over = false;
        self.tx.scan_bodies(collection, &mut |place, body| {
            let flow = match touched.at(place) {
                None => visit(place, body),
                Some((_, change)) => match &change.now {
                    Some((_, own)) => visit(place, own.as_bytes()),
                    None => ControlFlow::Continue(()),
                },
            };
            over = flow.is_break();
            flow
        })?;
        let made = touched.by_id.values().filter(|change| change.before.is_none());
        let mut made: Vec<_> = made.collect();
        made.sort_by_key(|change| change.place);
        for change in made {
            if let (false, Some((_, body))) = (over, &change.now) {
                over = visit(change.place, body.as_bytes()).is_break();
            }
        }
        Ok(())
    }

    fn scan_bodies_with(&self, collection: CollectionId, clue: &Clue, visit: &mut Visit<'_>) -> Result<()> {
        match self.touched(collection) {
            None => self.tx.scan_bodies_with(collection, clue, visit),
            Some(_) => self.scan_bodies(collection, visit),
        }
    }

    fn scan_bodies_at(
        &self,
        collection: CollectionId,
        places: &[Place],
        visit: &mut Visit<'_>,
    ) -> Result<()> {
        let Some(touched) = self.touched(collection) else {
            return self.tx.scan_bodies_at(collection, places, visit);
        };
        // Runs of places that are as they are stored go to the store at once.
        let (mut begin, mut over) = (0, false);
        for (at, place) in places.iter().enumerate() {
            let Some((_, change)) = touched.at(*place) else {
                continue;
            };
            self.tx
                .scan_bodies_at(collection, &places[begin..at], &mut |place, body| {
                    let flow = visit(place, body);
                    over = flow.is_break();
                    flow
                })?;
            begin = at + 1;
            if let (false, Some((_, body))) = (over, &change.now) {
                over = visit(*place, body.as_bytes()).is_break();
            }
            if over {
                return Ok(());
            }
        }
        self.tx.scan_bodies_at(collection, &places[begin..], visit)
    }

    fn index_places(
        &self,
        collection: CollectionId,
        index: &str,
        ranges: &[KeyRange],
        limit: u64,
    ) -> Result<Option<Vec<Place>>> {
        let Some(touched) = self.touched(collection) else {
            return self.tx.index_places(collection, index, ranges, limit);
        };
        let Some(mut places) = self.tx.index_places(collection, index, ranges, limit)? else {
            return Ok(None);
        };
        places.retain(|place| touched.at(*place).is_none());
        let own = touched.entries(self.index(collection, index)?, ranges)?;
        places.extend(own.iter().map(|entry| entry.place));
        places.sort_unstable();
        places.dedup();
        Ok((places.len() as u64 <= limit).then_some(places))
    }

    fn places_of(&self, collection: CollectionId, ids: &[String]) -> Result<Vec<Place>> {
        let Some(touched) = self.touched(collection) else {
            return self.tx.places_of(collection, ids);
        };
        let (own, stored): (Vec<_>, Vec<_>) =
            ids.iter().cloned().partition(|id| touched.by_id.contains_key(id));
        let mut places = self.tx.places_of(collection, &stored)?;
        let there = own.iter().filter_map(|id| touched.by_id.get(id));
        places.extend(
            there
                .filter(|change| change.now.is_some())
                .map(|change| change.place),
        );
        places.sort_unstable();
        places.dedup();
        Ok(places)
    }

    fn records_at(&self, collection: CollectionId, places: &[Place]) -> Result<Vec<Record>> {
        let Some(touched) = self.touched(collection) else {
            return self.tx.records_at(collection, places);
        };
        let mut records = Vec::with_capacity(places.len());
        for place in places {
            match touched.at(*place) {
                Some((id, change)) => records.extend(self.record_of(id, change)),
                None => records.extend(self.tx.records_at(collection, &[*place])?),
            }
        }
        Ok(records)
    }
}
