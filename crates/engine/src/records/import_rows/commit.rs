//! The commit of a chunk: everything that it relies on is as it was, or nothing is written.

use std::collections::{BTreeMap, HashMap};

use app::{DataEventKind, FieldType, Fields};
use jsonb::Jsonb;
use model::{CollectionId, Error, Stamp};
use storage::Tx;
use storage::tables::records::{Expect, Put, Written};

use super::RowImport;
use super::chunk::{Chunk, Write};
use crate::records::cascade::{Carried, after_change_of};
use crate::records::files::let_go;
use crate::records::totals::Ledger;
use crate::records::unit::{Event, tell_later};

/// Why a chunk was not written.
#[derive(Clone, Debug)]
pub(crate) enum Stale {
    /// There is another definition.
    Definition,
    /// Something that it relies on has changed.
    Data,
}

/// Makes stamps, one for each entity and verb.
struct Stamps<'a> {
    import: &'a RowImport,
    made: HashMap<(CollectionId, bool), Stamp>,
}

impl RowImport {
    /// Writes a chunk.
    ///
    /// # Errors
    /// The outer one is the store's; the inner one says what the chunk does not fit any more, and the caller undoes the
    /// transaction.
    pub(crate) fn commit(&self, tx: &mut dyn Tx, chunk: &Chunk) -> Result<Result<(), Stale>, Error> {
        if !self.catalogue.is_current(tx)? {
            return Ok(Err(Stale::Definition));
        }
        self.foresee(tx, chunk)?;
        for (name, (before, next)) in &chunk.marks {
            if tx.mark(name)? != *before {
                return Ok(Err(Stale::Data));
            }
            tx.set_mark(name, &next.to_string())?;
        }
        let mut ledger = Ledger::of(&self.catalogue);
        if !self.write_all((tx, &mut ledger), chunk)? {
            return Ok(Err(Stale::Data));
        }
        ledger.settle(tx)?;
        for write in &chunk.writes {
            self.tell(tx, write)?;
        }
        Ok(Ok(()))
    }

    /// Writes the records of a chunk; whether what they rely on is as it was.
    pub(in crate::records) fn write_all(
        &self,
        (tx, ledger): (&mut dyn Tx, &mut Ledger<'_>),
        chunk: &Chunk,
    ) -> Result<bool, Error> {
        for resolved in chunk.relies.values().flatten() {
            if !resolved.holds(tx)? {
                return Ok(false);
            }
        }
        let mut stamps = Stamps {
            import: self,
            made: HashMap::new(),
        };
        for write in &chunk.writes {
            let stamp = stamps.of(write);
            if !self.write(tx, ledger, write, &stamp)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Hands in the jobs of listeners that hear of a record in the background.
    fn tell(&self, tx: &mut dyn Tx, write: &Write) -> Result<(), Error> {
        if !self.flags.trigger_events || write.entity.heard().is_empty() {
            return Ok(());
        }
        let around = (&*self.catalogue, &self.runner);
        tell_later(tx, around, &self.event(write), &self.call)
    }

    /// What listeners hear of a record.
    pub(in crate::records) fn event<'w>(&self, write: &'w Write) -> Event<'w> {
        Event {
            entity: &write.entity,
            kind: match write.old {
                None => DataEventKind::Created,
                Some(_) => DataEventKind::Changed,
            },
            before: write.old.as_ref().map(|old| &old.body),
            after: Some(&write.body),
            source: self.call.category,
        }
    }

    fn foresee(&self, tx: &mut dyn Tx, chunk: &Chunk) -> Result<(), Error> {
        let mut ids: BTreeMap<CollectionId, Vec<&str>> = BTreeMap::new();
        let mut bodies: BTreeMap<CollectionId, Vec<&Jsonb>> = BTreeMap::new();
        for write in &chunk.writes {
            let collection = write.entity.collection();
            ids.entry(collection).or_default().push(&write.id);
            bodies.entry(collection).or_default().push(&write.body);
        }
        for (collection, id) in chunk.relies.keys() {
            ids.entry(*collection).or_default().push(id);
        }
        for (collection, ids) in ids {
            tx.foresee(collection, &ids)?;
        }
        for (collection, bodies) in bodies {
            tx.foresee_bodies(collection, &bodies)?;
        }
        Ok(())
    }

    /// Writes one record; whether it could be.
    fn write(
        &self,
        tx: &mut dyn Tx,
        ledger: &mut Ledger<'_>,
        write: &Write,
        stamp: &Stamp,
    ) -> Result<bool, Error> {
        let (entity, collection) = (&write.entity, write.entity.collection());
        let held = match &write.old {
            Some(_) if has_files(&entity.fields) => tx.record(collection, &write.id)?,
            _ => None,
        };
        let put = Put {
            id: &write.id,
            expect: match &write.old {
                Some(old) => Expect::Version(old.version),
                None => Expect::Absent,
            },
            label: &write.label,
            archived: false,
            tags: &[],
            body: &write.body,
            stamp,
            job: Some(self.job),
        };
        let (written, fresh) = ledger.put(tx, entity, &put)?;
        let body = fresh.as_ref().unwrap_or(&write.body);
        match written {
            Written::Done { .. } => {}
            Written::Conflict { .. } | Written::Taken { .. } => return Ok(false),
        }
        if let Some(held) = &held {
            let_go(tx, entity, (held, body), stamp.on)?;
        }
        if let Some(old) = &write.old {
            let around = (&*self.catalogue, &self.runner);
            let carried = Carried {
                labels: self.flags.update_relationships,
                copies: self.flags.cascade_operations,
            };
            let by = (stamp, Some(self.job));
            after_change_of(tx, around, entity, (&old.body, body), by, carried)?;
        }
        Ok(true)
    }
}

impl Stamps<'_> {
    fn of(&mut self, write: &Write) -> Stamp {
        let creates = write.old.is_none();
        let make = || {
            let verb = if creates { "create" } else { "update" };
            let context = format!("entities.{}.{verb}", write.entity.name);
            self.import.call.stamp(self.import.now(), &context)
        };
        self.made
            .entry((write.entity.collection(), creates))
            .or_insert_with(make)
            .clone()
    }
}

fn has_files(fields: &Fields) -> bool {
    fields.iter().any(|field| match &field.kind {
        FieldType::File => true,
        FieldType::Nested { fields, .. } => has_files(fields),
        _ => false,
    })
}
