//! Walking over many bodies of one snapshot without copying them, all of them or those in chosen places.

use std::ops::ControlFlow;

use model::{CollectionId, Record};
use rusqlite::{OptionalExtension, Row, params};

use super::Session;
use super::indexes::half_open;
use super::records::{RecordRow, record_row};
use crate::Result;
use crate::tables::records::{KeyRange, Place, Visit};

const ENTRIES: &str = "SELECT rid FROM index_entries WHERE index_id = ?1 AND key >= ?2 AND key < ?3";

impl Session<'_> {
    pub(super) fn visit_all(&self, collection: CollectionId, visit: &mut Visit<'_>) -> Result<()> {
        let sql = self.known().sql(collection);
        let mut bodies = self.prepared(&sql.all_bodies)?;
        let mut rows = bodies.query([])?;
        while let Some(row) = rows.next()? {
            if visit(Place(row.get(0)?), body(row, 1)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn visit_at(
        &self,
        collection: CollectionId,
        places: &[Place],
        visit: &mut Visit<'_>,
    ) -> Result<()> {
        let sql = self.known().sql(collection);
        let mut get = self.prepared(&sql.body_at)?;
        for place in places {
            let mut rows = get.query([place.0])?;
            let flow = match rows.next()? {
                Some(row) => visit(*place, body(row, 0)?),
                None => ControlFlow::Continue(()),
            };
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn places_in(
        &self,
        collection: CollectionId,
        index: &str,
        ranges: &[KeyRange],
        limit: u64,
    ) -> Result<Option<Vec<Place>>> {
        let id = self.index_id(collection, index)?;
        let mut entries = self.prepared(ENTRIES)?;
        let mut places = Vec::new();
        for range in ranges {
            let (low, high) = half_open(range);
            let mut rows = entries.query(params![id, low, high])?;
            while let Some(row) = rows.next()? {
                if places.len() as u64 >= limit {
                    return Ok(None);
                }
                places.push(Place(row.get(0)?));
            }
        }
        Ok(Some(in_order(places)))
    }

    pub(super) fn places_by_id(&self, collection: CollectionId, ids: &[String]) -> Result<Vec<Place>> {
        let sql = self.known().sql(collection);
        let mut row = self.prepared(&sql.row)?;
        let mut places = Vec::with_capacity(ids.len());
        for id in ids {
            places.extend(row.query_row([id], |row| Ok(Place(row.get(0)?))).optional()?);
        }
        Ok(in_order(places))
    }

    pub(super) fn records_in(&self, collection: CollectionId, places: &[Place]) -> Result<Vec<Record>> {
        let sql = self.known().sql(collection);
        let mut by_row = self.prepared(&sql.by_row)?;
        let mut records = Vec::with_capacity(places.len());
        for place in places {
            let row = by_row.query_row([place.0], record_row).optional()?;
            records.extend(row.map(RecordRow::into_record).transpose()?);
        }
        Ok(records)
    }
}

/// The bytes where SQLite has them, good until the next row.
fn body<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r [u8]> {
    let value = row.get_ref(column)?;
    Ok(value.as_blob().map_err(rusqlite::Error::from)?)
}

fn in_order(mut places: Vec<Place>) -> Vec<Place> {
    places.sort_unstable();
    places.dedup();
    places
}
