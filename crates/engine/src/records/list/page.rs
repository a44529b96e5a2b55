//! Making a page: by walking along an order, or by looking at every candidate.

use std::ops::{Bound, ControlFlow};

use jsonb::{Jsonb, Value};
use model::{Code, Error};
use query::{Cause, Filter, KeyRange, Refusal, value_key};
use storage::ReadTx;
use storage::tables::records::Place;
use storage::tables::walks::{IndexWalk, Seen};

use super::cursor::{Cursor, name};
use super::{Ask, Order, checked_filter};
use crate::records::fetched::Fetched;
use crate::records::render::Renderer;
use crate::records::rights::Rights;
use crate::records::{Listing, Offset};
use crate::search::{Effort, Ids, Stopped, Top, choose, damaged, walk, walk_by_id, walk_by_index};

/// How records are known to their collection.
pub(in crate::records) const IDS: Ids = Ids {
    path: "id",
    id: |range| match range {
        (Bound::Included(low), Bound::Included(high)) if low == high => {
            let (tag, text) = low.split_first()?;
            let text = str::from_utf8(text).ok()?;
            let is_text = value_key(&query::Val::str(text)).is_ok_and(|key| key.first() == Some(tag));
            is_text.then(|| text.to_owned())
        }
        _ => None,
    },
};

/// A walk that looks at this many records for its page is short enough to be done among the quick reads.
const QUICK: u64 = 2_000;

/// A record that was found.
struct Row {
    place: Place,
    body: Jsonb,
}

/// Everything that a page depends on.
struct Making<'a> {
    ask: &'a Ask,
    rights: Rights<'a>,
    order: Order,
    /// What was asked for, and what the permissions say, as far as they can be said so.
    filter: Filter,
    cursor: Option<Cursor>,
}

impl Ask {
    /// The page; none when it takes more than `effort`.
    pub(super) fn run(&self, tx: &mut dyn ReadTx, effort: Effort) -> Result<Option<Listing>, Error> {
        let rights = self.rights()?;
        let order = Order::of(&self.catalogue, &self.entity, &self.call, &rights, &self.query)?;
        let asked = match &self.query.filter {
            Some(condition) => checked_filter(&self.catalogue, &self.entity, &self.call, &rights, condition)?,
            None => Filter::all(),
        };
        // Refuses fields that there are not, before anything is read.
        Renderer::new(&self.entity, &rights, &self.query.shape)?;
        let filter = match rights.read().is_all() {
            true => asked,
            false => asked.and(rights.read().filter()),
        };
        let cursor = match &self.query.offset {
            Some(Offset::After(id)) if !order.is_by_id() => {
                Some(self.cursors.find(tx, self.entity.collection(), &order, id)?)
            }
            _ => None,
        };
        let making = Making {
            ask: self,
            rights,
            order,
            filter,
            cursor,
        };
        making.run(tx, effort)
    }
}

impl Making<'_> {
    fn run(&self, tx: &mut dyn ReadTx, effort: Effort) -> Result<Option<Listing>, Error> {
        let total = self.counted(tx)?;
        if let Some(total) = total
            && let Some(rows) = self.walked(tx, total, effort)?
        {
            return self.listing(tx, total, rows).map(Some);
        }
        self.looked(tx, effort)
    }

    /// How many there are, if that can be told without looking at records.
    fn counted(&self, tx: &mut dyn ReadTx) -> Result<Option<u64>, Error> {
        if !self.rights.read().is_exact() {
            return Ok(None);
        }
        let collection = self.ask.entity.collection();
        if self.filter.is_all() {
            return Ok(Some(tx.count_records(collection)?));
        }
        Ok(None)
    }

    /// The rows of the page, by walking along the order; none when there is no way along it, or it is too long.
    fn walked(&self, tx: &mut dyn ReadTx, total: u64, effort: Effort) -> Result<Option<Vec<Row>>, Error> {
        let reach = self.skip().saturating_add(self.ask.query.size).min(total);
        if effort == Effort::Quick && reach > QUICK {
            return Ok(None);
        }
        if self.order.is_by_id() {
            return self.along_ids(tx).map(Some);
        }
        let collection = self.ask.entity.collection();
        let Some(path) = &self.order.path else {
            return Ok(None);
        };
        let leads_to_all = |index: &storage::tables::records::IndexDef| index.missing && index.path == *path;
        match tx.indexes(collection)?.iter().any(leads_to_all) {
            true => self.along_index(tx, path).map(Some),
            false => Ok(None),
        }
    }

    fn along_ids(&self, tx: &mut dyn ReadTx) -> Result<Vec<Row>, Error> {
        let after = match &self.ask.query.offset {
            Some(Offset::After(id)) => Some(id.as_str()),
            _ => None,
        };
        let mut filling = Filling::of(self);
        let (collection, time) = (self.ask.entity.collection(), self.ask.limits.time);
        let by = (after, self.order.direction);
        walk_by_id(tx, collection, by, time, |seen| filling.take(seen))
            .map_err(|stopped| self.stopped(stopped))?;
        Ok(filling.rows)
    }

    fn along_index(&self, tx: &mut dyn ReadTx, path: &str) -> Result<Vec<Row>, Error> {
        let range: KeyRange = (Bound::Unbounded, Bound::Unbounded);
        let after = self.cursor.as_ref().map(|cursor| {
            let key = cursor.key.values().first().map(value_key).transpose();
            key.map(|key| (key.unwrap_or_default(), cursor.place))
        });
        let after = after.transpose().map_err(Error::internal)?;
        let by = IndexWalk {
            index: path,
            range: &range,
            after: after.as_ref().map(|(key, place)| (key.as_slice(), *place)),
            direction: self.order.direction,
        };
        let mut filling = Filling::of(self);
        let (collection, time) = (self.ask.entity.collection(), self.ask.limits.time);
        walk_by_index(tx, collection, &by, time, |seen| filling.take(seen))
            .map_err(|stopped| self.stopped(stopped))?;
        Ok(filling.rows)
    }

    /// The page, by looking at every candidate; none when there are too many of them.
    fn looked(&self, tx: &mut dyn ReadTx, effort: Effort) -> Result<Option<Listing>, Error> {
        let collection = self.ask.entity.collection();
        let Some(plan) = choose(tx, collection, &self.filter, IDS, effort)? else {
            return Ok(None);
        };
        let sort = self.order.sort.clone();
        let memory = self.ask.limits.memory_bytes;
        let mut top =
            Top::new(&sort, self.skip(), self.ask.query.size, memory).with_ties(self.order.direction);
        let (mut total, mut failed) = (0, None);
        let outcome = walk(tx, collection, &plan, self.ask.limits.time, |place, body| {
            match self.matches(body) {
                Ok(false) => return Ok(ControlFlow::Continue(())),
                Ok(true) => total += 1,
                Err(error) => {
                    failed = Some(error);
                    return Ok(ControlFlow::Break(()));
                }
            }
            let key = self.order.key(body)?;
            if self.is_behind(body, (&key, place))? {
                top.offer_key(place, key)?;
            }
            Ok(ControlFlow::Continue(()))
        });
        outcome.map_err(|stopped| self.stopped(stopped))?;
        if let Some(error) = failed {
            return Err(error);
        }
        let places = top.page();
        let mut rows = Vec::with_capacity(places.len());
        for place in places {
            let found = tx.records_at(collection, &[place])?;
            rows.extend(found.into_iter().map(|record| Row {
                place,
                body: record.body,
            }));
        }
        self.listing(tx, total, rows).map(Some)
    }

    fn matches(&self, body: Value<'_>) -> Result<bool, Error> {
        let collection = self.ask.entity.collection();
        let matches = self
            .filter
            .matches(body)
            .map_err(|refusal| damaged(collection, refusal))?;
        Ok(matches && (self.rights.read().is_exact() || self.rights.sees(body)?))
    }

    /// Whether a record comes behind where the page begins.
    fn is_behind(&self, body: Value<'_>, at: (&query::SortKey<'_>, Place)) -> Result<bool, Refusal> {
        if let Some(cursor) = &self.cursor {
            return Ok(self.order.compare(at, (&cursor.key, cursor.place)).is_gt());
        }
        match &self.ask.query.offset {
            Some(Offset::After(after)) => {
                let id = body
                    .get("id")?
                    .map(Value::as_str)
                    .transpose()?
                    .flatten()
                    .unwrap_or_default();
                Ok(self.order.direction.of((*id).cmp(after.as_str())).is_gt())
            }
            _ => Ok(true),
        }
    }

    fn skip(&self) -> u64 {
        match self.ask.query.offset {
            Some(Offset::Skip(skip)) => skip,
            _ => 0,
        }
    }

    fn listing(&self, tx: &mut dyn ReadTx, total: u64, rows: Vec<Row>) -> Result<Listing, Error> {
        let renderer = Renderer::new(&self.ask.entity, &self.rights, &self.ask.query.shape)?;
        let (mut items, mut bytes) = (Vec::<Jsonb>::with_capacity(rows.len()), 0);
        let (most, asked) = (self.ask.limits.result_bytes, &self.ask.query.shape);
        for row in &rows {
            let fetched = Fetched::of(tx, &self.rights, (&self.ask.entity, asked), row.body.root(), most)?;
            let item = renderer.record_with(row.body.root(), &fetched)?;
            bytes += item.as_bytes().len();
            if bytes > most {
                let message = "the page has too many bytes, ask for fewer records with _size";
                return Err(Error::of_field(
                    Code::BadRequest,
                    "_size".to_owned(),
                    message.to_owned(),
                ));
            }
            items.push(item);
        }
        let offset = match rows.last() {
            Some(last) => Some(self.end_of(last)?),
            None => None,
        };
        Ok(Listing { total, offset, items })
    }

    /// The id by which the next page is asked for; what it sorts by is remembered.
    fn end_of(&self, last: &Row) -> Result<String, Error> {
        let id = crate::records::references::id_of(last.body.root())?;
        if !self.order.is_by_id() {
            let key = self
                .order
                .key(last.body.root())
                .and_then(query::SortKey::into_owned);
            let cursor = Cursor {
                key: key.map_err(Error::internal)?,
                place: last.place,
            };
            let name = name(self.ask.entity.collection(), &self.order, &id);
            self.ask.cursors.keep(name, cursor);
        }
        Ok(id)
    }

    fn stopped(&self, stopped: Stopped) -> Error {
        match stopped {
            Stopped::Store(error) => error.into(),
            Stopped::Refusal(refusal) if refusal.cause == Cause::Damaged => {
                damaged(self.ask.entity.collection(), refusal)
            }
            Stopped::Refusal(refusal) => Error::new(Code::BadRequest, refusal.to_string()),
        }
    }
}

/// The rows of a page on a walk along its order. Everything on the way belongs to it: the filter lets all through.
struct Filling {
    skip: u64,
    size: u64,
    rows: Vec<Row>,
}

impl Filling {
    fn of(making: &Making<'_>) -> Self {
        Self {
            skip: making.skip(),
            size: making.ask.query.size,
            rows: Vec::new(),
        }
    }

    fn take(&mut self, seen: Seen<'_>) -> Result<ControlFlow<()>, Refusal> {
        if self.rows.len() as u64 >= self.size {
            return Ok(ControlFlow::Break(()));
        }
        if self.skip > 0 {
            self.skip -= 1;
            return Ok(ControlFlow::Continue(()));
        }
        self.rows.push(Row {
            place: seen.place,
            body: Jsonb::from_stored(seen.body.to_vec()),
        });
        Ok(ControlFlow::Continue(()))
    }
}
