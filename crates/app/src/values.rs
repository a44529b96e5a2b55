//! Values of fields: how each type is read, kept, shown, and compared.
//!
//! One file per family of types. Input of any form is taken apart once (`input`) and read by its type to a
//! [`Scalar`]: the stored form, which is what answers show, and a shadow where the stored form does not compare as it
//! should. Fields with many values and nested fields are the caller's: it reads and shows them one value at a time.
//! References are read as they are written ([`ReferenceInput`], [`FileInput`]); whom they mean is found out elsewhere.

mod arithmetic;
mod choice;
mod csv;
mod date;
mod decimal;
mod duration;
mod geo;
mod html;
mod input;
mod mask;
mod number;
pub mod operand;
mod phone;
mod plain;
mod reference;
mod text;
mod total;

#[cfg(test)]
mod tests;

use jsonb::{Damaged, Jsonb, Kind, Value};

pub use self::csv::{from_csv, to_csv};
pub use self::operand::operand;
pub use self::plain::plain_text;
pub use self::reference::{FileInput, MAX_INLINE_FILE, ReferenceInput, read_file, read_reference};
pub use self::total::Total;

use crate::fault::{FaultCode, Problem};
use crate::{Field, FieldType, Range};
use input::Input;

/// The key, beside the fields, under which shadows are kept.
pub const SHADOWS: &str = "~";

/// A value as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The value.
    pub stored: Jsonb,
    /// What it is compared by, of the types that have that ([`shadow`]).
    pub shadow: Option<Jsonb>,
}

impl Scalar {
    /// A value that is compared as it is.
    #[must_use]
    pub fn new(stored: Jsonb) -> Self {
        Self { stored, shadow: None }
    }
}

/// Reads one value of a field from JSON; none is empty. Null and empty text are, except that a boolean is false then.
pub fn read(field: &Field, input: Value<'_>) -> Result<Option<Scalar>, Problem> {
    parse(&field.kind, &Input::of(input)?, None)
}

/// The same for a field that has a value: a dynamic choice written as plain text keeps its options.
pub fn read_over(field: &Field, input: Value<'_>, old: Value<'_>) -> Result<Option<Scalar>, Problem> {
    parse(&field.kind, &Input::of(input)?, Some(old))
}

fn parse(kind: &FieldType, input: &Input<'_>, old: Option<Value<'_>>) -> Result<Option<Scalar>, Problem> {
    match (kind, input) {
        (FieldType::Boolean, Input::Empty) => Ok(Some(Scalar::new(input::boolean(false)))),
        (
            FieldType::Nested { .. } | FieldType::Relationship(_) | FieldType::Group { .. } | FieldType::File,
            _,
        ) => Err(Problem::new(FaultCode::InvalidStructure, "Must not be a single value").of(input.shown())),
        (_, Input::Empty) => Ok(None),
        (FieldType::DynamicChoice(choices), _) => Ok(choice::dynamic(choices, input, old)?.map(Scalar::new)),
        (FieldType::Html, _) => html_value(input),
        _ => value(kind, input).map(Some),
    }
}

fn value(kind: &FieldType, input: &Input<'_>) -> Result<Scalar, Problem> {
    if let Some((form, range)) = date::Form::of(kind) {
        return date::formed(form, range, input).map(of_text);
    }
    let whole = |value: i64| Scalar::new(input::integer(value));
    match kind {
        FieldType::Text(rules) => text::text(rules, Some(text::TEXT_LENGTH), input).map(of_text),
        FieldType::LongText(rules) | FieldType::Qr(rules) => text::text(rules, None, input).map(of_text),
        FieldType::Email => text::email(input).map(of_text),
        FieldType::Phone(rules) => phone::phone(rules, input).map(|number| of_text(&number)),
        FieldType::Url => text::url(input).map(of_text),
        FieldType::MaskedText(rules) => mask::masked(rules, input).map(|kept| of_text(&kept)),
        FieldType::Integer(range) => number::integer(range, input).map(whole),
        FieldType::AutoIncrement { .. } => number::integer(&Range::default(), input).map(whole),
        FieldType::Decimal(rules) => number::decimal(rules, None, input),
        FieldType::Money(rules) | FieldType::Percentage(rules) => {
            number::decimal(rules, Some(number::MONEY_DECIMALS), input)
        }
        FieldType::BigNumber(rules) => number::big(rules, input),
        FieldType::Boolean => match input {
            Input::Bool(value) => Ok(Scalar::new(input::boolean(*value))),
            _ => Err(input.invalid("Must be true or false")),
        },
        FieldType::Choice(choices) => choice::choice(choices, input).map(of_text),
        FieldType::DateTime(range) => date::instant(range, input).map(whole),
        FieldType::RecordCreated | FieldType::RecordModified => {
            date::instant(&Range::default(), input).map(whole)
        }
        FieldType::Duration(range) => duration::duration(range, input).map(whole),
        FieldType::Color => text::color(input).map(of_text),
        FieldType::GeoPoint => geo::point(input).map(Scalar::new),
        _ => text::any(input).map(of_text),
    }
}

fn of_text(value: &str) -> Scalar {
    Scalar::new(input::text(value))
}

/// Markup of which nothing is left is empty.
fn html_value(input: &Input<'_>) -> Result<Option<Scalar>, Problem> {
    let clean = html::clean(text::any(input)?).map_err(|message| input.invalid(message))?;
    let shadow = input::text(&html::text(&clean));
    Ok((!clean.is_empty()).then(|| Scalar {
        stored: input::text(&clean),
        shadow: Some(shadow),
    }))
}

/// Appends a stored value as answers show it. Only masked text differs from what is stored.
pub fn native(field: &Field, stored: Value<'_>, out: &mut Vec<u8>) -> Result<(), Damaged> {
    match (&field.kind, stored.kind()) {
        (FieldType::MaskedText(rules), Kind::Text) => {
            let kept = stored.as_str()?.unwrap_or_default();
            jsonb::escape_into(out, &mask::render(&rules.mask, &kept));
            Ok(())
        }
        _ => stored.render(out),
    }
}

/// Whether the native form of a type differs from the stored one, so that [`native`] is needed.
#[must_use]
pub fn rendered(kind: &FieldType) -> bool {
    matches!(kind, FieldType::MaskedText(_))
}

/// Whether values of a type are compared by a shadow.
#[must_use]
pub fn shadow(kind: &FieldType) -> bool {
    matches!(kind, FieldType::BigNumber(_) | FieldType::Html)
}

/// The path in the stored record by which a field is compared: `rating` → `~.rating`, `a.rating` → `a.~.rating`.
///
/// References are compared by id or label, which the caller appends.
#[must_use]
pub fn stored_path(path: &str, kind: &FieldType) -> String {
    if shadow(kind) {
        return match path.rsplit_once('.') {
            Some((parent, name)) => format!("{parent}.{SHADOWS}.{name}"),
            None => format!("{SHADOWS}.{path}"),
        };
    }
    match kind {
        FieldType::DynamicChoice(_) => format!("{path}.selectedValue"),
        _ => path.to_owned(),
    }
}

/// Whether a fixed default value fits its field; an array is one of a field with many values.
pub fn check(field: &Field, default: &Jsonb) -> Result<(), String> {
    let root = default.root();
    if !field.many || root.kind() != Kind::Array {
        return check_one(field, root);
    }
    for element in root.elements() {
        check_one(field, element.map_err(|damaged| damaged.to_string())?)?;
    }
    Ok(())
}

fn check_one(field: &Field, value: Value<'_>) -> Result<(), String> {
    let told = |problem: Problem| match problem.rejected {
        Some(rejected) => format!("{rejected:?}: {}", problem.message),
        None => problem.message,
    };
    match &field.kind {
        FieldType::Relationship(_) | FieldType::Group { .. } => {
            read_reference(field, value).map(|_| ()).map_err(told)
        }
        FieldType::Nested { .. } | FieldType::File => Err("this type has no default value".to_owned()),
        _ if !field.is_writable() => Err("this field is set by the server".to_owned()),
        _ => read(field, value).map(|_| ()).map_err(told),
    }
}

/// Whether the rules of a type make sense: expressions, masks, bounds.
pub fn check_rules(kind: &FieldType) -> Result<(), String> {
    if let Some((form, range)) = date::Form::of(kind) {
        return date::check_rules(form, range);
    }
    match kind {
        FieldType::Text(rules) | FieldType::LongText(rules) | FieldType::Qr(rules) => match &rules.regex {
            Some(pattern) => text::expression(pattern, rules.regex_ignores_case).map(|_| ()),
            None => Ok(()),
        },
        FieldType::MaskedText(rules) => mask::check_rules(rules),
        FieldType::Decimal(rules)
        | FieldType::Money(rules)
        | FieldType::Percentage(rules)
        | FieldType::BigNumber(rules) => number::check_rules(rules),
        _ => Ok(()),
    }
}
