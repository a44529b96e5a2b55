//! A stored record as it is answered: with its entity named, without what the caller may not see or did not ask for.
//!
//! What is shown is copied as it is stored, a whole field at a time; only what has inner fields, or another form than it
//! is stored in, is taken apart.

use app::values::{plain_text, rendered};
use app::{Field, FieldType, Fields};
use jsonb::{Damaged, Jsonb, ObjectBuilder, Value};
use model::{Code, Error};

use super::catalogue::join;
use super::convert::converted;
use super::fetched::Fetched;
use super::indexes::SHADOW;
use super::rights::{Access, Rights, is_within};
use super::{EntityRef, Format, Shape, values};

/// Names that may be asked for beside the fields, and are given anyway.
const SYSTEM: [&str; 4] = ["id", "label", "version", "entity"];

/// Shows records of one entity to one caller.
pub(super) struct Renderer<'a> {
    entity: &'a EntityRef,
    rights: &'a Rights<'a>,
    shape: &'a Shape,
    named: Jsonb,
}

/// One record on its way into an answer.
struct Showing<'r> {
    access: Access,
    fetched: &'r Fetched,
}

impl<'a> Renderer<'a> {
    /// # Errors
    /// `bad-request` for a field that there is not, or no relationship to fetch.
    pub(super) fn new(
        entity: &'a EntityRef,
        rights: &'a Rights<'a>,
        shape: &'a Shape,
    ) -> Result<Self, Error> {
        let refused = |parameter: &str, message: String| {
            Err(Error::of_field(Code::BadRequest, parameter.to_owned(), message))
        };
        for path in shape.fields.iter().flatten() {
            if !SYSTEM.contains(&path.as_str()) && !exists(&entity.fields, path) {
                return refused("_fields", format!("{} has no field {path:?}", entity.name));
            }
        }
        for path in &shape.fetch {
            let field = entity.fields.at(path);
            if !field.is_some_and(|field| matches!(field.kind, FieldType::Relationship(_))) {
                let message = format!("{} has no relationship {path:?}", entity.name);
                return refused("_relationshipsToFetch", message);
            }
        }
        Ok(Self {
            entity,
            rights,
            shape,
            named: jsonb::object()
                .field_str("id", entity.id())
                .field_str("name", &entity.name)
                .finish(),
        })
    }

    /// The answer for a stored record.
    pub(super) fn record(&self, stored: Value<'_>) -> Result<Jsonb, Error> {
        self.record_with(stored, &Fetched::default())
    }

    /// The answer for a stored record, with others in the place of references to them.
    pub(super) fn record_with(&self, stored: Value<'_>, fetched: &Fetched) -> Result<Jsonb, Error> {
        let access = self.rights.access(stored)?;
        let showing = Showing { access, fetched };
        let shown = match self.entity.steps().is_empty() {
            true => self.shown(stored, &showing),
            // What the job of a change has not reached yet is shown as it will be.
            false => converted(self.entity, stored).and_then(|body| self.shown(body.root(), &showing)),
        };
        shown.map_err(Error::internal)
    }

    /// The fields of a stored record alone, to be shown within another one: without version and entity.
    pub(super) fn within(&self, stored: Value<'_>) -> Result<Jsonb, Error> {
        let whole = self.record(stored)?;
        let whole =
            jsonb::remove_field(&whole, "version").and_then(|body| jsonb::remove_field(&body, "entity"));
        whole.map_err(Error::internal)
    }

    fn shown(&self, stored: Value<'_>, showing: &Showing<'_>) -> Result<Jsonb, Damaged> {
        let mut object = jsonb::object();
        for entry in stored.entries() {
            let (key, value) = entry?;
            object = match &*key {
                "id" | "version" => object.field_raw(&key, value),
                "label" => object.field_raw(&key, value).field_body("entity", &self.named),
                SHADOW => object,
                name => match self.entity.fields.get(name) {
                    Some(field) => self.field(object, (field, name), value, showing)?,
                    None => object,
                },
            };
        }
        Ok(object.finish())
    }

    fn field(
        &self,
        object: ObjectBuilder,
        (field, path): (&Field, &str),
        value: Value<'_>,
        showing: &Showing<'_>,
    ) -> Result<ObjectBuilder, Damaged> {
        if !self.wants(path) || !showing.access.shows(path) {
            return Ok(object);
        }
        let fetches = self.shape.fetch.iter().any(|fetched| fetched == path);
        let nested = matches!(field.kind, FieldType::Nested { .. });
        let whole = showing.access.shows_all_in(path);
        if whole && !(nested || fetches || rendered(&field.kind) || self.shape.format == Format::PlainText) {
            return Ok(object.field_raw(&field.name, value));
        }
        if !field.many {
            let shown = self.value((field, path), value, showing)?;
            return Ok(object.field_body(&field.name, &shown));
        }
        let mut list = jsonb::array();
        for element in value.elements() {
            list = list.item_body(&self.value((field, path), element?, showing)?);
        }
        Ok(object.field_body(&field.name, &list.finish()))
    }

    fn value(
        &self,
        (field, path): (&Field, &str),
        value: Value<'_>,
        showing: &Showing<'_>,
    ) -> Result<Jsonb, Damaged> {
        if let FieldType::Nested { fields, .. } = &field.kind {
            return self.nested((fields, path), value, showing);
        }
        if self.shape.fetch.iter().any(|fetched| fetched == path)
            && let Some(other) = showing.fetched.get(path, value)?
        {
            return Ok(other.clone());
        }
        if rendered(&field.kind) || self.shape.format == Format::PlainText {
            let zone = self.shape.zone.as_ref().unwrap_or_else(|| self.rights.zone());
            return Ok(values::text(&plain_text(field, value, zone)?));
        }
        showing.access.reference(path, value)
    }

    fn nested(
        &self,
        (fields, path): (&Fields, &str),
        value: Value<'_>,
        showing: &Showing<'_>,
    ) -> Result<Jsonb, Damaged> {
        let mut object = jsonb::object();
        for entry in value.entries() {
            let (key, value) = entry?;
            object = match (&*key, fields.get(&key)) {
                (SHADOW, _) => object,
                (_, Some(field)) => self.field(object, (field, &join(path, &key)), value, showing)?,
                ("id" | "label", None) => object.field_raw(&key, value),
                _ => object,
            };
        }
        Ok(object.finish())
    }

    /// Whether the field was asked for, by itself, with the one around it, or for something within.
    fn wants(&self, path: &str) -> bool {
        let Some(fields) = &self.shape.fields else {
            return true;
        };
        fields
            .iter()
            .any(|asked| is_within(path, asked) || is_within(asked, path))
    }
}

/// Whether a path leads to a field, or to a part of a reference.
fn exists(fields: &Fields, path: &str) -> bool {
    if fields.at(path).is_some() {
        return true;
    }
    let mut ends = path.match_indices('.').map(|(end, _)| end);
    let Some((field, rest)) = ends.find_map(|end| {
        let field = fields.at(&path[..end])?;
        let leaf = !matches!(field.kind, FieldType::Nested { .. });
        leaf.then(|| (field, &path[end + 1..]))
    }) else {
        return path
            .rsplit_once('.')
            .is_some_and(|(outer, part)| matches!(part, "id" | "label") && fields.at(outer).is_some());
    };
    match &field.kind {
        FieldType::Relationship(rules) => {
            matches!(rest, "id" | "label") || rules.copied.iter().any(|copied| is_within(rest, copied))
        }
        FieldType::Group { .. } => matches!(rest, "id" | "label"),
        FieldType::File => matches!(rest, "id" | "name"),
        _ => false,
    }
}
