//! The indexes that an entity's records are kept with.
//!
//! The label, because relationships are found by it; every relationship, because a change of the other record goes to
//! those that refer to it; lookup fields; what is declared `unique` or `indexable`; and `indexes`. One over several fields
//! is over a key that is made of all of them, and is there only when all have a value.

use crate::values::{self, SHADOWS};
use crate::{Entity, Field, FieldType, Fields, Index};

/// An index as it is kept, and the fields that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredIndex {
    /// The path in the stored record.
    pub path: String,
    /// The fields in paths of the definition, and whether two records may not have the same values.
    pub index: Index,
    /// Whether it knows records without a value too, so that it gives an order of all records.
    pub missing: bool,
}

/// The indexes of an entity, each stored path once.
#[must_use]
pub fn stored(entity: &Entity) -> Vec<StoredIndex> {
    let mut list = vec![StoredIndex {
        path: "label".to_owned(),
        index: Index {
            fields: vec!["label".to_owned()],
            unique: false,
        },
        missing: false,
    }];
    of_fields(entity, &entity.fields, "", &mut list);
    for (number, index) in entity.indexes.iter().enumerate() {
        match index.fields.as_slice() {
            [path] => {
                if let Some(field) = entity.fields.at(path) {
                    add(
                        &mut list,
                        of_field(entity, path, stored_path(path, field), index.unique),
                    );
                }
            }
            _ => add(
                &mut list,
                StoredIndex {
                    path: format!("{SHADOWS}.{}", compound_name(number)),
                    index: index.clone(),
                    missing: false,
                },
            ),
        }
    }
    list
}

/// The indexes of an entity's fields as people know them, each list of fields once.
#[must_use]
pub fn of(entity: &Entity) -> Vec<Index> {
    let mut list: Vec<Index> = Vec::new();
    // That of the label is always there.
    for StoredIndex { index, .. } in stored(entity).into_iter().skip(1) {
        match list.iter_mut().find(|known| known.fields == index.fields) {
            Some(known) => known.unique |= index.unique,
            None => list.push(index),
        }
    }
    list
}

/// The name among the shadow values of the key of the index of this number, which is over several fields.
#[must_use]
pub fn compound_name(number: usize) -> String {
    format!("ix{number}")
}

/// The path in the stored record by which a field is compared, references by id.
#[must_use]
pub fn stored_path(path: &str, field: &Field) -> String {
    match &field.kind {
        FieldType::Relationship(_) | FieldType::Group { .. } | FieldType::File => format!("{path}.id"),
        kind => values::stored_path(path, kind),
    }
}

fn of_fields(entity: &Entity, fields: &Fields, under: &str, list: &mut Vec<StoredIndex>) {
    for field in fields {
        let path = format!("{under}{}", field.name);
        let refers = matches!(field.kind, FieldType::Relationship(_));
        let looked_up = entity.lookup_fields.contains(&path);
        if field.unique || field.indexable || refers || looked_up {
            let stored = stored_path(&path, field);
            add(list, of_field(entity, &path, stored, field.unique));
        }
        if refers && field.indexable {
            add(list, of_field(entity, &path, format!("{path}.label"), false));
        }
        if let FieldType::Nested { fields, .. } = &field.kind {
            of_fields(entity, fields, &format!("{path}."), list);
        }
    }
}

/// An index of one field; of a single value it knows the records without one too.
fn of_field(entity: &Entity, path: &str, stored: String, unique: bool) -> StoredIndex {
    let mut ends = path.match_indices('.').map(|(end, _)| end).chain([path.len()]);
    let missing = ends.all(|end| entity.fields.at(&path[..end]).is_some_and(|field| !field.many));
    StoredIndex {
        path: stored,
        index: Index {
            fields: vec![path.to_owned()],
            unique,
        },
        missing,
    }
}

fn add(list: &mut Vec<StoredIndex>, index: StoredIndex) {
    match list.iter_mut().find(|known| known.path == index.path) {
        Some(known) => known.index.unique |= index.index.unique,
        None => list.push(index),
    }
}
