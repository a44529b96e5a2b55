//! Places on earth: latitude and longitude, in JSON as an object, in CSV as `(latitude,longitude)`.

use std::borrow::Cow;

use jsonb::{Damaged, Jsonb, Value};

use crate::fault::Problem;
use crate::values::decimal::Decimal;
use crate::values::input::{self, Input, damaged};

/// A place from an object with both numbers, which may be quoted.
pub(crate) fn point(input: &Input<'_>) -> Result<Jsonb, Problem> {
    let malformed = || input.invalid("Must have latitude and longitude");
    let Input::Object(value) = input else {
        return Err(malformed());
    };
    let mut found = [None, None];
    for entry in value.entries() {
        let (key, number) = entry.map_err(damaged)?;
        let at = match &*key {
            "latitude" => 0,
            "longitude" => 1,
            _ => return Err(malformed()),
        };
        if let (Input::Number(text) | Input::Text(text), Some(slot)) = (Input::of(number)?, found.get_mut(at))
        {
            *slot = Some(text);
        }
    }
    let [Some(latitude), Some(longitude)] = found else {
        return Err(malformed());
    };
    build(latitude, longitude, input)
}

/// A place from `(latitude,longitude)`.
pub(crate) fn from_text(text: &str, input: &Input<'_>) -> Result<Jsonb, Problem> {
    let inner = text
        .trim()
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'));
    let Some((latitude, longitude)) = inner.and_then(|inner| inner.split_once(',')) else {
        return Err(input.invalid("Must have the form (latitude,longitude)"));
    };
    build(
        Cow::Borrowed(latitude.trim()),
        Cow::Borrowed(longitude.trim()),
        input,
    )
}

/// A place as text.
pub(crate) fn print(stored: Value<'_>) -> Result<String, Damaged> {
    let number = |key: &str| {
        Ok(stored
            .get(key)?
            .map_or(Ok(None), Value::number_spelling)?
            .unwrap_or_default())
    };
    Ok(format!("({},{})", number("latitude")?, number("longitude")?))
}

fn build(latitude: Cow<'_, str>, longitude: Cow<'_, str>, input: &Input<'_>) -> Result<Jsonb, Problem> {
    let latitude = degrees(&latitude, "90", "latitude", input)?;
    let longitude = degrees(&longitude, "180", "longitude", input)?;
    Ok(jsonb::object()
        .field_body("latitude", &latitude)
        .field_body("longitude", &longitude)
        .finish())
}

fn degrees(text: &str, most: &str, name: &str, input: &Input<'_>) -> Result<Jsonb, Problem> {
    let bound = |text: &str| Decimal::parse(text).expect("a bound in the code is a number");
    let refused = || input.invalid(format!("The {name} must be a number between -{most} and {most}"));
    let number = Decimal::parse(text).ok_or_else(refused)?;
    if number < bound(&format!("-{most}")) || number > bound(most) {
        return Err(refused());
    }
    input::number(text)
        .or_else(|| input::number(&number.plain()))
        .ok_or_else(refused)
}
