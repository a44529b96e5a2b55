//! Queries of functions, on what the unit of work sees.
//!
//! In the order of ids, which is the usual one, records are found by walking on from the last one, so that a function may
//! look at any number of them. For any other order all that match are found out first, and kept by their ids.

use std::ops::ControlFlow;
use std::sync::Arc;

use app::Condition;
use jsonb::{Jsonb, Value};
use model::{Code, Error};
use query::{Direction, Filter};
use storage::ReadTx;
use storage::tables::ReadRecords;

use super::super::aggregate::{Job as Aggregation, visible};
use super::super::list::{IDS, Order, checked_filter};
use super::super::rights::Rights;
use super::super::{Call, EntityRef, ListQuery, Offset};
use super::{Around, Unit};
use crate::search::{Effort, Plan, Stopped, Top, choose, damaged, walk, walk_by_id};

/// Records that an order may have.
const MOST_SORTED: u64 = 100_000;

/// A query of a function.
#[derive(Clone)]
pub(in crate::records) struct Query {
    pub(in crate::records) entity: EntityRef,
    pub(in crate::records) filter: Option<Condition>,
    pub(super) sort_field: Option<String>,
    pub(super) ascending: bool,
    pub(super) offset: Option<Offset>,
    /// At most so many; none: all.
    pub(super) size: Option<u64>,
}

impl Query {
    /// All records that meet a condition, newest first.
    pub(in crate::records) fn of(entity: &EntityRef, filter: Option<Condition>) -> Self {
        Self {
            entity: entity.clone(),
            filter,
            sort_field: None,
            ascending: false,
            offset: None,
            size: None,
        }
    }
}

/// Where a query goes on.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::records) enum Next {
    /// At its beginning.
    First,
    /// Behind this id.
    After(String),
    /// In the set of this number, at this place.
    Set(usize, usize),
}

/// Some records of a query.
pub(in crate::records) struct Page {
    pub(super) items: Vec<Jsonb>,
    /// None at the end.
    pub(super) next: Option<Next>,
}

/// A query that is looked at on a snapshot.
struct Looking {
    around: Arc<Around>,
    call: Call,
    query: Query,
}

impl Unit {
    /// The next records of a query.
    pub(super) fn page(&self, query: &Query, next: Next, size: u64) -> Result<Page, Error> {
        match next {
            Next::Set(number, at) => self.of_set(&query.entity, number, (at, size)),
            Next::After(id) => self.along_ids(query, Some(id), size),
            Next::First => match self.sorted(query)? {
                Some(ids) => {
                    let number = self.0.state.borrow_mut().sets.keep(ids)?;
                    self.of_set(&query.entity, number, (0, size))
                }
                None => self.along_ids(query, None, size),
            },
        }
    }

    /// How many records meet a query.
    pub(super) fn count(&self, query: &Query) -> Result<u64, Error> {
        let looking = self.looking(query);
        self.scan(move |seen| looking.count(seen))
    }

    /// The stored record of this id, as far as functions may see it.
    pub(in crate::records) fn find(&self, entity: &EntityRef, id: &str) -> Result<Option<Jsonb>, Error> {
        let (around, call) = (Arc::clone(self.around()), self.script_call());
        let (entity, id) = (entity.clone(), id.to_ascii_lowercase());
        self.read(move |seen| {
            let Some((_, body)) = seen.record_body(entity.collection(), &id)? else {
                return Ok(None);
            };
            let body = super::super::convert::current(seen, &around.catalogue, &entity, body)?;
            shown(&around, &entity, &call, body).map(Some)
        })
    }

    /// What an aggregation gives.
    pub(super) fn aggregate(&self, entity: &EntityRef, stages: Value<'_>) -> Result<Vec<Jsonb>, Error> {
        let around = self.around();
        let job = Aggregation::of(
            (&around.catalogue, entity, &self.script_call()),
            stages,
            (&around.query, around.group_keys),
            &around.env,
        )?;
        self.scan(move |seen| job.run(seen))
    }

    fn looking(&self, query: &Query) -> Looking {
        Looking {
            around: Arc::clone(self.around()),
            call: self.script_call(),
            query: query.clone(),
        }
    }

    fn along_ids(&self, query: &Query, after: Option<String>, size: u64) -> Result<Page, Error> {
        let looking = self.looking(query);
        match query.filter {
            None => self.read(move |seen| looking.along_ids(seen, after, size)),
            Some(_) => self.scan(move |seen| looking.along_ids(seen, after, size)),
        }
    }

    /// The ids of all records of a query, unless walking along ids is the way.
    fn sorted(&self, query: &Query) -> Result<Option<Vec<String>>, Error> {
        let looking = self.looking(query);
        let quick = self.looking(query);
        if let Some(ids) = self.read(move |seen| quick.sorted(seen, Effort::Quick))? {
            return Ok(Some(ids));
        }
        match looking.walks()? {
            true => Ok(None),
            false => self.scan(move |seen| looking.sorted(seen, Effort::Full)),
        }
    }

    fn of_set(&self, entity: &EntityRef, number: usize, (at, size): (usize, u64)) -> Result<Page, Error> {
        let unknown = || Error::internal("a set of records that there is not");
        let set = self.0.state.borrow().sets.get(number).ok_or_else(unknown)?;
        let end = set
            .len()
            .min(at.saturating_add(usize::try_from(size).unwrap_or(usize::MAX)));
        let (around, call, entity) = (Arc::clone(self.around()), self.script_call(), entity.clone());
        let next = (end < set.len()).then_some(Next::Set(number, end));
        let items = self.read(move |seen| {
            let mut items = Vec::with_capacity(end.saturating_sub(at));
            for id in set.get(at..end).unwrap_or_default() {
                if let Some((_, body)) = seen.record_body(entity.collection(), id)? {
                    items.push(shown(&around, &entity, &call, body)?);
                }
            }
            Ok(items)
        })?;
        Ok(Page { items, next })
    }
}

/// A record without what its access rules hide.
fn shown(around: &Around, entity: &EntityRef, call: &Call, body: Jsonb) -> Result<Jsonb, Error> {
    if entity.read_rules().is_empty() {
        return Ok(body);
    }
    let rights = Rights::of(&around.catalogue, entity, call)?;
    let access = rights.access(body.root())?;
    visible(body.root(), &entity.fields, "", &access).map_err(Error::internal)
}

impl Looking {
    fn filter(&self, rights: &Rights<'_>) -> Result<Filter, Error> {
        let Query { entity, filter, .. } = &self.query;
        match filter {
            Some(condition) => checked_filter(&self.around.catalogue, entity, &self.call, rights, condition),
            None => Ok(Filter::all()),
        }
    }

    fn order(&self, rights: &Rights<'_>) -> Result<Order, Error> {
        let usual = ListQuery::default();
        let list = ListQuery {
            filter: self.query.filter.clone(),
            sort_field: self.query.sort_field.clone().unwrap_or(usual.sort_field),
            sort_direction: match self.query.ascending {
                true => Direction::Ascending,
                false => Direction::Descending,
            },
            ..ListQuery::default()
        };
        Order::of(
            &self.around.catalogue,
            &self.query.entity,
            &self.call,
            rights,
            &list,
        )
    }

    fn rights(&self) -> Result<Rights<'_>, Error> {
        Rights::of(&self.around.catalogue, &self.query.entity, &self.call)
    }

    /// Whether walking along ids is the way.
    fn walks(&self) -> Result<bool, Error> {
        let skips = matches!(self.query.offset, Some(Offset::Skip(skip)) if skip > 0);
        Ok(!skips && self.order(&self.rights()?)?.is_by_id())
    }

    fn along_ids(&self, tx: &mut dyn ReadTx, after: Option<String>, size: u64) -> Result<Page, Error> {
        let rights = self.rights()?;
        let (filter, order) = (self.filter(&rights)?, self.order(&rights)?);
        let after = match (&after, &self.query.offset) {
            (None, Some(Offset::After(id))) => Some(id.clone()),
            _ => after,
        };
        let (mut items, mut last, collection) = (Vec::new(), None, self.query.entity.collection());
        let by = (after.as_deref(), order.direction);
        walk_by_id(tx, collection, by, self.around.query.time, |seen| {
            if filter.matches(Value::of(seen.body))? {
                items.push(Jsonb::from_stored(seen.body.to_vec()));
            }
            Ok(match items.len() as u64 >= size {
                true => {
                    last = Some(seen.id.to_owned());
                    ControlFlow::Break(())
                }
                false => ControlFlow::Continue(()),
            })
        })
        .map_err(|stopped| self.stopped(stopped))?;
        let show = |body| shown(&self.around, &self.query.entity, &self.call, body);
        Ok(Page {
            items: items.into_iter().map(show).collect::<Result<_, _>>()?,
            next: last.map(Next::After),
        })
    }

    /// All ids in their order; none when that takes more than `effort`.
    fn sorted(&self, tx: &mut dyn ReadTx, effort: Effort) -> Result<Option<Vec<String>>, Error> {
        let rights = self.rights()?;
        let (filter, order) = (self.filter(&rights)?, self.order(&rights)?);
        let collection = self.query.entity.collection();
        let after = matches!(self.query.offset, Some(Offset::After(_)));
        let Some(plan) = choose(tx, collection, &filter, IDS, effort)?.filter(|_| !after) else {
            return match after && effort == Effort::Full {
                true => Err(Error::new(
                    Code::BadRequest,
                    "an offset that is an id is for queries in the order of ids",
                )),
                false => Ok(None),
            };
        };
        let skip = match self.query.offset {
            Some(Offset::Skip(skip)) => skip,
            _ => 0,
        };
        let most = self.query.size.unwrap_or(MOST_SORTED).min(MOST_SORTED);
        let sort = order.sort.clone();
        let mut top = Top::new(&sort, skip, most, self.around.query.memory_bytes).with_ties(order.direction);
        walk(tx, collection, &plan, self.around.query.time, |place, body| {
            if filter.matches(body)? {
                top.offer_key(place, order.key(body)?)?;
            }
            Ok(ControlFlow::Continue(()))
        })
        .map_err(|stopped| self.stopped(stopped))?;
        if top.total() > MOST_SORTED && self.query.size.is_none() {
            let message = format!("a query in this order may find {MOST_SORTED} records at most, use size");
            return Err(Error::new(Code::BadRequest, message));
        }
        let mut ids = Vec::new();
        for place in top.page() {
            ids.extend(
                tx.records_at(collection, &[place])?
                    .into_iter()
                    .map(|record| record.id),
            );
        }
        Ok(Some(ids))
    }

    fn count(&self, tx: &mut dyn ReadTx) -> Result<u64, Error> {
        let rights = self.rights()?;
        let (filter, collection) = (self.filter(&rights)?, self.query.entity.collection());
        if filter.is_all() {
            return Ok(tx.count_records(collection)?);
        }
        let plan = choose(tx, collection, &filter, IDS, Effort::Full)?.unwrap_or(Plan::All);
        let mut count = 0;
        walk(tx, collection, &plan, self.around.query.time, |_, body| {
            count += u64::from(filter.matches(body)?);
            Ok(ControlFlow::Continue(()))
        })
        .map_err(|stopped| self.stopped(stopped))?;
        Ok(count)
    }

    fn stopped(&self, stopped: Stopped) -> Error {
        match stopped {
            Stopped::Store(error) => error.into(),
            Stopped::Refusal(refusal) if refusal.cause == query::Cause::Damaged => {
                damaged(self.query.entity.collection(), refusal)
            }
            Stopped::Refusal(refusal) => Error::new(Code::BadRequest, refusal.to_string()),
        }
    }
}
