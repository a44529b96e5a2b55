//! [`Ledger`]: what the writes of one transaction mean for fields of other records, and its settling.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::values::Total;
use jsonb::{Damaged, Jsonb};
use model::{CollectionId, Error};
use storage::tables::records::{Expect, Put, Removal, Written};
use storage::{ReadTx, Tx};

use super::counted::counted_in;
use super::edit::{Edit, edited};
use super::standing::Standing;
use super::watch::Share;
use super::{Amended, Watch};
use crate::records::catalogue::{Catalogue, EntityRef};
use crate::records::convert::current;

/// A record, by collection and id.
type Place = (CollectionId, String);

/// What is to be added to the fields of a record.
type Due = Vec<(Arc<Watch>, Total)>;

/// Records whose computed fields have become others: version, and what they are.
pub(crate) type Settled = BTreeMap<Place, Amended>;

/// Writes records of one transaction and notes what that means for others, until it is settled.
///
/// Whoever has written with it must settle it before the transaction ends.
#[must_use = "what is noted must be settled"]
pub(crate) struct Ledger<'a> {
    catalogue: &'a Catalogue,
    due: BTreeMap<Place, Due>,
}

impl<'a> Ledger<'a> {
    /// An empty one.
    pub(crate) fn of(catalogue: &'a Catalogue) -> Self {
        Self {
            catalogue,
            due: BTreeMap::new(),
        }
    }

    /// Puts a record. Its own computed fields are as they stand; when that made another body of it, the body too.
    pub(crate) fn put(
        &mut self,
        tx: &mut dyn Tx,
        entity: &EntityRef,
        put: &Put<'_>,
    ) -> Result<(Written, Option<Jsonb>), Error> {
        if !entity.is_counted() {
            return Ok((tx.put_record(entity.collection(), put)?, None));
        }
        let before = match put.expect {
            Expect::Absent => None,
            Expect::Any | Expect::Version(_) => tx.record_body(entity.collection(), put.id)?,
        };
        let before = before.map(|(_, body)| body);
        let body = match &before {
            Some(before) => carried(entity, put.body, before)?,
            None if entity.watches().is_empty() => None,
            // Nothing refers to a new one yet.
            None => Some(born(entity, put.body.clone())?),
        };
        self.write(tx, entity, put, (before, body))
    }

    /// Puts a record that is not there any more, and that others may refer to.
    pub(crate) fn put_again(
        &mut self,
        tx: &mut dyn Tx,
        entity: &EntityRef,
        put: &Put<'_>,
    ) -> Result<(Written, Option<Jsonb>), Error> {
        let body = match entity.watches().is_empty() {
            true => None,
            false => Some(self.counted(tx, entity, put)?),
        };
        self.write(tx, entity, put, (None, body))
    }

    fn write(
        &mut self,
        tx: &mut dyn Tx,
        entity: &EntityRef,
        put: &Put<'_>,
        (before, body): (Option<Jsonb>, Option<Jsonb>),
    ) -> Result<(Written, Option<Jsonb>), Error> {
        let after = body.as_ref().unwrap_or(put.body);
        let written = tx.put_record(entity.collection(), &Put { body: after, ..*put })?;
        if let Written::Done { .. } = written {
            self.note(tx, entity, before.as_ref(), Some(after))?;
        }
        Ok((written, body))
    }

    /// Removes a record.
    pub(crate) fn remove(
        &mut self,
        tx: &mut dyn Tx,
        entity: &EntityRef,
        removal: &Removal<'_>,
    ) -> Result<Written, Error> {
        let before = match entity.watched().is_empty() {
            true => None,
            false => tx.record_body(entity.collection(), removal.id)?,
        };
        let written = tx.delete_record(entity.collection(), removal)?;
        if let (Written::Done { .. }, Some((_, before))) = (&written, &before) {
            self.note(tx, entity, Some(before), None)?;
        }
        Ok(written)
    }

    /// Notes a change that is written otherwise, or is only going to be.
    pub(in crate::records) fn note(
        &mut self,
        tx: &mut dyn ReadTx,
        entity: &EntityRef,
        before: Option<&Jsonb>,
        after: Option<&Jsonb>,
    ) -> Result<(), Error> {
        if entity.watched().is_empty() {
            return Ok(());
        }
        let before = match before {
            Some(before) => Some(current(tx, self.catalogue, entity, before.clone())?),
            None => None,
        };
        for watch in entity.watched() {
            let share = |body: Option<&Jsonb>| body.map_or(Ok(None), |body| watch.share(body.root()));
            let (old, new) = (share(before.as_ref())?, share(after)?);
            self.add_difference(watch, old, new);
        }
        Ok(())
    }

    fn add_difference(&mut self, watch: &Arc<Watch>, old: Share, new: Share) {
        if old == new {
            return;
        }
        let nothing = Total::default();
        if let Some((ids, total)) = old {
            let less = nothing.minus(&total);
            ids.into_iter().for_each(|id| self.add(watch, id, &less));
        }
        if let Some((ids, total)) = new {
            ids.into_iter().for_each(|id| self.add(watch, id, &total));
        }
    }

    fn add(&mut self, watch: &Arc<Watch>, id: String, total: &Total) {
        let due = self.due.entry((watch.collection, id)).or_default();
        match due.iter_mut().find(|(known, _)| known.is(watch)) {
            Some((_, sum)) => *sum = sum.plus(total),
            None => due.push((Arc::clone(watch), total.clone())),
        }
    }

    /// Writes what has become of the fields of other records; the last thing that a transaction does with records.
    pub(crate) fn settle(self, tx: &mut dyn Tx) -> Result<Settled, Error> {
        if self.due.is_empty() {
            return Ok(Settled::new());
        }
        self.foresee(tx)?;
        let settled = self.settled(tx)?;
        for ((collection, id), amended) in &settled {
            tx.amend_record(*collection, id, &amended.body)?;
        }
        Ok(settled)
    }

    /// What has become of the fields of other records, and of those over these in turn.
    pub(in crate::records) fn settled(mut self, tx: &mut dyn ReadTx) -> Result<Settled, Error> {
        let mut settled = Settled::new();
        while !self.due.is_empty() {
            for (place, due) in std::mem::take(&mut self.due) {
                self.settle_one(tx, place, &due, &mut settled)?;
            }
        }
        Ok(settled)
    }

    fn settle_one(
        &mut self,
        tx: &mut dyn ReadTx,
        place: Place,
        due: &Due,
        settled: &mut Settled,
    ) -> Result<(), Error> {
        let Some((watch, _)) = due.first() else {
            return Ok(());
        };
        let entity = self.catalogue.entity(&watch.entity)?.clone();
        let found = match settled.get(&place) {
            Some(amended) => Some((amended.version, amended.body.clone())),
            None => tx.record_body(place.0, &place.1)?,
        };
        // References may lead nowhere.
        let Some((version, before)) = found else {
            return Ok(());
        };
        let Some(body) = added(&entity, &before, due).map_err(Error::internal)? else {
            return Ok(());
        };
        self.note(tx, &entity, Some(&before), Some(&body))?;
        settled.insert(place, Amended { version, body });
        Ok(())
    }

    /// Puts the records that are about to be amended where they are at hand.
    fn foresee(&self, tx: &mut dyn Tx) -> Result<(), Error> {
        let mut known: BTreeMap<CollectionId, Vec<&str>> = BTreeMap::new();
        for (collection, id) in self.due.keys() {
            known.entry(*collection).or_default().push(id);
        }
        for (collection, ids) in known.into_iter().filter(|(_, ids)| ids.len() > 1) {
            tx.foresee(collection, &ids)?;
        }
        Ok(())
    }

    /// A record with its fields counted now.
    fn counted(&mut self, tx: &mut dyn Tx, entity: &EntityRef, put: &Put<'_>) -> Result<Jsonb, Error> {
        // What was noted is among what is counted.
        self.due.remove(&(entity.collection(), put.id.to_owned()));
        let mut edits = Vec::new();
        for watch in entity.watches() {
            let over = self.catalogue.entity(&watch.over)?;
            let total = counted_in(tx, (watch, over), put.id)?;
            let standing = Standing {
                total,
                is_whole: true,
            };
            edits.push(Edit::of(watch, standing));
        }
        edited(entity, put.body, &edits).map_err(Error::internal)
    }
}

/// A record to which nothing refers yet.
pub(in crate::records) fn born(entity: &EntityRef, body: Jsonb) -> Result<Jsonb, Error> {
    if entity.watches().is_empty() {
        return Ok(body);
    }
    let edit = |watch| Edit::of(watch, Standing::nothing());
    let edits: Vec<Edit<'_>> = entity.watches().iter().map(edit).collect();
    edited(entity, &body, &edits).map_err(Error::internal)
}

/// A record to which this is added; none when that changes nothing.
fn added(entity: &EntityRef, body: &Jsonb, due: &Due) -> Result<Option<Jsonb>, Damaged> {
    let mut edits = Vec::new();
    // In the order of the fields.
    for watch in entity.watches() {
        let wanted = |(known, total): &&(Arc<Watch>, Total)| known.is(watch) && !total.is_nothing();
        let Some((_, total)) = due.iter().find(wanted) else {
            continue;
        };
        let standing = Standing::of(body.root(), watch)?;
        edits.push(Edit::of(
            watch,
            Standing {
                total: standing.total.plus(total),
                ..standing
            },
        ));
    }
    match edits.is_empty() {
        true => Ok(None),
        false => edited(entity, body, &edits).map(Some),
    }
}

/// A body with the computed fields of what is stored; none when it has them already.
pub(in crate::records) fn carried(
    entity: &EntityRef,
    body: &Jsonb,
    stored: &Jsonb,
) -> Result<Option<Jsonb>, Error> {
    let mut edits = Vec::new();
    for watch in entity.watches() {
        edits.push(Edit::of(
            watch,
            Standing::of(stored.root(), watch).map_err(Error::internal)?,
        ));
    }
    let is_there = |edit: &Edit<'_>| edit.is_in(body.root());
    let there = edits.iter().map(is_there).collect::<Result<Vec<_>, _>>();
    if there.map_err(Error::internal)?.into_iter().all(|there| there) {
        return Ok(None);
    }
    edited(entity, body, &edits).map(Some).map_err(Error::internal)
}
