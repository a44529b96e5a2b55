//! Files that records hold.
//!
//! A field names files by id; the store keeps which record holds which file, in the transaction that writes the record.
//! Content that comes inside a body is stored before, as if it had been sent by itself.

use std::collections::BTreeSet;

use app::values::FileInput;
use app::{FieldType, Fields};
use bytes::Bytes;
use futures_util::stream;
use jsonb::{Jsonb, Value};
use model::Error;
use storage::Tx;

use super::commit::Failed;
use super::draft::{Draft, Ref, Slot, Spot};
use super::prepare::{Prepared, Task};
use super::references::id_of;
use super::rights::Rights;
use crate::Engine;
use crate::app_files::{Attachment, Holder, NewFile, attach, detach};

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
        let fields = &self.entity.fields;
        let was = match old {
            Some(old) => ids_of(
                &mut Draft::of_stored(fields, old.root()).map_err(Error::internal)?,
                fields,
            ),
            None => BTreeSet::new(),
        };
        let is = ids_of(draft, fields);
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

fn ids_of(draft: &mut Draft, fields: &Fields) -> BTreeSet<String> {
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
