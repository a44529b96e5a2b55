//! Files that records hold.
//!
//! A field names files by id; the store keeps which record holds which file, in the transaction that writes the record.
//! When a field goes with a change of the app, what it named is let go where the records are rewritten; when an entity
//! goes, a few at a time.
//! Content that comes inside a body is stored before, as if it had been sent by itself.

use std::collections::BTreeSet;

use app::values::FileInput;
use app::{FieldType, Fields};
use bytes::Bytes;
use futures_util::stream;
use jsonb::{Damaged, Jsonb, Kind, Value};
use model::{Error, Record, Timestamp};
use storage::Tx;

use super::catalogue::EntityRef;
use super::commit::Failed;
use super::convert::form;
use super::draft::{Draft, Ref, Slot, Spot};
use super::prepare::{Prepared, Task};
use super::references::id_of;
use super::rights::Rights;
use crate::Engine;
use crate::app_files::{Attachment, Holder, NewFile, attach, detach, detach_all};

impl Engine {
    /// Stores content that came inside a body; the draft then names it by id.
    pub(super) async fn store_inline(&self, task: &Task, prepared: &mut Prepared) -> Result<(), Error> {
        let mut contents = Vec::new();
        each_file(&mut prepared.draft, &task.entity.fields, &mut |one| {
            if let Ref::File(content @ FileInput::Content { .. }) = one {
                contents.push(content.clone());
            }
        });
        let mut stored = Vec::with_capacity(contents.len());
        for content in contents {
            if let FileInput::Content {
                name,
                content_type,
                content,
            } = content
            {
                let new = NewFile { name, content_type };
                let pieces = stream::iter([Ok::<_, Error>(Bytes::from(content))]);
                let file = self.upload_file(&task.call.actor, new, pieces).await?;
                stored.push(reference(&file.id, &file.name));
            }
        }
        let mut stored = stored.into_iter();
        each_file(&mut prepared.draft, &task.entity.fields, &mut |one| {
            if let (Ref::File(FileInput::Content { .. }), Some(known)) = (&*one, stored.next()) {
                *one = Ref::Known(known);
            }
        });
        Ok(())
    }
}

impl Task {
    /// Lets the record hold what its fields name, and nothing else.
    pub(super) fn hold_files(
        &self,
        tx: &mut dyn Tx,
        draft: &mut Draft,
        old: Option<&Jsonb>,
    ) -> Result<(), Failed> {
        let was = match old {
            Some(old) => self.held(tx, old)?,
            None => BTreeSet::new(),
        };
        let is = files_of(draft, &self.entity.fields);
        let holder = Holder {
            entity: self.entity.name.clone(),
            record: self.id.clone(),
        };
        for file in is.difference(&was) {
            let wanted = Attachment {
                actor: &self.call.actor,
                file,
                holder: &holder,
                alive_since: self.alive_since,
            };
            attach(tx, wanted, &mut |tx, holder| self.may_read(tx, holder, file))?;
        }
        for file in was.difference(&is) {
            detach(tx, file, &holder, self.now)?;
        }
        Ok(())
    }

    /// What the record held; a field that has gone since then may have named some of it.
    fn held(&self, tx: &mut dyn Tx, old: &Jsonb) -> Result<BTreeSet<String>, Error> {
        if !self.entity.steps().is_empty()
            && let Some((_, stored)) = tx.record_body(self.entity.collection(), &self.id)?
        {
            return named(&self.entity, &stored);
        }
        named(&self.entity, old)
    }

    /// Whether the caller may read a file where another record holds it: the record, and a field that has the file.
    fn may_read(&self, tx: &mut dyn Tx, holder: &Holder, file: &str) -> Result<bool, Error> {
        let Ok(entity) = self.catalogue.entity(&holder.entity) else {
            return Ok(false);
        };
        let rights = Rights::of(&self.catalogue, entity, &self.call)?;
        let Some((_, body)) = tx.record_body(entity.collection(), &holder.record)? else {
            return Ok(false);
        };
        let access = rights.access(body.root())?;
        let mut draft = Draft::of_stored(&entity.fields, body.root()).map_err(Error::internal)?;
        let mut shown = false;
        draft.each_mut(&entity.fields, &Spot::default(), &mut |spot, field, slot, _| {
            if let (FieldType::File, Slot::Refs(list)) = (&field.kind, slot) {
                let is_file = |one: &Ref| matches!(one, Ref::Known(value) if id_of(value.root()).is_ok_and(|id| id == file));
                shown |= access.shows(&spot.path) && list.iter().any(is_file);
            }
        });
        Ok(shown)
    }
}

/// How a record names a file.
pub(super) fn reference(id: &str, name: &str) -> Jsonb {
    jsonb::object()
        .field_str("id", id)
        .field_str("name", name)
        .finish()
}

/// Lets go of what a stored record held and the one in its place does not name any more.
pub(super) fn let_go(
    tx: &mut dyn Tx,
    entity: &EntityRef,
    (stored, fresh): (&Record, &Jsonb),
    now: Timestamp,
) -> Result<(), Error> {
    let holder = Holder {
        entity: entity.name.clone(),
        record: stored.id.clone(),
    };
    let (was, is) = (named(entity, &stored.body)?, named(entity, fresh)?);
    for file in was.difference(&is) {
        detach(tx, file, &holder, now)?;
    }
    Ok(())
}

/// Lets go of all that a deleted record held.
pub(super) fn let_all_go(
    tx: &mut dyn Tx,
    entity: &EntityRef,
    (id, body): (&str, &Jsonb),
    now: Timestamp,
) -> Result<(), Error> {
    if names_any(fields_of(entity, body)?, body.root()).map_err(Error::internal)? {
        let holder = Holder {
            entity: entity.name.clone(),
            record: id.to_owned(),
        };
        detach_all(tx, &holder, now)?;
    }
    Ok(())
}

/// Whether a value of these fields names a file.
fn names_any(fields: &Fields, value: Value<'_>) -> Result<bool, Damaged> {
    for field in fields {
        let files = matches!(field.kind, FieldType::File);
        let inner = match &field.kind {
            FieldType::Nested { fields, .. } => Some(fields),
            _ => None,
        };
        if !files && inner.is_none() {
            continue;
        }
        let Some(held) = value.get(&field.name)? else {
            continue;
        };
        if files {
            return Ok(true);
        }
        let each: Vec<Value<'_>> = match held.kind() {
            Kind::Array => held.elements().collect::<Result<_, _>>()?,
            _ => vec![held],
        };
        for nested in each {
            if inner.map_or(Ok(false), |inner| names_any(inner, nested))? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The fields by which a record is stored, whichever form it has.
fn fields_of<'e>(entity: &'e EntityRef, body: &Jsonb) -> Result<&'e Fields, Error> {
    let form = form(body.root()).map_err(Error::internal)?;
    let waits = entity.steps().iter().find(|step| step.number > form);
    Ok(waits.map_or(&entity.fields, |step| &step.old.fields))
}

/// The files that a stored record names, whichever form it has.
fn named(entity: &EntityRef, body: &Jsonb) -> Result<BTreeSet<String>, Error> {
    let fields = fields_of(entity, body)?;
    if !has_files(fields) {
        return Ok(BTreeSet::new());
    }
    let mut draft = Draft::of_stored(fields, body.root()).map_err(Error::internal)?;
    Ok(files_of(&mut draft, fields))
}

fn has_files(fields: &Fields) -> bool {
    fields.iter().any(|field| match &field.kind {
        FieldType::File => true,
        FieldType::Nested { fields, .. } => has_files(fields),
        _ => false,
    })
}

pub(super) fn files_of(draft: &mut Draft, fields: &Fields) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    each_file(draft, fields, &mut |one| {
        if let Ref::Known(value) = one {
            ids.extend(id_of(Value::of(value.as_bytes())));
        }
    });
    ids
}

fn each_file(draft: &mut Draft, fields: &Fields, visit: &mut dyn FnMut(&mut Ref)) {
    draft.each_mut(fields, &Spot::default(), &mut |_, field, slot, _| {
        if let (FieldType::File, Slot::Refs(list)) = (&field.kind, slot) {
            list.iter_mut().for_each(&mut *visit);
        }
    });
}
