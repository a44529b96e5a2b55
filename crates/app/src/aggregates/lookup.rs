//! `{"lookup": {"localFieldPath", "foreignFieldPath", "foreignEntityName", "as"}}`: records of another entity that belong
//! to each document, as a list. A document without the field has none.

use jsonb::{Jsonb, Value};

use crate::lower::Frame;
use crate::lower::document::{dotted, list_of, null, one, text};
use crate::lower::path::{Target, plain};
use crate::{FieldType, LabelRule};

use super::building::Building;
use super::options::Options;
use super::{Lookup, collection};

pub(super) fn lookup(building: &mut Building<'_>, value: Value<'_>) -> Result<(), String> {
    let options = Options::read(
        value,
        &["localFieldPath", "foreignFieldPath", "foreignEntityName", "as"],
    )?;
    let (local, foreign) = (
        options.needs_text("localFieldPath")?,
        options.needs_text("foreignFieldPath")?,
    );
    let (entity, to) = (
        options.needs_text("foreignEntityName")?,
        options.needs_text("as")?,
    );
    let Some(other) = building.scope.app.entity(&entity) else {
        return Err(format!(
            "`foreignEntityName`: there is no entity `{}`",
            query::cut(&entity)
        ));
    };
    let frame = Frame {
        fields: &other.fields,
        own: [true; 3],
        ..building.frame()
    };
    let theirs = frame
        .resolve(&foreign)
        .map_err(|why| format!("`foreignFieldPath`: `{foreign}`: {why}"))?;
    let theirs = joined(&theirs).map_err(|why| format!("`foreignFieldPath`: `{foreign}`: {why}"))?;
    let ours = building
        .frame()
        .resolve(&local)
        .map_err(|why| format!("`localFieldPath`: `{local}`: {why}"))?;
    let ours = joined(&ours).map_err(|why| format!("`localFieldPath`: `{local}`: {why}"))?;
    let fields = other.fields.clone();
    building.uses(&local);
    building
        .make(plain(
            &to,
            FieldType::Nested {
                label: LabelRule::None,
                fields,
            },
            true,
        ))
        .map_err(|why| format!("`as`: {why}"))?;
    let stage = jsonb::object()
        .field_str("from", &collection(&entity))
        .field_str("localField", &ours)
        .field_str("foreignField", &theirs)
        .field_body("pipeline", &inner(&theirs))
        .field_str("as", &to)
        .finish();
    building.add("$lookup", &stage);
    building.lookups.push(Lookup {
        entity,
        path: to,
        fields_used: vec![foreign],
    });
    Ok(())
}

/// Of the records that belong: not those that have no value either.
fn inner(path: &str) -> Jsonb {
    let there = one(path, &one("$ne", &null()));
    list_of(&[one("$match", &there), one("$unset", &text("version"))])
}

/// The stored path of what is compared.
fn joined(target: &Target<'_>) -> Result<String, String> {
    if target.sensitive {
        return Err("the field is sensitive".to_owned());
    }
    Ok(match target.kind() {
        Some(
            FieldType::Relationship(_) | FieldType::Group { .. } | FieldType::File | FieldType::Nested { .. },
        ) => dotted(&target.inner("id")),
        Some(FieldType::GeoPoint) => return Err("places cannot be looked up by".to_owned()),
        _ => dotted(&target.compared()),
    })
}
