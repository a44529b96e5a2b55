//! Bytes that are equal exactly when values are: what groups and sets are kept by.
//!
//! Numbers of one value have one key whatever their type; documents count with the order of their fields.

use jsonb::Value;

use crate::{MAX_NESTING, Refusal, Text, Val, equal};

/// Appends the key of a stored string or whole number; appends nothing and gives false for what has to be read first.
///
/// Bytes that are no characters are not found here: they give a key that no value has.
#[inline]
pub(crate) fn write_stored(value: Value<'_>, key: &mut Vec<u8>) -> bool {
    if let Some(text) = value.plain_bytes() {
        key.push(Val::Str(Text::Borrowed("")).rank());
        bytes(text, key);
        return true;
    }
    let Ok(Some(int)) = value.as_i64() else {
        return false;
    };
    key.push(Val::Int(int).rank());
    whole(int, key);
    true
}

/// Appends the key of a value; a missing one has that of null.
pub(crate) fn write(value: &Val<'_>, key: &mut Vec<u8>) -> Result<(), Refusal> {
    write_at(value, key, 0)
}

fn write_at(value: &Val<'_>, key: &mut Vec<u8>, depth: usize) -> Result<(), Refusal> {
    if depth > MAX_NESTING {
        return Err(Refusal::new(format!(
            "a value nests deeper than {MAX_NESTING} levels"
        )));
    }
    key.push(value.rank());
    match value {
        Val::Missing | Val::Null => {
            key.pop();
            key.push(Val::Null.rank());
        }
        Val::MinKey | Val::MaxKey => {}
        Val::Bool(bool) => key.push(u8::from(*bool)),
        Val::Int(int) => whole(*int, key),
        Val::Double(_) | Val::Decimal(_) => number(value, key),
        Val::Str(text) | Val::Code(text) => bytes(text.as_bytes(), key),
        Val::Document(document) => {
            for field in document.iter() {
                let (name, value) = field?;
                key.push(1);
                bytes(name.as_bytes(), key);
                write_at(&value, key, depth + 1)?;
            }
            key.push(0);
        }
        Val::Array(items) => {
            for item in items.iter() {
                key.push(1);
                write_at(&item?, key, depth + 1)?;
            }
            key.push(0);
        }
        Val::Binary(text, subtype) => {
            key.push(*subtype);
            bytes(text.as_bytes(), key);
        }
        Val::Uuid(id) => key.extend_from_slice(id),
        Val::ObjectId(id) => key.extend_from_slice(id),
        Val::Date(date) => key.extend_from_slice(&date.ms.to_le_bytes()),
        Val::Timestamp(seconds, counter) => {
            key.extend_from_slice(&seconds.to_le_bytes());
            key.extend_from_slice(&counter.to_le_bytes());
        }
        Val::Regex(pattern, options) => {
            bytes(pattern.as_bytes(), key);
            bytes(options.as_bytes(), key);
        }
    }
    Ok(())
}

fn bytes(content: &[u8], key: &mut Vec<u8>) {
    key.extend_from_slice(&content.len().to_le_bytes());
    key.extend_from_slice(content);
}

fn whole(int: i64, key: &mut Vec<u8>) {
    key.push(0);
    key.extend_from_slice(&int.to_le_bytes());
}

/// A number that is not stored as a whole one, by the simplest type that has its value.
fn number(value: &Val<'_>, key: &mut Vec<u8>) {
    if let Some(int) = value.as_i64() {
        return whole(int, key);
    }
    let double = value.as_f64().unwrap_or(f64::NAN);
    match value {
        Val::Decimal(text) if !equal(value, &Val::Double(double)) => {
            key.push(2);
            bytes(plain(text).as_bytes(), key);
        }
        _ => {
            key.push(1);
            let double = if double.is_nan() { f64::NAN } else { double };
            key.extend_from_slice(&double.to_bits().to_le_bytes());
        }
    }
}

/// A decimal's digits and exponent without the zeros at their end, which do not change its value.
fn plain(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let negative = whole.starts_with('-');
    let digits: String = whole
        .chars()
        .chain(fraction.chars())
        .filter(char::is_ascii_digit)
        .collect();
    let trimmed = digits.trim_end_matches('0');
    let zeros = i64::try_from(digits.len() - trimmed.len()).unwrap_or_default();
    let scale = i64::try_from(fraction.len()).unwrap_or_default();
    let exponent = exponent.parse::<i64>().unwrap_or_default() - scale + zeros;
    format!(
        "{}{}e{exponent}",
        if negative { "-" } else { "" },
        trimmed.trim_start_matches('0')
    )
}

#[cfg(test)]
mod tests {
    use jsonb::{Jsonb, Limits};

    use super::*;

    #[test]
    fn a_stored_value_has_the_key_of_what_it_stands_for() {
        for (text, told) in [
            (r#""""#, true),
            (r#""Grüße""#, true),
            ("0", true),
            ("-0", true),
            ("-17", true),
            ("999999999999999999", true),
            ("-9223372036854775808", true),
            ("9223372036854775807", true),
            ("1.0", false),
            (r#""a\"b""#, false),
            ("null", false),
            ("true", false),
            ("[1]", false),
            ("{}", false),
            (r#"{"$numberLong":"1"}"#, false),
        ] {
            let body = Jsonb::parse(text.as_bytes(), &Limits::default()).expect("it is JSON");
            let (mut stored, mut read) = (Vec::new(), Vec::new());
            assert_eq!(write_stored(body.root(), &mut stored), told, "{text}");
            let value = Val::of(body.root()).expect("the body is sound");
            write(&value, &mut read).expect("it is flat");
            assert_eq!(stored, if told { read } else { Vec::new() }, "{text}");
        }
    }
}
