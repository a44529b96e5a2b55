//! All indexes of an entity: the declared ones, and those of fields that are unique or indexed.

use crate::{Entity, Fields, Index};

/// The indexes that an entity has, in paths of its definition, each list of fields once.
#[must_use]
pub fn indexes(entity: &Entity) -> Vec<Index> {
    let mut found: Vec<Index> = Vec::new();
    of_fields(&entity.fields, "", &mut found);
    for index in &entity.indexes {
        match found.iter_mut().find(|known| known.fields == index.fields) {
            Some(known) => known.unique |= index.unique,
            None => found.push(index.clone()),
        }
    }
    found
}

fn of_fields(fields: &Fields, prefix: &str, out: &mut Vec<Index>) {
    for field in fields {
        let path = format!("{prefix}{}", field.name);
        if let crate::FieldType::Nested { fields, .. } = &field.kind {
            of_fields(fields, &format!("{path}."), out);
        }
        if field.unique || field.indexable {
            out.push(Index {
                fields: vec![path],
                unique: field.unique,
            });
        }
    }
}
