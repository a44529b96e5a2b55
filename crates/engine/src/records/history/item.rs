//! One line of a history as it is told.

use std::collections::HashMap;

use app::permissions::Right;
use jsonb::{Jsonb, ObjectBuilder};
use model::{Change, ChangeEvent, Error, Timestamp};
use storage::ReadTx;

use super::content::Content;
use super::event::Origin;
use super::{id, subject};
use crate::apps;
use crate::records::EntityRef;
use crate::records::rights::{Access, Rights};

/// Tells lines of one entity to one caller.
pub(super) struct Teller<'a> {
    entity: &'a EntityRef,
    rights: &'a Rights<'a>,
    /// The number of the definition in force.
    definition: i64,
    subjects: HashMap<String, Subject>,
}

/// What a line says of its record.
struct Subject {
    deleted: Option<Timestamp>,
    access: Access,
}

impl<'a> Teller<'a> {
    pub(super) fn new(
        tx: &mut dyn ReadTx,
        entity: &'a EntityRef,
        rights: &'a Rights<'a>,
    ) -> Result<Self, Error> {
        Ok(Self {
            entity,
            rights,
            definition: i64::try_from(apps::number(tx)?).unwrap_or(i64::MAX),
            subjects: HashMap::new(),
        })
    }

    /// The item of a line.
    pub(super) fn item(&mut self, tx: &mut dyn ReadTx, line: &Change) -> Result<Jsonb, Error> {
        let before = match line.event {
            ChangeEvent::Updated => tx.change_before(self.entity.collection(), &line.id, line.seq)?,
            ChangeEvent::Created | ChangeEvent::Deleted | ChangeEvent::Performed => None,
        };
        if !self.subjects.contains_key(&line.id) {
            let subject = self.subject(tx, line)?;
            self.subjects.insert(line.id.clone(), subject);
        }
        let subject = &self.subjects[&line.id];
        let content = Content {
            fields: &self.entity.fields,
            access: &subject.access,
            zone: self.rights.zone(),
        };
        let (old, new) = content.of(line, before.as_ref()).map_err(Error::internal)?;
        let item = self.head(line)?;
        let item = match subject.deleted {
            Some(on) => item
                .field_bool("recordDeleted", true)
                .field_i64("deletionDate", on.0),
            None => item.field_null("recordDeleted").field_null("deletionDate"),
        };
        let item = item.field_body("oldRecord", &old).field_body("newRecord", &new);
        Ok(item.finish())
    }

    fn subject(&self, tx: &mut dyn ReadTx, line: &Change) -> Result<Subject, Error> {
        let newest = subject::newest(tx, self.entity, &line.id)?;
        let deletion = newest.filter(|newest| newest.event == ChangeEvent::Deleted);
        let content = subject::content(tx, self.entity, &line.id)?;
        let content = content.as_ref().unwrap_or(&line.body);
        Ok(Subject {
            deleted: deletion.map(|deletion| deletion.stamp.on),
            access: self.rights.access_by(Right::History, content.root())?,
        })
    }

    /// Everything before what is said of a deletion.
    fn head(&self, line: &Change) -> Result<ObjectBuilder, Error> {
        let origin = Origin::of(line);
        let label = line.body.root().get("label").map_err(Error::internal)?;
        let head = jsonb::object()
            .field_str("id", &id::of(line))
            .field_str("entityId", self.entity.id())
            .field_str("entityName", &self.entity.name)
            .field_i64("entityVersion", self.definition)
            .field_str("recordId", &line.id);
        let head = match label {
            Some(label) => head.field_raw("recordName", label),
            None => head.field_null("recordName"),
        };
        let head = head
            .field_str("user", &line.stamp.by)
            .field_i64("timestamp", line.stamp.on.0);
        let head = text(head, "ip", origin.ip.as_deref())
            .field_str("eventType", origin.event_type(line.event))
            .field_str("eventCategory", origin.category.as_str());
        Ok(text(head, "contextPath", origin.context.as_deref()))
    }
}

fn text(object: ObjectBuilder, key: &str, text: Option<&str>) -> ObjectBuilder {
    match text {
        Some(text) => object.field_str(key, text),
        None => object.field_null(key),
    }
}
