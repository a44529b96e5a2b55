//! Computed fields put into a stored body, without anything else of it being read.
//!
//! A record may still have an older form, which only its conversion changes. So it is not laid out anew but edited where it
//! lies: the field in its place among the fields, what it is compared by, and what is kept beside it. Keys of indexes over
//! several fields are the exception: where such a field is in one of them, a record in the form in force is laid out anew.

use std::sync::Arc;

use app::Entity;
use app::values::{Scalar, shadow};
use jiff::tz::TimeZone;
use jsonb::{Damaged, Jsonb, ObjectBuilder, Value};

use super::Watch;
use super::standing::{STANDINGS, Standing, standings};
use crate::records::EntityRef;
use crate::records::convert::{form, noted, version};
use crate::records::draft::{Draft, Head, record};
use crate::records::indexes::SHADOW;

/// What a field becomes.
pub(super) struct Edit<'w> {
    pub(super) watch: &'w Arc<Watch>,
    /// What is kept beside it.
    pub(super) standing: Standing,
    /// What it shows; none leaves that as it is.
    pub(super) shown: Option<Option<Scalar>>,
}

impl<'w> Edit<'w> {
    /// That of a field which comes to this; what it shows is left alone as long as that is not the whole.
    pub(super) fn of(watch: &'w Arc<Watch>, standing: Standing) -> Self {
        let shown = standing
            .is_whole
            .then(|| standing.total.shown(&watch.sum, &watch.field));
        Self {
            watch,
            standing,
            shown,
        }
    }

    /// Whether a body has it so.
    pub(super) fn is_in(&self, body: Value<'_>) -> Result<bool, Damaged> {
        if Standing::of(body, self.watch)? != self.standing {
            return Ok(false);
        }
        let Some(shown) = &self.shown else {
            return Ok(true);
        };
        let shown = shown.as_ref().map(|scalar| scalar.stored.as_bytes());
        Ok(body.get(&self.watch.field.name)?.map(Value::as_bytes) == shown)
    }
}

/// A body with these fields, which are in the order of the definition.
pub(super) fn edited(entity: &EntityRef, body: &Jsonb, edits: &[Edit<'_>]) -> Result<Jsonb, Damaged> {
    let body = Editing { entity, edits }.body(body.root())?;
    let is_keyed = |edit: &Edit<'_>| is_keyed(entity, &edit.watch.field.name);
    match edits.iter().any(is_keyed) && form(body.root())? == entity.form() {
        true => laid_out(entity, entity.zone(), &body),
        false => Ok(body),
    }
}

/// Whether an index over several fields has this one.
fn is_keyed(entity: &Entity, name: &str) -> bool {
    let composed = entity.indexes.iter().filter(|index| index.fields.len() > 1);
    composed
        .flat_map(|index| &index.fields)
        .any(|field| field == name)
}

fn laid_out(entity: &EntityRef, zone: &TimeZone, body: &Jsonb) -> Result<Jsonb, Damaged> {
    let draft = Draft::of_stored(&entity.fields, body.root())?;
    let head = Head {
        version: version(body.root())?,
        transient: false,
        entity,
        zone,
    };
    let fresh = record(&draft, &head)?.0;
    match entity.form() {
        0 => Ok(fresh),
        form => noted(&fresh, head.version, form),
    }
}

struct Editing<'e> {
    entity: &'e EntityRef,
    edits: &'e [Edit<'e>],
}

impl Editing<'_> {
    fn body(&self, body: Value<'_>) -> Result<Jsonb, Damaged> {
        let (mut object, mut done, mut shadows) = (jsonb::object(), 0, None);
        for entry in body.entries() {
            let (key, value) = entry?;
            if key == SHADOW {
                shadows = Some(value);
                continue;
            }
            let place = self.place(&key);
            object = self.up_to(object, &mut done, place, field);
            if self.edit(&key).is_none_or(|edit| edit.shown.is_none()) {
                object = object.field_raw(&key, value);
            }
        }
        object = self.up_to(object, &mut done, Some(usize::MAX), field);
        let kept = standings(body)?;
        Ok(object.field_body(SHADOW, &self.shadows(shadows, kept)?).finish())
    }

    /// The values beside the fields: those of fields in their order, keys over several fields, then what is kept here.
    fn shadows(&self, all: Option<Value<'_>>, kept: Option<Value<'_>>) -> Result<Jsonb, Damaged> {
        let (mut object, mut done, mut noted_form) = (jsonb::object(), 0, None);
        if let Some(all) = all {
            for entry in all.entries() {
                let (key, value) = entry?;
                match &*key {
                    STANDINGS => continue,
                    SHADOW => {
                        noted_form = Some(value);
                        continue;
                    }
                    _ => {}
                }
                let place = self.place(&key).or(Some(usize::MAX));
                object = self.up_to(object, &mut done, place, compared);
                let replaced = self.edit(&key).filter(|edit| shadow(&edit.watch.field.kind));
                if replaced.is_none_or(|edit| edit.shown.is_none()) {
                    object = object.field_raw(&key, value);
                }
            }
        }
        object = self.up_to(object, &mut done, Some(usize::MAX), compared);
        object = object.field_body(STANDINGS, &self.standings(kept)?);
        Ok(match noted_form {
            Some(form) => object.field_raw(SHADOW, form),
            None => object,
        }
        .finish())
    }

    fn standings(&self, kept: Option<Value<'_>>) -> Result<Jsonb, Damaged> {
        let mut object = jsonb::object();
        for watch in self.entity.watches() {
            let name = &watch.field.name;
            let old = kept.map(|kept| kept.get(name)).transpose()?.flatten();
            object = match (self.edit(name), old) {
                (Some(edit), _) => object.field_body(name, &edit.standing.kept(watch)),
                (None, Some(old)) => object.field_raw(name, old),
                (None, None) => object,
            };
        }
        Ok(object.finish())
    }

    /// Adds what belongs before a place and is not there yet.
    fn up_to(
        &self,
        mut object: ObjectBuilder,
        done: &mut usize,
        place: Option<usize>,
        add: impl Fn(ObjectBuilder, &str, &Scalar) -> ObjectBuilder,
    ) -> ObjectBuilder {
        while let (Some(edit), Some(place)) = (self.edits.get(*done), place)
            && edit.watch.place <= place
        {
            if let Some(Some(scalar)) = &edit.shown {
                object = add(object, &edit.watch.field.name, scalar);
            }
            *done += 1;
        }
        object
    }

    fn edit(&self, name: &str) -> Option<&Edit<'_>> {
        self.edits.iter().find(|edit| edit.watch.field.name == name)
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.entity.fields.iter().position(|field| field.name == name)
    }
}

fn field(object: ObjectBuilder, name: &str, scalar: &Scalar) -> ObjectBuilder {
    object.field_body(name, &scalar.stored)
}

fn compared(object: ObjectBuilder, name: &str, scalar: &Scalar) -> ObjectBuilder {
    match &scalar.shadow {
        Some(shadow) => object.field_body(name, shadow),
        None => object,
    }
}
