//! Walking over records in order of id or of an index, from any point on; counting entries.
//!
//! A walk is fetched in parts, each behind the last record of the one before, and a part is as long as its records are
//! short ([`Part`]): so `visit` may ask for other things meanwhile, and no result is ever held whole. Each order is that
//! of a b-tree; only a family of long keys ([`super::entries`]) has to be sorted.

use std::borrow::Cow;
use std::ops::ControlFlow;

use model::CollectionId;
use tokio_postgres::Row;

use super::Session;
use super::entries::{Span, apart, family, is_long};
use super::value::{Cells, Value, params, signed};
use crate::Result;
use crate::tables::ReadWalks;
use crate::tables::records::{KeyRange, Place};
use crate::tables::walks::{Direction, IndexWalk, Seen, Walk};

const COUNT: &str = "SELECT count(*) FROM
    (SELECT 1 FROM index_entries WHERE index_id = $1 AND key >= $2 AND key < $3 LIMIT $4) e";
const COUNT_LONG: &str = "SELECT count(*) FROM (SELECT 1 FROM index_entries WHERE index_id = $1
    AND key >= $2 AND key < $3 AND coalesce(whole, key) >= $5 AND coalesce(whole, key) < $6 LIMIT $4) e";

/// No row has this number.
const BEFORE_ALL: i64 = i64::MIN;

/// How many records the next part of a walk has.
pub(super) struct Part(u32);

impl Part {
    const FIRST: u32 = 64;
    const LONGEST: u32 = 4096;
    /// Bytes that a part may have, roughly.
    const BYTES: usize = 1 << 20;

    pub(super) fn first() -> Self {
        Self(Self::FIRST)
    }

    /// A number that few statements differ by, so that each is prepared but once, and with the number in its text, so that
    /// the server's plan is made for so many.
    pub(super) fn limit(&self) -> u32 {
        self.0
    }

    /// Whether so many rows are all that there are.
    pub(super) fn is_last(&self, rows: usize) -> bool {
        rows < self.0 as usize
    }

    /// Goes on to the next part, after one that had so many bytes.
    pub(super) fn grow(&mut self, bytes: usize) {
        self.0 = match bytes {
            0..Self::BYTES if bytes * 4 < Self::BYTES => (self.0 * 4).min(Self::LONGEST),
            0..Self::BYTES => self.0,
            _ => (self.0 / 4).max(1),
        };
    }
}

/// The statements of walks over one collection, which lack their limit.
pub(super) struct WalkSql {
    /// By id, from the first on and from the last on.
    whole: [String; 2],
    /// By id, up and down from one.
    beyond: [String; 2],
    /// By index, up and down: entries with their records.
    entries: EntrySql,
}

/// The statements of walks over entries, up and down.
struct EntrySql {
    plain: [String; 2],
    /// Within a family, in order of the whole keys.
    family: [String; 2],
}

impl EntrySql {
    /// Those that show `columns` of the entries `e` and of what `join` adds to them.
    fn of(columns: &str, join: &str) -> Self {
        let plain = |compare: &str, bound: &str, order: &str| {
            let order = |e: &str| format!("{e}key{order}, {e}rid{order}");
            format!(
                "SELECT coalesce(e.whole, e.key), e.rid, e.whole IS NOT NULL{columns} FROM (
                    SELECT key, rid, whole FROM index_entries
                    WHERE index_id = $1 AND (key, rid) {compare} ($2, $3) AND key {bound} $4
                    ORDER BY {} LIMIT %) e {join} ORDER BY {}",
                order(""),
                order("e.")
            )
        };
        let family = |compare: &str, bound: &str, order: &str| {
            format!(
                "SELECT e.whole, e.rid, true{columns} FROM (
                    SELECT rid, whole FROM index_entries
                    WHERE index_id = $1 AND key >= $5 AND key < $6 AND (whole, rid) {compare} ($2, $3) AND whole {bound} $4
                    ORDER BY whole{order}, rid{order} LIMIT %) e {join} ORDER BY e.whole{order}, e.rid{order}"
            )
        };
        Self {
            plain: [plain(">", "<", ""), plain("<", ">=", " DESC")],
            family: [family(">", "<", ""), family("<", ">=", " DESC")],
        }
    }
}

impl WalkSql {
    /// Those over the table `r`.
    pub(super) fn of(r: &str) -> Self {
        let by_id = |rest: &str| format!("SELECT ''::bytea, rid, false, id, body FROM {r} {rest} LIMIT %");
        Self {
            whole: [by_id("ORDER BY id"), by_id("ORDER BY id DESC")],
            beyond: [
                by_id("WHERE id > $1 ORDER BY id"),
                by_id("WHERE id < $1 ORDER BY id DESC"),
            ],
            entries: EntrySql::of(", r.id, r.body", &format!("JOIN {r} r ON r.rid = e.rid")),
        }
    }
}

fn of_direction(pair: &[String; 2], direction: Direction) -> &str {
    match direction {
        Direction::Ascending => &pair[0],
        Direction::Descending => &pair[1],
    }
}

/// What is shown of a walk over entries; `false` ends it.
type Show<'a> = dyn FnMut(&Row) -> Result<bool> + 'a;

/// Where a walk over entries is: only those strictly beyond are shown.
struct At {
    key: Vec<u8>,
    row: i64,
}

impl Session<'_> {
    fn part(&self, sql: &str, part: &Part, params: &[Value<'_>]) -> Result<Vec<Row>> {
        self.rows(&sql.replacen('%', &part.limit().to_string(), 1), params)
    }

    fn by_id(
        &self,
        collection: CollectionId,
        after: Option<&str>,
        direction: Direction,
        visit: &mut Walk<'_>,
    ) -> Result<()> {
        let sql = self.known().sql(collection);
        let (mut part, mut after) = (Part::first(), after.map(str::to_owned));
        loop {
            let rows = match &after {
                None => self.part(of_direction(&sql.walks.whole, direction), &part, &[])?,
                Some(after) => {
                    self.part(of_direction(&sql.walks.beyond, direction), &part, params![after])?
                }
            };
            let mut bytes = 0;
            for row in &rows {
                bytes += Cells(row).bytes(4)?.len();
                if show(row, visit)?.is_break() {
                    return Ok(());
                }
            }
            let Some(last) = rows.last().filter(|_| !part.is_last(rows.len())) else {
                return Ok(());
            };
            after = Some(Cells(last).text(3)?);
            part.grow(bytes);
        }
    }

    /// Shows the entries of an index in a span, key and row, in order, from beyond `after` on.
    pub(super) fn each_entry(
        &self,
        index: i64,
        span: &Span,
        after: Option<(&[u8], Place)>,
        direction: Direction,
        show: &mut dyn FnMut(Cow<'_, [u8]>, i64) -> bool,
    ) -> Result<()> {
        let sql = EntrySql::of("", "");
        let walk = EntryWalk {
            session: self,
            sql: &sql,
            index,
            span,
            direction,
        };
        walk.run(after, &mut |row| {
            let row = Cells(row);
            Ok(show(Cow::Borrowed(row.bytes(0)?), row.int(1)?))
        })
    }

    fn count_span(&self, index: i64, span: &Span, most: u64) -> Result<u64> {
        let (around, most) = (span.around(), signed(most));
        let count = if span.is_exact() {
            self.number(COUNT, params![index, &around.low, &around.high, most])?
        } else {
            let (low, high) = (&span.low, &span.high);
            self.number(
                COUNT_LONG,
                params![index, &around.low, &around.high, most, low, high],
            )?
        };
        Ok(count.unsigned_abs())
    }
}

/// A walk over the entries of an index.
struct EntryWalk<'a> {
    session: &'a Session<'a>,
    sql: &'a EntrySql,
    index: i64,
    span: &'a Span,
    direction: Direction,
}

impl EntryWalk<'_> {
    fn run(&self, after: Option<(&[u8], Place)>, show: &mut Show<'_>) -> Result<()> {
        let around = self.span.around();
        let edge = match self.direction {
            Direction::Ascending => &around.low,
            // The keys before `high`: down from the place before its first entry.
            Direction::Descending => &around.high,
        };
        let mut at = At {
            key: edge.clone(),
            row: BEFORE_ALL,
        };
        if let Some((key, place)) = after {
            if is_long(key) {
                if !self.family(key, place.0, show)? {
                    return Ok(());
                }
                at = self.beyond(at, self.past(key));
            } else {
                let (key, row) = (key.to_vec(), place.0);
                at = self.beyond(at, At { key, row });
            }
        }
        self.plain(at, &around, show)
    }

    /// The one of two places that is further on.
    fn beyond(&self, one: At, other: At) -> At {
        let first = (&one.key, one.row) < (&other.key, other.row);
        if first == (self.direction == Direction::Ascending) {
            other
        } else {
            one
        }
    }

    /// Where a walk goes on after the family of a key.
    fn past(&self, key: &[u8]) -> At {
        let (low, high) = family(key);
        match self.direction {
            Direction::Ascending => At {
                key: high,
                row: BEFORE_ALL,
            },
            Direction::Descending => At {
                key: low,
                row: BEFORE_ALL,
            },
        }
    }

    fn plain(&self, mut at: At, around: &Span, show: &mut Show<'_>) -> Result<()> {
        let sql = of_direction(&self.sql.plain, self.direction);
        let end = match self.direction {
            Direction::Ascending => &around.high,
            Direction::Descending => &around.low,
        };
        let mut part = Part::first();
        loop {
            let params = params![self.index, &at.key, at.row, end];
            let rows = self.session.part(sql, &part, params)?;
            let (mut bytes, mut family_ahead) = (0, None);
            for row in &rows {
                let cells = Cells(row);
                if cells.bool(2)? {
                    family_ahead = Some(cells.bytes(0)?.to_vec());
                    break;
                }
                let key = cells.bytes(0)?;
                bytes += length(row)?;
                at = At {
                    key: key.to_vec(),
                    row: cells.int(1)?,
                };
                if self.span.has(key) && !show(row)? {
                    return Ok(());
                }
            }
            if let Some(key) = family_ahead {
                if !self.whole_family(&key, show)? {
                    return Ok(());
                }
                at = self.past(&key);
            } else if part.is_last(rows.len()) {
                return Ok(());
            }
            part.grow(bytes);
        }
    }

    fn whole_family(&self, key: &[u8], show: &mut Show<'_>) -> Result<bool> {
        let (low, high) = family(key);
        match self.direction {
            Direction::Ascending => self.family(&low, BEFORE_ALL, show),
            Direction::Descending => self.family(&high, BEFORE_ALL, show),
        }
    }

    /// Shows those of a family that are in the span, in order of the whole keys, from beyond a key and row on; `false`
    /// when the walk ended there.
    fn family(&self, key: &[u8], row: i64, show: &mut Show<'_>) -> Result<bool> {
        let sql = of_direction(&self.sql.family, self.direction);
        let (low, high) = family(key);
        let end = match self.direction {
            Direction::Ascending => &self.span.high,
            Direction::Descending => &self.span.low,
        };
        let mut part = Part::first();
        let mut at = At {
            key: key.to_vec(),
            row,
        };
        loop {
            let params = params![self.index, &at.key, at.row, end, &low, &high];
            let rows = self.session.part(sql, &part, params)?;
            let mut bytes = 0;
            for row in &rows {
                let (key, rid) = (Cells(row).bytes(0)?, Cells(row).int(1)?);
                bytes += length(row)?;
                at = At {
                    key: key.to_vec(),
                    row: rid,
                };
                if self.span.has(key) && !show(row)? {
                    return Ok(false);
                }
            }
            if part.is_last(rows.len()) {
                return Ok(true);
            }
            part.grow(bytes);
        }
    }
}

/// Bytes of what is long in a row of a walk.
fn length(row: &Row) -> Result<usize> {
    let key = Cells(row).bytes(0)?.len();
    Ok(if row.len() > 4 {
        key + Cells(row).bytes(4)?.len()
    } else {
        key
    })
}

fn show(row: &Row, visit: &mut Walk<'_>) -> Result<ControlFlow<()>> {
    let row = Cells(row);
    let id = row.text(3)?;
    Ok(visit(Seen {
        key: row.bytes(0)?,
        place: Place(row.int(1)?),
        id: &id,
        body: row.bytes(4)?,
    }))
}

impl ReadWalks for Session<'_> {
    fn walk_by_id(
        &self,
        collection: CollectionId,
        after: Option<&str>,
        direction: Direction,
        visit: &mut Walk<'_>,
    ) -> Result<()> {
        self.by_id(collection, after, direction, visit)
    }

    fn walk_by_index(
        &self,
        collection: CollectionId,
        walk: &IndexWalk<'_>,
        visit: &mut Walk<'_>,
    ) -> Result<()> {
        let index = self.index_id(collection, walk.index)?;
        let (sql, span) = (self.known().sql(collection), Span::of(walk.range));
        let entries = EntryWalk {
            session: self,
            sql: &sql.walks.entries,
            index,
            span: &span,
            direction: walk.direction,
        };
        entries.run(walk.after, &mut |row| Ok(show(row, visit)?.is_continue()))
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
        for span in apart(ranges) {
            // One more than there is room for tells that it is too many.
            count += self.count_span(index, &span, (most - count).saturating_add(1))?;
            if count > most {
                return Ok(None);
            }
        }
        Ok(Some(count))
    }
}
