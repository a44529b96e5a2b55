//! Writing values as canonical extended JSON.

use jsonb::{ArrayBuilder, Jsonb, Kind, ObjectBuilder, Value};

use super::doc::too_deep;
use super::{Arr, Doc, MAX_NESTING, Val};
use crate::{Refusal, extended};

impl Val<'_> {
    /// The value as JSONB; what came from storage untouched is copied as it is. Missing becomes null.
    ///
    /// # Errors
    /// A [`Refusal`] when stored bytes are damaged, or the whole nests too deep.
    pub fn to_jsonb(&self) -> Result<Jsonb, Refusal> {
        match self {
            Self::Document(Doc::Stored(value)) | Self::Array(Arr::Stored(value)) => {
                Ok(Jsonb::from_stored(value.as_bytes().to_vec()))
            }
            Self::Document(Doc::Built(fields, _)) => object(fields, 1),
            _ => {
                let alone = item(jsonb::array(), self, 0)?.finish();
                let bytes = alone.root().index(0)?.map_or(&[][..], Value::as_bytes);
                Ok(Jsonb::from_stored(bytes.to_vec()))
            }
        }
    }

    /// Adds this value as the field `key`; nothing when it is missing.
    ///
    /// # Errors
    /// A [`Refusal`] when stored bytes are damaged, or the whole nests too deep.
    pub fn field_of(&self, object: ObjectBuilder, key: &str) -> Result<ObjectBuilder, Refusal> {
        field(object, key, self, 1)
    }
}

fn object(fields: &[(super::Text<'_>, Val<'_>)], depth: usize) -> Result<Jsonb, Refusal> {
    let mut out = jsonb::object();
    for (key, value) in fields {
        out = field(out, key, value, depth)?;
    }
    Ok(out.finish())
}

fn array(items: &[Val<'_>], depth: usize) -> Result<Jsonb, Refusal> {
    let mut out = jsonb::array();
    for value in items {
        out = item(out, value, depth)?;
    }
    Ok(out.finish())
}

/// `depth` counts the containers around the value.
fn field(out: ObjectBuilder, key: &str, value: &Val<'_>, depth: usize) -> Result<ObjectBuilder, Refusal> {
    Ok(match value {
        Val::Missing => out,
        Val::Null => out.field_null(key),
        Val::Bool(bool) => out.field_bool(key, *bool),
        Val::Int(int) => out.field_i64(key, *int),
        Val::Double(float) if float.is_finite() => out.field_f64(key, *float),
        Val::Str(text) => out.field_str(key, text),
        Val::Document(Doc::Stored(value)) | Val::Array(Arr::Stored(value)) => {
            fits(*value, depth)?;
            out.field_raw(key, *value)
        }
        Val::Document(Doc::Built(fields, _)) => out.field_body(key, &object(fields, depth + 1)?),
        Val::Array(Arr::Built(items, _)) => out.field_body(key, &array(items, depth + 1)?),
        scalar => out.field_body(key, &extended::wrapper(scalar)?),
    })
}

fn item(out: ArrayBuilder, value: &Val<'_>, depth: usize) -> Result<ArrayBuilder, Refusal> {
    Ok(match value {
        Val::Missing | Val::Null => out.item_null(),
        Val::Bool(bool) => out.item_bool(*bool),
        Val::Int(int) => out.item_i64(*int),
        Val::Double(float) if float.is_finite() => out.item_f64(*float),
        Val::Str(text) => out.item_str(text),
        Val::Document(Doc::Stored(value)) | Val::Array(Arr::Stored(value)) => {
            fits(*value, depth)?;
            out.item_raw(*value)
        }
        Val::Document(Doc::Built(fields, _)) => out.item_body(&object(fields, depth + 1)?),
        Val::Array(Arr::Built(items, _)) => out.item_body(&array(items, depth + 1)?),
        scalar => out.item_body(&extended::wrapper(scalar)?),
    })
}

/// Refuses a stored value whose own levels and those around it are too many together: what a stage makes is what the
/// next one reads, so the depth of made documents must not grow from stage to stage.
fn fits(value: Value<'_>, depth: usize) -> Result<(), Refusal> {
    if depth >= MAX_NESTING {
        return Err(too_deep());
    }
    for element in value.elements() {
        fits_inside(element?, depth)?;
    }
    for entry in value.entries() {
        fits_inside(entry?.1, depth)?;
    }
    Ok(())
}

fn fits_inside(value: Value<'_>, depth: usize) -> Result<(), Refusal> {
    match value.kind() {
        Kind::Array | Kind::Object => fits(value, depth + 1),
        _ => Ok(()),
    }
}
