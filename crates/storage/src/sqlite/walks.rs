//! Walking over records in order of id or of an index, from any point on; counting entries.
//!
//! Each order is that of a b-tree, so a walk starts with one search and sorts nothing: by id the unique index of the id
//! column, by index the entries, whose primary key is (index, key, row).

use std::ops::ControlFlow;

use model::CollectionId;
use rusqlite::{Params, Row, params};

use super::Session;
use super::indexes::half_open;
use crate::Result;
use crate::numbers::signed;
use crate::tables::ReadWalks;
use crate::tables::records::{KeyRange, Place};
use crate::tables::walks::{Direction, IndexWalk, Seen, Walk};

const COUNT: &str = "SELECT count(*) FROM
    (SELECT 1 FROM index_entries WHERE index_id = ?1 AND key >= ?2 AND key < ?3 LIMIT ?4)";

/// No row has this number.
const BEFORE_ALL: i64 = i64::MIN;

/// The statements of walks over one collection.
pub(super) struct WalkSql {
    /// By id, from the first on and from the last on.
    whole: [String; 2],
    /// By id, up and down from one.
    beyond: [String; 2],
    /// By index, up and down.
    entries: [String; 2],
}

impl WalkSql {
    /// Those over the table `r`.
    pub(super) fn of(r: &str) -> Self {
        let by_id = |rest: &str| format!("SELECT x'', rid, id, body FROM {r} {rest}");
        // The join is written so that SQLite keeps its order: entries first.
        let by_index = |rest: &str| {
            format!(
                "SELECT e.key, e.rid, r.id, r.body FROM index_entries e CROSS JOIN {r} r ON r.rid = e.rid
                 WHERE e.index_id = ?1 AND {rest}"
            )
        };
        Self {
            whole: [by_id("ORDER BY id"), by_id("ORDER BY id DESC")],
            beyond: [
                by_id("WHERE id > ?1 ORDER BY id"),
                by_id("WHERE id < ?1 ORDER BY id DESC"),
            ],
            entries: [
                by_index("(e.key, e.rid) > (?2, ?3) AND e.key < ?4 ORDER BY e.key, e.rid"),
                by_index("(e.key, e.rid) < (?2, ?3) AND e.key >= ?4 ORDER BY e.key DESC, e.rid DESC"),
            ],
        }
    }
}

fn of_direction(pair: &[String; 2], direction: Direction) -> &str {
    match direction {
        Direction::Ascending => &pair[0],
        Direction::Descending => &pair[1],
    }
}

impl Session<'_> {
    fn walk(&self, sql: &str, params: impl Params, visit: &mut Walk<'_>) -> Result<()> {
        let mut walk = self.prepared(sql)?;
        let mut rows = walk.query(params)?;
        while let Some(row) = rows.next()? {
            if show(row, visit)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn count_range(&self, index: i64, low: &[u8], high: &[u8], most: u64) -> Result<u64> {
        let most = signed(most);
        let count: i64 = self
            .prepared(COUNT)?
            .query_row(params![index, low, high, most], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }
}

fn show(row: &Row<'_>, visit: &mut Walk<'_>) -> Result<ControlFlow<()>> {
    let seen = Seen {
        key: row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?,
        place: Place(row.get(1)?),
        id: row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?,
        body: row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?,
    };
    Ok(visit(seen))
}

impl ReadWalks for Session<'_> {
    fn walk_by_id(
        &self,
        collection: CollectionId,
        after: Option<&str>,
        direction: Direction,
        visit: &mut Walk<'_>,
    ) -> Result<()> {
        let sql = self.known().sql(collection);
        match after {
            None => self.walk(of_direction(&sql.walks.whole, direction), [], visit),
            Some(after) => self.walk(of_direction(&sql.walks.beyond, direction), [after], visit),
        }
    }

    fn walk_by_index(
        &self,
        collection: CollectionId,
        walk: &IndexWalk<'_>,
        visit: &mut Walk<'_>,
    ) -> Result<()> {
        let index = self.index_id(collection, walk.index)?;
        let sql = self.known().sql(collection);
        let (low, high) = half_open(walk.range);
        let after = walk.after.map(|(key, place)| (key, place.0));
        let (from, end) = match walk.direction {
            Direction::Ascending => ((low.as_slice(), BEFORE_ALL), &high),
            // The keys before `high`: down from the place before its first entry.
            Direction::Descending => ((high.as_slice(), BEFORE_ALL), &low),
        };
        let (key, row) = match (after, walk.direction) {
            (None, _) => from,
            (Some(after), Direction::Ascending) => after.max(from),
            (Some(after), Direction::Descending) => after.min(from),
        };
        let entries = of_direction(&sql.walks.entries, walk.direction);
        self.walk(entries, params![index, key, row, end], visit)
    }

    fn count_index(
        &self,
        collection: CollectionId,
        index: &str,
        ranges: &[KeyRange],
        most: u64,
    ) -> Result<Option<u64>> {
        let index = self.index_id(collection, index)?;
        let mut count = 0;
        for (low, high) in apart(ranges) {
            // One more than there is room for tells that it is too many.
            count += self.count_range(index, &low, &high, (most - count).saturating_add(1))?;
            if count > most {
                return Ok(None);
            }
        }
        Ok(Some(count))
    }
}

/// The same keys in ranges that do not overlap.
fn apart(ranges: &[KeyRange]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut all: Vec<_> = ranges.iter().map(half_open).collect();
    all.sort_unstable();
    let mut apart: Vec<(Vec<u8>, Vec<u8>)> = Vec::with_capacity(all.len());
    for (low, high) in all {
        match apart.last_mut() {
            Some(last) if low <= last.1 => last.1 = high.max(std::mem::take(&mut last.1)),
            _ => apart.push((low, high)),
        }
    }
    apart
}
