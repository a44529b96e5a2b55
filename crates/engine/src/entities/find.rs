//! Listing entities: filter, order, page, and how many there are in all.
//!
//! What the caller may not see is left out before anything is counted. A listing that an index narrows down to few
//! records is done among the short reads; anything else walks on the threads that are there for that, held to the
//! limits of the configuration.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use model::{Actor, Code, CollectionId, Error, Record};
use query::{Filter, Limits, Sort};
use storage::ReadTx;
use storage::tables::records::Place;

use super::guids::IDS;
use super::sight::Sight;
use super::{Entity, EntityKind, damaged};
use crate::Engine;
use crate::search::{Effort, Plan, Top, choose, refused, walk};

/// What to list.
#[derive(Clone, Debug)]
pub struct Find {
    /// Which ones.
    pub filter: Filter,
    /// In which order; those that come out alike, and all of them without one, in the order in which they were made.
    pub sort: Sort,
    /// How many to leave out at the beginning.
    pub skip: u64,
    /// How many to give.
    pub limit: u64,
}

/// A page of entities.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// How many there are on all pages.
    pub total: u64,
    /// Those of this page.
    pub rows: Vec<Entity>,
}

/// How a listing was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The path of the index that named the candidates; none when everything was looked at.
    pub index: Option<String>,
    /// How many records were looked at.
    pub scanned: u64,
    /// How many matched, and may be seen by the caller.
    pub matched: u64,
    /// How long it took.
    pub time: Duration,
}

/// A listing to be made.
#[derive(Clone)]
struct Ask {
    collection: CollectionId,
    actor: Actor,
    find: Find,
    limits: Limits,
}

impl Engine {
    /// Lists entities that the caller may see.
    ///
    /// # Errors
    /// `bad-value` of `query` when it takes longer, more memory or a larger answer than is allowed.
    pub async fn find_entities(&self, actor: &Actor, kind: EntityKind, find: Find) -> Result<Found, Error> {
        let ask = self.ask(actor, kind, find);
        let quick = ask.clone();
        if ask.find.filter.terms().is_empty() {
            return self.store().scan(move |tx| run(tx, &ask, Plan::All)).await;
        }
        let found = self.store().read(move |tx| {
            let plan = choose(tx, quick.collection, &quick.find.filter, IDS, Effort::Quick)?;
            plan.map(|plan| run(tx, &quick, plan)).transpose()
        });
        match found.await? {
            Some(found) => Ok(found),
            None => self.store().scan(move |tx| planned(tx, &ask)).await,
        }
    }

    /// Says how [`Engine::find_entities`] would make its answer, by making it.
    ///
    /// # Errors
    /// `forbidden` unless the caller is a developer or an admin; as [`Engine::find_entities`].
    pub async fn explain_entities(
        &self,
        actor: &Actor,
        kind: EntityKind,
        find: Find,
    ) -> Result<Explained, Error> {
        if !actor.sees_all_jobs() {
            let message = "this action needs the role of a developer or an admin";
            return Err(Error::new(Code::Forbidden, message));
        }
        let ask = self.ask(actor, kind, find);
        self.store().scan(move |tx| explain(tx, &ask)).await
    }

    fn ask(&self, actor: &Actor, kind: EntityKind, find: Find) -> Ask {
        Ask {
            collection: self.entity_collection(kind),
            actor: actor.clone(),
            find,
            limits: self.options().query.limits(),
        }
    }
}

fn planned(tx: &mut (impl ReadTx + ?Sized), ask: &Ask) -> Result<Found, Error> {
    let plan = choose(tx, ask.collection, &ask.find.filter, IDS, Effort::Full)?;
    run(tx, ask, plan.unwrap_or(Plan::All))
}

fn explain(tx: &mut (impl ReadTx + ?Sized), ask: &Ask) -> Result<Explained, Error> {
    let begun = Instant::now();
    let plan = match choose(tx, ask.collection, &ask.find.filter, IDS, Effort::Full)? {
        Some(plan @ Plan::Places { .. }) => plan,
        // A clue leaves to the store what it looks at, so all are counted.
        _ => Plan::All,
    };
    let seen = look(tx, ask, &plan)?;
    Ok(Explained {
        index: match plan {
            Plan::All | Plan::With(_) => None,
            Plan::Places { index, .. } => Some(index),
        },
        scanned: seen.scanned,
        matched: seen.top.total(),
        time: begun.elapsed(),
    })
}

fn run(tx: &mut (impl ReadTx + ?Sized), ask: &Ask, plan: Plan) -> Result<Found, Error> {
    if ask.find.filter.is_all() && ask.find.sort.paths().next().is_none() && ask.actor.is_admin() {
        return first(tx, ask);
    }
    let seen = look(tx, ask, &plan)?;
    let total = seen.top.total();
    let rows = page(tx, ask, &seen.top.page())?;
    Ok(Found { total, rows })
}

/// The first ones of all there are: the store knows how many that are, and a walk ends where the page does.
fn first(tx: &mut (impl ReadTx + ?Sized), ask: &Ask) -> Result<Found, Error> {
    let total = tx.count_records(ask.collection)?;
    let Find { skip, limit, .. } = ask.find;
    let (end, mut seen, mut places) = (skip.saturating_add(limit).min(total), 0, Vec::new());
    walk(tx, ask.collection, &Plan::All, ask.limits.time, |place, _| {
        if seen >= end {
            return Ok(ControlFlow::Break(()));
        }
        if seen >= skip {
            places.push(place);
        }
        seen += 1;
        Ok(ControlFlow::Continue(()))
    })
    .map_err(|stopped| stopped.into_error("query", ask.collection))?;
    let rows = page(tx, ask, &places)?;
    Ok(Found { total, rows })
}

/// What was found on the way over the records.
struct Seen<'a> {
    top: Top<'a>,
    scanned: u64,
}

fn look<'a>(tx: &mut (impl ReadTx + ?Sized), ask: &'a Ask, plan: &Plan) -> Result<Seen<'a>, Error> {
    let sight = Sight::of(tx, &ask.actor)?;
    let Find {
        filter,
        sort,
        skip,
        limit,
    } = &ask.find;
    let mut seen = Seen {
        top: Top::new(sort, *skip, *limit, ask.limits.memory_bytes),
        scanned: 0,
    };
    walk(tx, ask.collection, plan, ask.limits.time, |place, body| {
        seen.scanned += 1;
        if sight.sees(body)? && filter.matches(body)? {
            seen.top.offer(place, body)?;
        }
        Ok(ControlFlow::Continue(()))
    })
    .map_err(|stopped| stopped.into_error("query", ask.collection))?;
    Ok(seen)
}

/// The records of a page, one by one, so that a page that is too large is noticed before it is in memory.
fn page(tx: &(impl ReadTx + ?Sized), ask: &Ask, places: &[Place]) -> Result<Vec<Entity>, Error> {
    let (mut rows, mut bytes) = (Vec::with_capacity(places.len()), 0);
    for place in places {
        for Record {
            id, version, body, ..
        } in tx.records_at(ask.collection, &[*place])?
        {
            bytes += body.as_bytes().len();
            let allowed = ask.limits.result_bytes;
            Limits::check(
                bytes,
                allowed,
                "the answer has too many bytes, ask for fewer entities",
                "result_bytes",
            )
            .map_err(|refusal| refused("query", ask.collection, &refusal))?;
            let guid = id.parse().map_err(|error| damaged(ask.collection, error))?;
            rows.push(Entity { guid, version, body });
        }
    }
    Ok(rows)
}
