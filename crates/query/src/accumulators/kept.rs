//! [`Kept`]: a value that outlives its document.

use jsonb::{ArrayBuilder, Jsonb, ObjectBuilder};

use crate::pipeline::Cx;
use crate::{Refusal, Val};

/// A value that outlives its document: scalars as they are, documents and arrays as bytes.
#[derive(Debug)]
pub(crate) enum Kept {
    Scalar(Val<'static>),
    Body(Jsonb),
}

impl Kept {
    /// Keeps a value and counts its memory; a missing one as null.
    pub(crate) fn of(value: &Val<'_>, cx: &Cx<'_>) -> Result<Self, Refusal> {
        let kept = match value {
            Val::Missing => Self::Scalar(Val::Null),
            Val::Document(_) | Val::Array(_) => Self::Body(value.to_jsonb()?),
            scalar => Self::Scalar(scalar.clone().into_owned()?),
        };
        cx.hold(kept.weight())?;
        Ok(kept)
    }

    /// Gives its memory back.
    pub(crate) fn release(&self, cx: &Cx<'_>) {
        cx.release(self.weight());
    }

    fn weight(&self) -> usize {
        match self {
            Self::Scalar(value) => value.weight(),
            Self::Body(body) => size_of::<Self>() + body.as_bytes().len(),
        }
    }

    /// The value.
    pub(crate) fn view(&self) -> Result<Val<'_>, Refusal> {
        match self {
            Self::Scalar(value) => Ok(value.clone()),
            Self::Body(body) => Val::of(body.root()),
        }
    }

    /// Writes it as a field.
    pub(crate) fn field(&self, out: ObjectBuilder, name: &str) -> Result<ObjectBuilder, Refusal> {
        match self {
            Self::Scalar(value) => value.field_of(out, name),
            Self::Body(body) => Ok(out.field_body(name, body)),
        }
    }

    /// Writes it as an element.
    pub(crate) fn item(&self, out: ArrayBuilder) -> Result<ArrayBuilder, Refusal> {
        match self {
            Self::Scalar(value) => item(out, value),
            Self::Body(body) => Ok(out.item_body(body)),
        }
    }
}

/// Writes a value as an element; a missing one as null.
pub(crate) fn item(out: ArrayBuilder, value: &Val<'_>) -> Result<ArrayBuilder, Refusal> {
    Ok(match value {
        Val::Missing | Val::Null => out.item_null(),
        Val::Bool(bool) => out.item_bool(*bool),
        Val::Int(int) => out.item_i64(*int),
        Val::Double(double) if double.is_finite() => out.item_f64(*double),
        Val::Str(text) => out.item_str(text),
        other => out.item_body(&other.to_jsonb()?),
    })
}
