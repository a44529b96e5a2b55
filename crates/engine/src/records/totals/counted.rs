//! The values of a field counted from the beginning: by the job of the definition that has it, or when a record comes back.
//!
//! The job counts on a snapshot, which holds nobody up, however many records there are. What is added to a record meanwhile
//! is noted in it ([`Standing`], not the whole yet); some of that the snapshot has already. So what is written is the total
//! of the snapshot, without what was noted there, with what is noted now.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use app::values::Total;
use jsonb::{Jsonb, Value};
use model::Error;
use storage::tables::records::Place;
use storage::tables::walks::{Direction, IndexWalk};
use storage::{ReadTx, Tx};

use super::Watch;
use super::edit::{Edit, edited};
use super::ledger::Ledger;
use super::standing::Standing;
use crate::records::cascade::range_of;
use crate::records::catalogue::{Catalogue, EntityRef};
use crate::records::convert::converted;

/// What was counted for records, by id: for each of their fields, by its name, what is to be added to what is noted.
type AllCounted = BTreeMap<String, BTreeMap<String, Total>>;

/// What was counted of some records that follow one another.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    /// Those with a field that waited for it.
    all: AllCounted,
    /// How many records were looked at.
    pub(crate) looked: u64,
    /// The last of them.
    pub(crate) last: Option<String>,
}

/// Counts for the next `most` records behind an id those fields of which not the whole is known.
pub(crate) fn count(
    tx: &mut dyn ReadTx,
    (catalogue, entity): (&Catalogue, &EntityRef),
    (after, most): (&str, u64),
) -> Result<Counted, Error> {
    let (mut all, mut last, mut looked) = (AllCounted::new(), None, 0);
    for record in tx.records_after(entity.collection(), after, most)? {
        let mut fields = BTreeMap::new();
        for watch in entity.watches() {
            let standing = Standing::of(record.body.root(), watch).map_err(Error::internal)?;
            if !standing.is_whole {
                let over = catalogue.entity(&watch.over)?;
                let total = counted_in(tx, (watch, over), &record.id)?;
                fields.insert(watch.field.name.clone(), total.minus(&standing.total));
            }
        }
        last = Some(record.id.clone());
        looked += 1;
        if !fields.is_empty() {
            all.insert(record.id, fields);
        }
    }
    Ok(Counted { all, looked, last })
}

/// Puts what was counted into the records of an entity, those that are still there and still wait for it.
pub(crate) fn put_counted(
    tx: &mut dyn Tx,
    (catalogue, entity): (&Catalogue, &EntityRef),
    Counted { all, .. }: &Counted,
) -> Result<(), Error> {
    let ids: Vec<&str> = all.keys().map(String::as_str).collect();
    tx.foresee(entity.collection(), &ids)?;
    let mut ledger = Ledger::of(catalogue);
    for (id, counted) in all {
        let Some((_, before)) = tx.record_body(entity.collection(), id)? else {
            continue;
        };
        if let Some(body) = with(entity, &before, counted)? {
            tx.amend_record(entity.collection(), id, &body)?;
            ledger.note(tx, entity, Some(&before), Some(&body))?;
        }
    }
    ledger.settle(tx)?;
    Ok(())
}

fn with(entity: &EntityRef, body: &Jsonb, counted: &BTreeMap<String, Total>) -> Result<Option<Jsonb>, Error> {
    let mut edits = Vec::new();
    for watch in entity.watches() {
        let standing = Standing::of(body.root(), watch).map_err(Error::internal)?;
        let Some(counted) = counted.get(&watch.field.name).filter(|_| !standing.is_whole) else {
            continue;
        };
        let whole = Standing {
            total: standing.total.plus(counted),
            is_whole: true,
        };
        edits.push(Edit::of(watch, whole));
    }
    if edits.is_empty() {
        return Ok(None);
    }
    edited(entity, body, &edits).map(Some).map_err(Error::internal)
}

/// What the records of the other entity come to that refer to this id.
pub(super) fn counted_in(
    tx: &mut dyn ReadTx,
    (watch, over): (&Arc<Watch>, &EntityRef),
    id: &str,
) -> Result<Total, Error> {
    let mut counting = Counting {
        watch,
        over,
        id,
        total: Total::default(),
        outcome: Ok(()),
    };
    let (index, collection) = (watch.index(), over.collection());
    if tx.indexes(collection)?.iter().any(|ready| ready.name == index) {
        let range = range_of(id)?;
        let walk = IndexWalk {
            index: &index,
            range: &range,
            after: None,
            direction: Direction::Ascending,
        };
        let mut last: Option<Place> = None;
        tx.walk_by_index(collection, &walk, &mut |seen| {
            // One that refers to it twice has two entries.
            if last.replace(seen.place) == Some(seen.place) {
                return ControlFlow::Continue(());
            }
            counting.take(Value::of(seen.body))
        })?;
    } else {
        tx.scan_bodies(collection, &mut |_, body| counting.take(Value::of(body)))?;
    }
    counting.outcome.map(|()| counting.total)
}

struct Counting<'a> {
    watch: &'a Watch,
    over: &'a EntityRef,
    id: &'a str,
    total: Total,
    outcome: Result<(), Error>,
}

impl Counting<'_> {
    fn take(&mut self, record: Value<'_>) -> ControlFlow<()> {
        match self.share(record) {
            Ok(Some(share)) => self.total = self.total.plus(&share),
            Ok(None) => {}
            Err(error) => {
                self.outcome = Err(error);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    fn share(&self, record: Value<'_>) -> Result<Option<Total>, Error> {
        let share = match self.over.steps().is_empty() {
            true => self.watch.share(record)?,
            false => {
                let record = converted(self.over, record).map_err(Error::internal)?;
                self.watch.share(record.root())?
            }
        };
        let refers = |(ids, _): &(Vec<String>, Total)| ids.iter().any(|known| known == self.id);
        Ok(share.filter(refers).map(|(_, total)| total))
    }
}
