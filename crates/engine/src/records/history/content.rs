//! What a record was before a change and what it was after, without what the caller may not read of it.
//!
//! A record that was made is told as a whole after, one that was deleted as a whole before; of one that was changed only
//! the fields that differ are, each as JSON and as people read it. Of an action nothing is: what it changed has lines of its
//! own. Sensitive values are told apart but never shown.

use app::values::{plain_text, rendered};
use app::{Field, FieldType, Fields};
use jiff::tz::TimeZone;
use jsonb::{Damaged, Jsonb, Kind, ObjectBuilder, Value};
use model::{Change, ChangeEvent};

use crate::records::catalogue::join;
use crate::records::faults::MASK;
use crate::records::rights::Access;
use crate::records::values;

/// What becomes of sensitive values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrets {
    /// They are masked, to be shown.
    Masked,
    /// They stay, to be compared.
    Kept,
}

/// How contents of one record are told to one caller.
pub(super) struct Content<'a> {
    pub(super) fields: &'a Fields,
    pub(super) access: &'a Access,
    pub(super) zone: &'a TimeZone,
}

impl Content<'_> {
    /// Before a change and after it. When the line before is gone, nobody knows what was changed: then all of the record
    /// is told as it was after.
    pub(super) fn of(&self, line: &Change, before: Option<&Change>) -> Result<(Jsonb, Jsonb), Damaged> {
        let nothing = jsonb::object().finish();
        let after = line.body.root();
        match (line.event, before) {
            (ChangeEvent::Created, _) | (ChangeEvent::Updated, None) => Ok((nothing, self.whole(after)?)),
            (ChangeEvent::Deleted, _) => Ok((self.whole(after)?, nothing)),
            (ChangeEvent::Performed, _) => Ok((nothing.clone(), nothing)),
            (ChangeEvent::Updated, Some(before)) => self.changed(before.body.root(), after),
        }
    }

    /// All fields; those without a value are null.
    fn whole(&self, record: Value<'_>) -> Result<Jsonb, Damaged> {
        let object = self.level(jsonb::object(), (self.fields, ""), record, Secrets::Masked)?;
        Ok(object.finish())
    }

    /// The fields that differ.
    fn changed(&self, before: Value<'_>, after: Value<'_>) -> Result<(Jsonb, Jsonb), Damaged> {
        let (mut old, mut new) = (jsonb::object(), jsonb::object());
        // What is computed over other records changes by itself, between the lines.
        let shown = self.shown(self.fields, "").into_iter();
        for field in shown.filter(|field| !field.is_aggregate()) {
            let path = field.name.as_str();
            let (left, right) = (present(before, path)?, present(after, path)?);
            let compared = |value: Option<Value<'_>>| {
                let value = value.map(|value| self.json((field, path), value, Secrets::Kept));
                value.transpose()
            };
            if compared(left)? != compared(right)? {
                old = old.field_body(path, &self.told(field, left)?);
                new = new.field_body(path, &self.told(field, right)?);
            }
        }
        Ok((old.finish(), new.finish()))
    }

    /// One side of a field that differs.
    fn told(&self, field: &Field, value: Option<Value<'_>>) -> Result<Jsonb, Damaged> {
        let object = jsonb::object();
        let Some(value) = value else {
            return Ok(object.field_null("json").field_str("text", "{}").finish());
        };
        let path = field.name.as_str();
        let text = format!("{{{path}:{}}}", self.text((field, path), value)?);
        let json = self.json((field, path), value, Secrets::Masked)?;
        Ok(object.field_body("json", &json).field_str("text", &text).finish())
    }

    /// The fields of a level that are kept at all and that the caller may read.
    fn shown<'f>(&self, fields: &'f Fields, under: &str) -> Vec<&'f Field> {
        let shows = |field: &&Field| !field.transient && self.access.shows(&join(under, &field.name));
        fields.iter().filter(shows).collect()
    }

    fn level(
        &self,
        mut object: ObjectBuilder,
        (fields, under): (&Fields, &str),
        value: Value<'_>,
        secrets: Secrets,
    ) -> Result<ObjectBuilder, Damaged> {
        for field in self.shown(fields, under) {
            object = match present(value, &field.name)? {
                Some(value) => {
                    let json = self.json((field, &join(under, &field.name)), value, secrets)?;
                    object.field_body(&field.name, &json)
                }
                None => object.field_null(&field.name),
            };
        }
        Ok(object)
    }

    /// A value in the form of answers.
    fn json(
        &self,
        (field, path): (&Field, &str),
        value: Value<'_>,
        secrets: Secrets,
    ) -> Result<Jsonb, Damaged> {
        if field.sensitive && secrets == Secrets::Masked {
            return Ok(values::text(MASK));
        }
        if !field.many {
            return self.one((field, path), value, secrets);
        }
        let mut list = jsonb::array();
        for element in value.elements() {
            list = list.item_body(&self.one((field, path), element?, secrets)?);
        }
        Ok(list.finish())
    }

    fn one(
        &self,
        (field, path): (&Field, &str),
        value: Value<'_>,
        secrets: Secrets,
    ) -> Result<Jsonb, Damaged> {
        match &field.kind {
            FieldType::Nested { fields, .. } => self.nested((fields, path), value, secrets),
            FieldType::Relationship(_) => self.access.reference(path, value),
            kind if rendered(kind) => Ok(values::text(&plain_text(field, value, self.zone)?)),
            _ => Ok(values::copy(value)),
        }
    }

    fn nested(&self, level: (&Fields, &str), value: Value<'_>, secrets: Secrets) -> Result<Jsonb, Damaged> {
        let mut object = self.level(jsonb::object(), level, value, secrets)?;
        for key in ["id", "label"] {
            if let (None, Some(value)) = (level.0.get(key), value.get(key)?) {
                object = object.field_raw(key, value);
            }
        }
        Ok(object.finish())
    }

    /// A value as people read it; a choice is its name, which is what changes.
    fn text(&self, (field, path): (&Field, &str), value: Value<'_>) -> Result<String, Damaged> {
        if field.sensitive {
            return Ok(MASK.to_owned());
        }
        if !field.many {
            return self.one_text((field, path), value);
        }
        let each = |element: Result<Value<'_>, Damaged>| self.one_text((field, path), element?);
        let texts: Vec<_> = value.elements().map(each).collect::<Result<_, _>>()?;
        Ok(format!("[{}]", texts.join(", ")))
    }

    fn one_text(&self, (field, path): (&Field, &str), value: Value<'_>) -> Result<String, Damaged> {
        match &field.kind {
            FieldType::Choice(_) => Ok(value.as_str()?.unwrap_or_default().into_owned()),
            FieldType::Nested { fields, .. } => {
                let mut texts = Vec::new();
                for field in self.shown(fields, path) {
                    if let Some(value) = present(value, &field.name)? {
                        let text = self.text((field, &join(path, &field.name)), value)?;
                        texts.push(format!("{}:{text}", field.name));
                    }
                }
                Ok(format!("{{{}}}", texts.join(", ")))
            }
            _ => plain_text(field, value, self.zone),
        }
    }
}

/// A value that is there and not null.
fn present<'v>(value: Value<'v>, key: &str) -> Result<Option<Value<'v>>, Damaged> {
    Ok(value.get(key)?.filter(|value| value.kind() != Kind::Null))
}
