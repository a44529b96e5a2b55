//! Values in the cells of CSV files, both ways (`contracts/slingr.md` §5).
//!
//! Percentages are human values (50 is 0.5), points in time are ISO 8601 in UTC, durations `4h 30m`, choices are found
//! by name and then by label. What is written is read back as the same value, except the options of a dynamic choice.

use std::borrow::Cow;

use jsonb::{Damaged, Jsonb, Limits, Value};

use crate::fault::{FaultCode, NOT_A_CHOICE, Problem};
use crate::values::decimal::Decimal;
use crate::values::input::{self, Input};
use crate::values::plain::{named, spelled};
use crate::values::{Scalar, choice, date, duration, geo, mask, parse};
use crate::{Field, FieldType, Range};

/// A stored value as the text of a cell. References and files are written by their label or name; nested fields have
/// columns of their own.
pub fn to_csv(field: &Field, stored: Value<'_>) -> Result<String, Damaged> {
    Ok(match &field.kind {
        FieldType::MaskedText(rules) => mask::render(&rules.mask, &spelled(stored)?),
        FieldType::Percentage(_) => match Decimal::parse(&spelled(stored)?) {
            Some(number) => number.shifted(2).plain(),
            None => spelled(stored)?,
        },
        FieldType::DynamicChoice(_) => choice::selected(stored)?.unwrap_or_default().into_owned(),
        FieldType::DateTime(_) | FieldType::RecordCreated | FieldType::RecordModified => {
            stored.as_i64()?.map(date::iso).unwrap_or_default()
        }
        FieldType::Duration(_) => stored.as_i64()?.map(duration::print).unwrap_or_default(),
        FieldType::GeoPoint => geo::print(stored)?,
        FieldType::Relationship(_) | FieldType::Group { .. } | FieldType::Nested { .. } => {
            named(stored, "label")?
        }
        FieldType::File => named(stored, "name")?,
        _ => spelled(stored)?,
    })
}

/// Reads a cell; an empty one is empty, and false of booleans.
///
/// References are not read here: their columns go to [`super::read_reference`], as text.
pub fn from_csv(field: &Field, text: &str) -> Result<Option<Scalar>, Problem> {
    let kind = &field.kind;
    let cell = match text {
        "" => Input::Empty,
        _ => Input::Text(Cow::Borrowed(text)),
    };
    let Input::Text(_) = &cell else {
        return parse(kind, &cell, None);
    };
    if text.contains('\0') {
        return Err(cell.invalid("Must not contain the character U+0000"));
    }
    match kind {
        FieldType::AutoIncrement { .. }
        | FieldType::RecordCreated
        | FieldType::RecordModified
        | FieldType::File => Err(Problem::new(
            FaultCode::AllowedOperations,
            "This field cannot be imported",
        )),
        FieldType::Boolean => boolean(&cell, text).map(|value| Some(Scalar::new(input::boolean(value)))),
        FieldType::Integer(_) | FieldType::Decimal(_) | FieldType::Money(_) => {
            parse(kind, &number(text), None)
        }
        FieldType::BigNumber(_) => parse(kind, &Input::Text(Cow::Borrowed(text.trim())), None),
        FieldType::Percentage(_) => percentage(kind, &cell, text),
        FieldType::Choice(choices) => match choice::meant(choices, text.trim()) {
            Some(choice) => Ok(Some(Scalar::new(input::text(&choice.name)))),
            None => Err(cell.invalid(NOT_A_CHOICE)),
        },
        FieldType::DynamicChoice(_) => dynamic(kind, &cell, text),
        FieldType::DateTime(range) => date_time(range, &cell, text.trim()),
        FieldType::GeoPoint => geo::from_text(text, &cell).map(|point| Some(Scalar::new(point))),
        _ => parse(kind, &cell, None),
    }
}

fn number(text: &str) -> Input<'_> {
    Input::Number(Cow::Borrowed(text.trim()))
}

fn boolean(cell: &Input<'_>, text: &str) -> Result<bool, Problem> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Ok(true),
        "false" | "0" | "no" => Ok(false),
        _ => Err(cell.invalid("Must be true or false")),
    }
}

fn percentage(kind: &FieldType, cell: &Input<'_>, text: &str) -> Result<Option<Scalar>, Problem> {
    let Some(percent) = Decimal::parse(text.trim()) else {
        return Err(cell.invalid("Not a valid number"));
    };
    let fraction = percent.shifted(-2).plain();
    // The cell is what was refused, not the fraction made of it.
    parse(kind, &Input::Number(Cow::Owned(fraction)), None).map_err(|problem| problem.of(cell.shown()))
}

/// What is selected, or the whole field as JSON.
fn dynamic(kind: &FieldType, cell: &Input<'_>, text: &str) -> Result<Option<Scalar>, Problem> {
    if !text.starts_with('{') {
        return parse(kind, cell, None);
    }
    let json = Jsonb::parse(text.as_bytes(), &Limits::default()).map_err(|_| cell.invalid(NOT_A_CHOICE))?;
    parse(kind, &Input::of(json.root())?, None)
}

fn date_time(range: &Range<i64>, cell: &Input<'_>, text: &str) -> Result<Option<Scalar>, Problem> {
    let Some(millis) = date::from_iso(text) else {
        return Err(cell.invalid("Must have the form yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"));
    };
    let spelling = Input::Number(Cow::Owned(millis.to_string()));
    let millis = date::instant(range, &spelling).map_err(|problem| problem.of(cell.shown()))?;
    Ok(Some(Scalar::new(input::integer(millis))))
}
