//! The field that records are sorted by.

use crate::FieldType;

use super::path::{End, Target};
use super::{Frame, LowerError, Scope, document};

/// The stored path to sort by for a field; none is the id.
///
/// # Errors
/// A [`LowerError`] for a field that does not exist, has no order, may have several values, or is sensitive.
pub fn sort(scope: &Scope<'_>, field: Option<&str>) -> Result<String, LowerError> {
    path(&scope.frame(), field.unwrap_or("id"))
}

pub(crate) fn path(frame: &Frame<'_>, field: &str) -> Result<String, LowerError> {
    let refused = |why: String| LowerError::new(field, why);
    let target = frame.resolve(field).map_err(refused)?;
    if target.sensitive {
        return Err(refused(
            "the field is sensitive and cannot be sorted by".to_owned(),
        ));
    }
    if target.is_many() {
        return Err(refused(
            "the field may have several values and cannot be sorted by".to_owned(),
        ));
    }
    ordered(&target).map_err(refused)
}

fn ordered(target: &Target<'_>) -> Result<String, String> {
    let End::Field(field) = target.end else {
        return Ok(target.dotted());
    };
    let steps = match &field.kind {
        FieldType::Relationship(_) | FieldType::Group { .. } => target.inner("label"),
        FieldType::File => target.inner("name"),
        FieldType::Nested { .. } | FieldType::GeoPoint => {
            let name = field.kind.name();
            return Err(format!("fields of type {name} have no order"));
        }
        _ => target.compared(),
    };
    Ok(document::dotted(&steps))
}
