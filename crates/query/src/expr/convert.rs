//! `$convert` and its short forms: `$toBool`, `$toDate`, `$toDouble`, `$toInt`, `$toLong`, `$toObjectId`,
//! `$toString`, `$toUUID`.
//!
//! To decimal is refused: decimals are kept and compared, but not computed.

mod number;
mod text;

use model::hex;

use super::Args;
use super::date::read;
use super::ops::{Op, Shape};
use crate::pipeline::Cx;
use crate::{Refusal, Val, cut};

pub(crate) use text::shown;

pub(super) const OPS: &[Op] = &[
    Op {
        name: "$convert",
        shape: Shape::Named(&["input", "to"], &["onError", "onNull"]),
        run: convert,
    },
    Op {
        name: "$toBool",
        shape: Shape::List(1, 1),
        run: |args, _| short(args, Kind::Bool),
    },
    Op {
        name: "$toDate",
        shape: Shape::List(1, 1),
        run: |args, _| short(args, Kind::Date),
    },
    Op {
        name: "$toDouble",
        shape: Shape::List(1, 1),
        run: |args, _| short(args, Kind::Double),
    },
    Op {
        name: "$toInt",
        shape: Shape::List(1, 1),
        run: |args, _| short(args, Kind::Int),
    },
    Op {
        name: "$toLong",
        shape: Shape::List(1, 1),
        run: |args, _| short(args, Kind::Long),
    },
    Op {
        name: "$toObjectId",
        shape: Shape::List(1, 1),
        run: |args, _| short(args, Kind::ObjectId),
    },
    Op {
        name: "$toString",
        shape: Shape::List(1, 1),
        run: |args, _| short(args, Kind::Str),
    },
    Op {
        name: "$toUUID",
        shape: Shape::List(1, 1),
        run: |args, _| short(args, Kind::Uuid),
    },
];

/// What can be converted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Date,
    Double,
    Int,
    Long,
    ObjectId,
    Str,
    Uuid,
}

impl Kind {
    /// The kind a name or BSON number stands for.
    fn named(value: &Val<'_>) -> Result<Self, Refusal> {
        if let Val::Document(document) = value {
            return Self::named(&document.get("type")?);
        }
        Ok(match (value.as_str(), value.as_i64()) {
            (Some("bool"), _) | (_, Some(8)) => Self::Bool,
            (Some("date"), _) | (_, Some(9)) => Self::Date,
            (Some("double"), _) | (_, Some(1)) => Self::Double,
            (Some("int"), _) | (_, Some(16)) => Self::Int,
            (Some("long"), _) | (_, Some(18)) => Self::Long,
            (Some("objectId"), _) | (_, Some(7)) => Self::ObjectId,
            (Some("string"), _) | (_, Some(2)) => Self::Str,
            (Some("binData"), _) | (_, Some(5)) => Self::Uuid,
            (Some("decimal"), _) | (_, Some(19)) => {
                return Err(Refusal::new("conversion to decimal is not supported"));
            }
            (Some(name), _) => return Err(Refusal::new(format!("cannot convert to `{}`", cut(name)))),
            _ => return Err(Refusal::new("`to` must be the name or the number of a type")),
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Date => "date",
            Self::Double => "double",
            Self::Int => "int",
            Self::Long => "long",
            Self::ObjectId => "objectId",
            Self::Str => "string",
            Self::Uuid => "uuid",
        }
    }
}

fn short<'a>(args: Args<'_, 'a>, kind: Kind) -> Result<Val<'a>, Refusal> {
    match args.at(0) {
        Val::Missing | Val::Null => Ok(Val::Null),
        value => to(value, kind),
    }
}

fn convert<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let (input, kind) = (args.at(0), args.at(1));
    if input.is_nullish() {
        return Ok(args.given(3).cloned().unwrap_or(Val::Null));
    }
    if kind.is_nullish() {
        return Ok(Val::Null);
    }
    let kind = Kind::named(kind)?;
    match (to(input, kind), args.given(2)) {
        (Err(_), Some(otherwise)) => Ok(otherwise.clone()),
        (result, _) => result,
    }
}

fn to<'a>(value: &Val<'a>, kind: Kind) -> Result<Val<'a>, Refusal> {
    match kind {
        Kind::Bool => match value {
            Val::Document(_) | Val::Array(_) | Val::Regex(..) => Err(unsupported(value, kind)),
            other => Ok(Val::Bool(other.is_true())),
        },
        Kind::Date => to_date(value),
        Kind::Double => number::double(value),
        Kind::Int => number::int(value),
        Kind::Long => number::long(value),
        Kind::Str => text::text(value),
        Kind::ObjectId => match value {
            Val::ObjectId(bytes) => Ok(Val::ObjectId(*bytes)),
            Val::Str(text) => hex::decode(text)
                .map(Val::ObjectId)
                .ok_or_else(|| Refusal::new(format!("`{}` is not 24 hexadecimal digits", cut(text)))),
            other => Err(unsupported(other, kind)),
        },
        Kind::Uuid => match value {
            Val::Uuid(bytes) => Ok(Val::Uuid(*bytes)),
            Val::Str(text) => hex::decode(&text.replace('-', ""))
                .map(Val::Uuid)
                .ok_or_else(|| Refusal::new(format!("`{}` is not a uuid", cut(text)))),
            other => Err(unsupported(other, kind)),
        },
    }
}

fn to_date<'a>(value: &Val<'a>) -> Result<Val<'a>, Refusal> {
    match value {
        Val::Date(_) => Ok(value.clone()),
        Val::Int(ms) => Ok(Val::date(*ms)),
        Val::Double(_) => match number::long(value)? {
            Val::Int(ms) => Ok(Val::date(ms)),
            other => Ok(other),
        },
        Val::Str(text) => read::iso(text, None).map(Val::date).map_err(Refusal::new),
        other => match super::date::moment(other) {
            Some(ms) => Ok(Val::date(ms)),
            None => Err(unsupported(other, Kind::Date)),
        },
    }
}

#[cold]
pub(super) fn unsupported(value: &Val<'_>, kind: Kind) -> Refusal {
    Refusal::new(format!("cannot convert {} to {}", value.type_name(), kind.name()))
}
