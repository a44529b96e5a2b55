//! Walking over many bodies of one snapshot, all of them or those in chosen places, in parts as in [`super::walks`].

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::{Bound, ControlFlow};

use model::{CollectionId, Record};
use tokio_postgres::Row;

use super::Session;
use super::entries::{Span, stored};
use super::records::record;
use super::value::{Cells, Value, params, signed, texts};
use super::walks::Part;
use crate::Result;
use crate::tables::records::{KeyRange, Place, Visit};

const ENTRIES: &str = "SELECT rid FROM index_entries WHERE index_id = $1 AND key >= $2 AND key < $3 LIMIT $4";
/// Of single keys, all of them at once.
const POINTS: &str = "SELECT e.rid FROM unnest($2::bytea[]) AS k (key)
    JOIN index_entries e ON e.index_id = $1 AND e.key = k.key LIMIT $3";
const LONG_ENTRIES: &str = "SELECT rid FROM index_entries WHERE index_id = $1 AND key >= $2 AND key < $3
    AND coalesce(whole, key) >= $5 AND coalesce(whole, key) < $6 LIMIT $4";
/// Columns of a record; its row number is behind them.
const ROW_NUMBER: usize = 10;

pub(super) fn shown(rows: &[Row], visit: &mut Visit<'_>) -> Result<ControlFlow<()>> {
    for row in rows {
        let (rid, body) = (Cells(row).int(0)?, Cells(row).bytes(1)?);
        if visit(Place(rid), body).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// The keys of ranges each of which is one key, as they are stored; none when one is no such range.
fn points(ranges: &[KeyRange]) -> Option<Vec<Option<Cow<'_, [u8]>>>> {
    let mut keys = Vec::with_capacity(ranges.len());
    for range in ranges {
        match range {
            (Bound::Included(low), Bound::Included(high)) if low == high => keys.push(Some(stored(low))),
            _ => return None,
        }
    }
    Some(keys)
}

impl Session<'_> {
    /// While a part is shown, the server looks for the next one.
    pub(super) fn visit_all(&self, collection: CollectionId, visit: &mut Visit<'_>) -> Result<()> {
        let sql = self.known().sql(collection);
        let mut part = Part::first();
        let mut rows = self.rows(&sql.bodies_after, params![i64::MIN, i64::from(part.limit())])?;
        loop {
            let last = rows.last().map(|row| Cells(row).int(0)).transpose()?;
            let Some(last) = last.filter(|_| !part.is_last(rows.len())) else {
                return shown(&rows, visit).map(drop);
            };
            let lengths = rows.iter().map(|row| Ok(Cells(row).bytes(1)?.len()));
            part.grow(lengths.sum::<Result<usize>>()?);
            let next = vec![last.into(), i64::from(part.limit()).into()];
            let next = self.ask_ahead(&sql.bodies_after, next)?;
            if shown(&rows, visit)?.is_break() {
                return Ok(());
            }
            rows = self.arrived(next)?;
        }
    }

    pub(super) fn visit_at(
        &self,
        collection: CollectionId,
        places: &[Place],
        visit: &mut Visit<'_>,
    ) -> Result<()> {
        let sql = self.known().sql(collection);
        let mut show = |place: Place, row: &Row| Ok(visit(place, Cells(row).bytes(1)?));
        self.each_at(&sql.bodies_at, places, (0, 1), &mut show)
    }

    /// Asks for the rows in `places` with `sql` and shows them in that order; the row number and what is long are in two
    /// columns.
    fn each_at(
        &self,
        sql: &str,
        mut places: &[Place],
        (number, long): (usize, usize),
        show: &mut dyn FnMut(Place, &Row) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let mut part = Part::first();
        while !places.is_empty() {
            let (some, rest) = places.split_at(places.len().min(part.limit() as usize));
            places = rest;
            let wanted: Vec<i64> = some.iter().map(|place| place.0).collect();
            let mut found = HashMap::with_capacity(some.len());
            let mut bytes = 0;
            for row in self.rows(sql, params![wanted])? {
                bytes += Cells(&row).bytes(long)?.len();
                found.insert(Cells(&row).int(number)?, row);
            }
            for place in some {
                if let Some(row) = found.get(&place.0)
                    && show(*place, row)?.is_break()
                {
                    return Ok(());
                }
            }
            part.grow(bytes);
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
        let mut places = Vec::new();
        if let Some(keys) = points(ranges) {
            let rows = self.rows(
                POINTS,
                params![id, Value::Blobs(keys), signed(limit.saturating_add(1))],
            )?;
            if rows.len() as u64 > limit {
                return Ok(None);
            }
            for row in &rows {
                places.push(Place(Cells(row).int(0)?));
            }
            places.sort_unstable();
            places.dedup();
            return Ok(Some(places));
        }
        for range in ranges {
            let span = Span::of(range);
            // One more than there is room for tells that it is too many.
            let room = signed((limit - places.len() as u64).saturating_add(1));
            let Span { low, high } = span.around();
            let rows = if span.is_exact() {
                self.rows(ENTRIES, params![id, low, high, room])?
            } else {
                self.rows(LONG_ENTRIES, params![id, low, high, room, &span.low, &span.high])?
            };
            for row in &rows {
                if places.len() as u64 >= limit {
                    return Ok(None);
                }
                places.push(Place(Cells(row).int(0)?));
            }
        }
        places.sort_unstable();
        places.dedup();
        Ok(Some(places))
    }

    pub(super) fn places_by_id(&self, collection: CollectionId, ids: &[String]) -> Result<Vec<Place>> {
        let sql = self.known().sql(collection);
        let rows = self.rows(&sql.rows_of, params![texts(ids.iter().map(String::as_str))])?;
        rows.iter().map(|row| Cells(row).int(0).map(Place)).collect()
    }

    pub(super) fn records_in(&self, collection: CollectionId, places: &[Place]) -> Result<Vec<Record>> {
        let sql = self.known().sql(collection);
        let mut records = Vec::with_capacity(places.len());
        self.each_at(&sql.by_rows, places, (ROW_NUMBER, 9), &mut |_, row| {
            records.push(record(row)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(records)
    }
}
