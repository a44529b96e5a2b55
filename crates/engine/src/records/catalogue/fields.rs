//! Fields and their paths.

use app::{Field, FieldType, Fields};

/// Shows every field to `visit` with its path, those within others too.
pub(crate) fn each_field<'f>(fields: &'f Fields, under: &str, visit: &mut dyn FnMut(&str, &'f Field)) {
    for field in fields {
        let path = join(under, &field.name);
        visit(&path, field);
        if let FieldType::Nested { fields, .. } = &field.kind {
            each_field(fields, &path, visit);
        }
    }
}

/// `under.name`, or `name` at the top.
pub(crate) fn join(under: &str, name: &str) -> String {
    match under {
        "" => name.to_owned(),
        under => format!("{under}.{name}"),
    }
}
