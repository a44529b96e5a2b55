//! Which paths of an entity's records are indexed, and which fields they stand for.
//!
//! The label, because relationships are found by it; every relationship, because a change of the other record goes to
//! those that refer to it; what the definition declares `unique` or `indexable`; and its `indexes`. An index has the
//! name of its stored path. One over several fields is over a key that is made of all of them, and is there only when
//! all have a value.

use app::{Entity, Field, FieldType};
use storage::tables::records::IndexDef;

use super::catalogue::each_field;

/// Where shadow values lie.
pub(crate) const SHADOW: &str = app::values::SHADOWS;

/// An index and the fields that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Indexed {
    /// As the store has it.
    pub(crate) def: IndexDef,
    /// Paths of the definition.
    pub(crate) fields: Vec<String>,
}

/// The indexes of an entity.
pub(crate) fn of(entity: &Entity) -> Vec<Indexed> {
    let mut list = Vec::new();
    add(
        &mut list,
        def("label".to_owned(), false),
        vec!["label".to_owned()],
    );
    each_field(&entity.fields, "", &mut |path, field| {
        let refers = matches!(field.kind, FieldType::Relationship(_));
        let looked_up = entity.lookup_fields.iter().any(|lookup| lookup == path);
        if field.unique || field.indexable || refers || looked_up {
            add(
                &mut list,
                of_field(entity, path, field, field.unique),
                vec![path.to_owned()],
            );
        }
        if refers && field.indexable {
            let label = def(format!("{path}.label"), false);
            add(&mut list, sorting(entity, path, label), vec![path.to_owned()]);
        }
    });
    for (number, index) in entity.indexes.iter().enumerate() {
        let def = match index.fields.as_slice() {
            [path] => match entity.fields.at(path) {
                Some(field) => of_field(entity, path, field, index.unique),
                None => continue,
            },
            _ => def(compound_path(number), index.unique),
        };
        add(&mut list, def, index.fields.clone());
    }
    list
}

fn of_field(entity: &Entity, path: &str, field: &Field, unique: bool) -> IndexDef {
    sorting(entity, path, def(stored_path(path, field), unique))
}

/// An index of a single value knows the records without one too, so that it gives an order of all records.
fn sorting(entity: &Entity, path: &str, def: IndexDef) -> IndexDef {
    let mut ends = path.match_indices('.').map(|(end, _)| end).chain([path.len()]);
    let missing = ends.all(|end| entity.fields.at(&path[..end]).is_some_and(|field| !field.many));
    IndexDef { missing, ..def }
}

fn def(path: String, unique: bool) -> IndexDef {
    IndexDef {
        name: path.clone(),
        path,
        unique,
        missing: false,
    }
}

/// The path of the key of the compound index of this number.
pub(crate) fn compound_path(number: usize) -> String {
    format!("{SHADOW}.{}", compound_name(number))
}

/// Its name among the shadow values.
pub(crate) fn compound_name(number: usize) -> String {
    format!("ix{number}")
}

/// The path in the stored record by which a field is compared.
pub(crate) fn stored_path(path: &str, field: &Field) -> String {
    match &field.kind {
        FieldType::Relationship(_) | FieldType::Group { .. } | FieldType::File => format!("{path}.id"),
        kind => app::values::stored_path(path, kind),
    }
}

fn add(list: &mut Vec<Indexed>, def: IndexDef, fields: Vec<String>) {
    match list.iter_mut().find(|known| known.def.path == def.path) {
        Some(known) => known.def.unique |= def.unique,
        None => list.push(Indexed { def, fields }),
    }
}
