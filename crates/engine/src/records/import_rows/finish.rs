//! One record of a row finished: computed, checked, and laid out as it is to be stored.

use app::permissions::Right;
use app::{Calculation, DefaultValue, Field, FieldType};
use model::Error;

use super::RowFault;
use super::RowImport;
use super::chunk::Write;
use super::lookup::Looking;
use super::node::{Going, Linked, Started};
use super::view::Pending;
use crate::records::catalogue::EntityRef;
use crate::records::convert::noted;
use crate::records::draft::{Draft, Slot, Spot};
use crate::records::faults::Faults;
use crate::records::prepare::Old;
use crate::records::rights::Rights;

impl RowImport {
    /// Calls the functions of the app on a record. Blocks for as long as they take.
    pub(super) fn compute(&self, started: &mut Started) -> Result<(), Error> {
        let before = started.begun.draft.clone();
        started.task.compute(&mut started.begun)?;
        if self.flags.update_calculated_fields && self.flags.set_default_values {
            return Ok(());
        }
        self.take_back(started, before);
        Ok(())
    }

    /// Takes back what was computed although nobody wants it.
    fn take_back(&self, started: &mut Started, mut before: Draft) {
        let (fields, flags) = (&started.task.entity.fields, self.flags);
        let mut slots: Vec<(String, Slot)> = Vec::new();
        before.each_mut(fields, &Spot::default(), &mut |spot, field, slot, _| {
            let computed = matches!(field.calculation, Some(Calculation::Script(_)));
            let filled = matches!(field.default, Some(DefaultValue::Script(_))) && slot.is_empty();
            if computed && !flags.update_calculated_fields || filled && !flags.set_default_values {
                slots.push((spot.spelled.to_string(), slot.clone()));
            }
        });
        let draft = &mut started.begun.draft;
        draft.each_mut(fields, &Spot::default(), &mut |spot, _, slot, _| {
            if let Some((_, was)) = slots.iter().find(|(path, _)| *path == spot.spelled) {
                *slot = was.clone();
            }
        });
    }

    /// Checks a record and adds it to what the row writes.
    pub(super) fn finish(
        &self,
        tx: &mut Looking<'_>,
        going: &mut Going,
        mut started: Started,
    ) -> Result<(), Error> {
        let (task, number) = (&started.task, started.number);
        let (node, entity) = (&self.layout.nodes[number], task.entity.clone());
        let (mut draft, mut faults) = (started.begun.draft, started.begun.faults);
        if entity.calls_functions() {
            let more = self.resolve(tx, &entity, &mut draft, &mut faults)?;
            started.resolved.extend(more);
        }
        let version = started.old.as_ref().map_or(0, |old| old.version - 1);
        let (body, label) = match started.laid_out.filter(|_| !entity.calls_functions()) {
            Some(known) => known,
            None => self.laid_out(&entity, &draft, version)?,
        };
        task.check_required(&draft, &body, &mut faults)?;
        if let Err(told) = faults.into_result() {
            going.faults.extend(RowFault::of(&told, &node.prefix));
            going.refused |= self.flags.skip_records_with_invalid_fields;
        }
        let mut taken = Faults::default();
        task.check_unique(tx, &body, &mut taken)?;
        taken.into_result()?;
        let rights = Rights::of(&self.catalogue, &entity, &self.call)?;
        if task.creates {
            rights.check_record(Right::Create, body.root())?;
        }
        if !entity.read_rules().is_empty() {
            rights.access(body.root())?;
        }
        going.linked[number] = Linked::Record(task.id.clone());
        going.relies.append(&mut started.resolved);
        if let Some(old) = &started.old
            && self.laid_out(&entity, &started.before, old.version - 1)?.0 == body
        {
            return Ok(());
        }
        let id = task.id.clone();
        let write = match started.old.is_none() && self.is_laid_out(number, &entity) {
            true => Write {
                entity,
                id,
                old: None,
                body,
                label,
            },
            false => {
                task.touch(&mut draft);
                self.count(tx, number, &entity, &mut draft)?;
                self.write_of(&entity, (id, started.old), &draft)?
            }
        };
        stage(tx, &write)?;
        going.writes.push(write);
        Ok(())
    }

    /// Whether a new record is stored as it was laid out, without anything that the server adds.
    fn is_laid_out(&self, number: usize, entity: &EntityRef) -> bool {
        let dated =
            |field: &Field| matches!(field.kind, FieldType::RecordCreated | FieldType::RecordModified);
        let added = entity.fields.iter().any(dated) || !self.layout.nodes[number].counters.is_empty();
        entity.form() == 0 && !added
    }

    /// Gives new values their numbers.
    fn count(
        &self,
        tx: &mut Looking<'_>,
        number: usize,
        entity: &EntityRef,
        draft: &mut Draft,
    ) -> Result<(), Error> {
        for counter in &self.layout.nodes[number].counters {
            let mark = format!("app:counter:{}:{}", entity.collection(), counter.path);
            let mut next = match tx.counted(&mark)? {
                Some(next) => next,
                None => counter.first(),
            };
            let before = next;
            draft.each_mut(&entity.fields, &Spot::default(), &mut |spot, _, slot, is_new| {
                if is_new && spot.path == counter.path && slot.is_empty() {
                    *slot = Slot::Plain(counter.value(next));
                    next += counter.step();
                }
            });
            if next != before {
                tx.view.set_mark(&mark, next);
            }
        }
        Ok(())
    }

    fn write_of(
        &self,
        entity: &EntityRef,
        (id, old): (String, Option<Old>),
        draft: &Draft,
    ) -> Result<Write, Error> {
        // Clients count from 0, the store from 1.
        let version = old.as_ref().map_or(0, |old| old.version);
        let (mut body, label) = self.laid_out(entity, draft, version)?;
        if entity.form() > 0 {
            body = noted(&body, version, entity.form()).map_err(Error::internal)?;
        }
        Ok(Write {
            entity: entity.clone(),
            id,
            old,
            body,
            label,
        })
    }
}

/// Lets later rows see a record.
fn stage(tx: &mut Looking<'_>, write: &Write) -> Result<(), Error> {
    let entity = &write.entity;
    let indexes = entity.indexed().iter().filter(|indexed| {
        let looked_up = matches!(indexed.fields.as_slice(), [only] if entity.lookup_fields.contains(only));
        indexed.def.unique || looked_up || indexed.def.name == "label"
    });
    let pending = Pending {
        version: write.version(),
        body: write.body.clone(),
    };
    let names = indexes.map(|indexed| indexed.def.name.as_str());
    tx.view.stage(entity.collection(), (&write.id, pending), names)
}
