//! References as they are stored: the other record's id and label, and copies of some of its fields.

use jsonb::{Damaged, Jsonb, Value};
use model::{CollectionId, Error};
use storage::ReadTx;

/// A reference that was resolved.
#[derive(Clone, Debug)]
pub(in crate::records) struct Resolved {
    pub(super) collection: CollectionId,
    pub(super) id: String,
    pub(super) copied: Vec<String>,
    pub(super) value: Jsonb,
}

impl Resolved {
    /// Which record it leads to.
    pub(in crate::records) fn place(&self) -> (CollectionId, &str) {
        (self.collection, &self.id)
    }

    /// Whether the other one relies on the same.
    pub(in crate::records) fn is_same(&self, other: &Self) -> bool {
        self.value == other.value && self.copied == other.copied
    }

    /// Whether it would still come out the same.
    pub(in crate::records) fn holds(&self, tx: &mut dyn ReadTx) -> Result<bool, Error> {
        let Some((_, body)) = tx.record_body(self.collection, &self.id)? else {
            return Ok(false);
        };
        let now = reference(body.root(), &self.copied).map_err(Error::internal)?;
        Ok(now == self.value)
    }
}

/// The `id` of a record or reference.
pub(in crate::records) fn id_of(value: Value<'_>) -> Result<String, Error> {
    let id = value.get("id").map_err(Error::internal)?;
    let id = id
        .map(Value::as_str)
        .transpose()
        .map_err(Error::internal)?
        .flatten();
    Ok(id.unwrap_or_default().into_owned())
}

/// How a record is referred to: its id, its label, and copies of some of its fields in their places.
pub(in crate::records) fn reference(record: Value<'_>, copied: &[String]) -> Result<Jsonb, Damaged> {
    let mut object = jsonb::object();
    for key in ["id", "label"] {
        let text = record.get(key)?.map(Value::as_str).transpose()?.flatten();
        object = object.field_str(key, &text.unwrap_or_default());
    }
    Ok(copy_fields(object, record, copied)?.finish())
}

fn copy_fields(
    mut object: jsonb::ObjectBuilder,
    from: Value<'_>,
    paths: &[String],
) -> Result<jsonb::ObjectBuilder, Damaged> {
    let mut done: Vec<&str> = Vec::new();
    for path in paths {
        let name = path.split('.').next().unwrap_or(path);
        if done.contains(&name) {
            continue;
        }
        done.push(name);
        let Some(value) = from.get(name)? else {
            continue;
        };
        let inner: Vec<String> = paths
            .iter()
            .filter_map(|path| path.strip_prefix(name)?.strip_prefix('.').map(str::to_owned))
            .collect();
        object = match inner.is_empty() || paths.iter().any(|path| path == name) {
            true => object.field_raw(name, value),
            false => object.field_body(name, &copy_fields(jsonb::object(), value, &inner)?.finish()),
        };
    }
    Ok(object)
}
