//! Operands of queries: a literal as the scalar that the stored value, or its shadow, is compared with.
//!
//! More forms are understood than in records: points in time for dates of every form, dates for points in time, names
//! and labels of choices in any case. An operand that cannot be one of the type is refused, since nothing would ever be
//! found by it.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use jsonb::Jsonb;

use crate::values::date::{self, Form};
use crate::values::decimal::Decimal;
use crate::values::input::{self, Input};
use crate::values::{choice, duration, mask, phone};
use crate::{Field, FieldType, Literal, Range};

/// The scalar to compare a field with. Of references and files it is text, which may be an id, a label or a name.
///
/// The error says what is wrong, the value quoted, for a caller to put field and operator before.
pub fn operand(field: &Field, literal: &Literal, zone: &TimeZone) -> Result<Jsonb, String> {
    match literal {
        Literal::Text(text) if text.contains('\0') => {
            Err("a value may not contain the character U+0000".to_owned())
        }
        Literal::Text(text) if text.is_empty() => of_input(&field.kind, &Input::Empty, zone),
        Literal::Text(text) => of_input(&field.kind, &Input::Text(Cow::Borrowed(text)), zone),
        Literal::Json(json) => {
            let input = Input::of(json.root()).map_err(|problem| problem.message)?;
            of_input(&field.kind, &input, zone)
        }
        Literal::CurrentUser(path) => Err(format!("currentUser({path}) has no value here")),
    }
}

fn of_input(kind: &FieldType, input: &Input<'_>, zone: &TimeZone) -> Result<Jsonb, String> {
    let text = match input {
        Input::Text(text) | Input::Number(text) => &**text,
        Input::Bool(value) => {
            if *value {
                "true"
            } else {
                "false"
            }
        }
        Input::Empty => "",
        Input::Array(_) | Input::Object(_) => {
            return Err(format!("{:?} is not a single value", input.shown()));
        }
    };
    let not_a = |what: &str| format!("{:?} is not {what}", input.shown());
    if let Some((form, _)) = Form::of(kind) {
        let value = formed(form, text, zone);
        return value.ok_or_else(|| not_a(&format!("of the form {}", form.pattern())));
    }
    match kind {
        FieldType::Integer(_)
        | FieldType::AutoIncrement { .. }
        | FieldType::Decimal(_)
        | FieldType::Money(_)
        | FieldType::Percentage(_) => number(text).ok_or_else(|| not_a("a number")),
        FieldType::BigNumber(_) => match Decimal::parse(text.trim()) {
            Some(number) => Ok(input::text(&number.key())),
            None => Err(not_a("a number")),
        },
        FieldType::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" => Ok(input::boolean(true)),
            "false" => Ok(input::boolean(false)),
            _ => Err(not_a("true or false")),
        },
        FieldType::Choice(choices) => match choice::meant(choices, text) {
            Some(choice) => Ok(input::text(&choice.name)),
            None => Err(not_a("one of the choices")),
        },
        FieldType::DateTime(_) | FieldType::RecordCreated | FieldType::RecordModified => instant(text, zone)
            .map(input::integer)
            .ok_or_else(|| not_a("a date")),
        FieldType::Duration(_) => duration::duration(&Range::default(), &number_or_text(text))
            .map(input::integer)
            .map_err(|_| not_a("a duration")),
        FieldType::Phone(rules) => match phone::format(rules, text) {
            formatted if formatted.is_empty() => Err(not_a("a phone number")),
            formatted => Ok(input::text(&formatted)),
        },
        FieldType::MaskedText(rules) => Ok(input::text(&mask::part(&rules.mask, text))),
        FieldType::GeoPoint => Err("places are only found with near".to_owned()),
        FieldType::Nested { .. } => Err(not_a("an object of nested fields")),
        _ => Ok(input::text(text)),
    }
}

fn number(text: &str) -> Option<Jsonb> {
    let number = Decimal::parse(text.trim())?;
    input::number(text.trim()).or_else(|| input::number(&number.plain()))
}

fn number_or_text(text: &str) -> Input<'_> {
    match Decimal::parse(text.trim()) {
        Some(_) => Input::Number(Cow::Borrowed(text.trim())),
        None => Input::Text(Cow::Borrowed(text)),
    }
}

/// Milliseconds, a text that names its zone, or a date with or without time in the given zone.
fn instant(text: &str, zone: &TimeZone) -> Option<i64> {
    let text = text.trim();
    millis(text)
        .or_else(|| date::from_iso(text))
        .or_else(|| date::in_zone(text, zone))
}

fn millis(text: &str) -> Option<i64> {
    let millis = text.parse().ok()?;
    Timestamp::from_millisecond(millis).ok().map(|_| millis)
}

/// A date of this form, or a point in time brought to it.
fn formed(form: Form, text: &str, zone: &TimeZone) -> Option<Jsonb> {
    let text = text.trim();
    if form.accepts(text) {
        return Some(input::text(text));
    }
    let instant = instant(text, zone)?;
    Some(input::text(
        &form.print(Timestamp::from_millisecond(instant).ok()?, zone),
    ))
}
