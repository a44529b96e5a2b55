//! [`Access`]: what a caller does not see of one record.

use jsonb::{Damaged, Jsonb, Kind, Value};

use super::super::catalogue::join;
use super::super::values;

/// The fields of one record that a caller does not see, and the copies in its references.
#[derive(Clone, Debug, Default)]
pub(in crate::records) struct Access {
    hidden: Vec<String>,
}

impl Access {
    /// What is left without these paths.
    pub(super) fn without(hidden: Vec<String>) -> Self {
        Self { hidden }
    }

    /// Whether the field at a path is shown. What lies in a hidden field is not.
    pub(in crate::records) fn shows(&self, path: &str) -> bool {
        !self.hidden.iter().any(|hidden| is_within(path, hidden))
    }

    /// Whether all that lies in the field at a path is shown.
    pub(in crate::records) fn shows_all_in(&self, path: &str) -> bool {
        let in_it = |hidden: &String| is_within(path, hidden) || is_within(hidden, path);
        !self.hidden.iter().any(in_it)
    }

    /// A reference at a path, or a list of them, without the copies that are not shown.
    pub(in crate::records) fn reference(&self, path: &str, value: Value<'_>) -> Result<Jsonb, Damaged> {
        if self.shows_all_in(path) {
            return Ok(values::copy(value));
        }
        match value.kind() {
            Kind::Array => {
                let mut list = jsonb::array();
                for element in value.elements() {
                    list = list.item_body(&self.reference(path, element?)?);
                }
                Ok(list.finish())
            }
            Kind::Object => {
                let mut object = jsonb::object();
                for entry in value.entries() {
                    let (key, value) = entry?;
                    let path = join(path, &key);
                    if self.shows(&path) {
                        object = object.field_body(&key, &self.reference(&path, value)?);
                    }
                }
                Ok(object.finish())
            }
            _ => Ok(values::copy(value)),
        }
    }
}

/// Whether `inner` is `outer` or lies in it.
pub(in crate::records) fn is_within(inner: &str, outer: &str) -> bool {
    let rest = inner.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
