//! Reading the forms of extended JSON.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonb::{Kind, Value};
use model::hex;

use crate::Refusal;
use crate::val::{Date, Text, Val, Zone, is_decimal};

/// Keys that make an object a scalar; with anything but the right value beside them it is a mistake.
pub(crate) const NAMES: [&str; 16] = [
    "$uuid",
    "$date",
    "$oid",
    "$binary",
    "$timestamp",
    "$numberLong",
    "$numberInt",
    "$numberDouble",
    "$numberDecimal",
    "$minKey",
    "$maxKey",
    "$undefined",
    "$symbol",
    "$code",
    "$regularExpression",
    "$dbPointer",
];

type Entry<'a> = (Cow<'a, str>, Value<'a>);
type Texts<'a> = (Cow<'a, str>, Option<Cow<'a, str>>);
type Read<'a> = Result<Option<Val<'a>>, Refusal>;

/// The scalar that an object stands for; none when it is a document.
pub(crate) fn scalar(object: Value<'_>) -> Read<'_> {
    let mut entries = object.entries();
    let Some(first) = entries.next().transpose()? else {
        return Ok(None);
    };
    if !first.0.starts_with('$') {
        return Ok(None);
    }
    let second = entries.next().transpose()?;
    let third = entries.next().transpose()?;
    if entries.next().is_some() {
        return Ok(None);
    }
    match (second, third) {
        (None, _) => single(&first.0, first.1),
        (Some(second), None) => pair(first, second),
        (Some(_), Some(_)) => zoned_date(object),
    }
}

fn single<'a>(name: &str, value: Value<'a>) -> Read<'a> {
    Ok(match name {
        "$uuid" => text(value)?.and_then(|text| uuid(&text)).map(Val::Uuid),
        "$oid" => text(value)?
            .and_then(|text| hex::decode(&text))
            .map(Val::ObjectId),
        "$date" => millis(value)?.map(Val::date),
        "$numberLong" => text(value)?.and_then(|text| text.parse().ok()).map(Val::Int),
        "$numberInt" => text(value)?
            .and_then(|text| text.parse().ok())
            .map(|int: i32| Val::Int(int.into())),
        "$numberDouble" => text(value)?.and_then(|text| double(&text)).map(Val::Double),
        "$numberDecimal" => text(value)?
            .filter(|text| is_decimal(text))
            .map(|text| Val::Decimal(text.into())),
        "$timestamp" => timestamp(value)?,
        "$minKey" => one(value)?.then_some(Val::MinKey),
        "$maxKey" => one(value)?.then_some(Val::MaxKey),
        "$undefined" => value.as_bool()?.filter(|&is| is).map(|_| Val::Null),
        "$symbol" => text(value)?.map(|text| Val::Str(text.into())),
        "$code" => text(value)?.map(|text| Val::Code(text.into())),
        "$regex" => text(value)?.map(|text| Val::Regex(text.into(), "".into())),
        "$regularExpression" => {
            nested(value, "pattern", "options")?.and_then(|(pattern, options)| Some(regex(pattern, options?)))
        }
        "$binary" => match nested(value, "base64", "subType")? {
            Some((bytes, Some(subtype))) => binary(bytes, &subtype),
            _ => None,
        },
        _ => None,
    })
}

fn pair<'a>(first: Entry<'a>, second: Entry<'a>) -> Read<'a> {
    let (first, second) = if first.0 > second.0 {
        (second, first)
    } else {
        (first, second)
    };
    Ok(match (&*first.0, &*second.0) {
        ("$options", "$regex") => match (text(second.1)?, text(first.1)?) {
            (Some(pattern), Some(options)) => Some(regex(pattern, options)),
            _ => None,
        },
        ("$binary", "$type") => match (text(first.1)?, subtype_text(second.1)?) {
            (Some(bytes), Some(subtype)) => binary(bytes, &subtype),
            _ => None,
        },
        _ => None,
    })
}

fn zoned_date(object: Value<'_>) -> Read<'_> {
    let (Some(ms), Some(zone), Some(offset)) =
        (object.get("$date")?, object.get("$zone")?, object.get("$offset")?)
    else {
        return Ok(None);
    };
    let Some(ms) = millis(ms)? else {
        return Ok(None);
    };
    let plain = offset.kind() == Kind::Null;
    let zone = match zone.kind() {
        Kind::Null if plain => Zone::Naive,
        Kind::Text if plain && zone.as_str()?.as_deref() == Some("UTC") => Zone::Utc,
        Kind::Null | Kind::Text if plain || is_offset(offset)? => Zone::Stored(object),
        _ => return Ok(None),
    };
    Ok(Some(Val::Date(Date { ms, zone })))
}

/// `{"total_seconds": number}`, as the client writes a time zone's distance.
fn is_offset(offset: Value<'_>) -> Result<bool, Refusal> {
    let seconds = offset
        .get("total_seconds")?
        .map(Value::as_f64)
        .transpose()?
        .flatten();
    Ok(offset.len()? == 1 && seconds.is_some_and(|seconds| seconds.abs() < 86_400.0))
}

/// Milliseconds from a number, `{"$numberLong": …}` or an ISO 8601 text.
fn millis(value: Value<'_>) -> Result<Option<i64>, Refusal> {
    Ok(match value.kind() {
        Kind::Int => value.as_i64()?,
        Kind::Text => text(value)?.and_then(|text| iso_millis(&text)),
        Kind::Object if value.len()? == 1 => match value.get("$numberLong")? {
            Some(inner) => text(inner)?.and_then(|text| text.parse().ok()),
            None => None,
        },
        _ => None,
    })
}

/// Milliseconds of an ISO 8601 text; UTC when it names no zone.
pub(crate) fn iso_millis(text: &str) -> Option<i64> {
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(instant.as_millisecond());
    }
    let local: jiff::civil::DateTime = text.parse().ok()?;
    let instant = local.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(instant.timestamp().as_millisecond())
}

fn timestamp(value: Value<'_>) -> Read<'_> {
    let part = |name| -> Result<Option<u32>, Refusal> {
        let part = value.get(name)?.map(Value::as_i64).transpose()?.flatten();
        Ok(part.and_then(|part| u32::try_from(part).ok()))
    };
    Ok(match (part("t")?, part("i")?) {
        (Some(seconds), Some(counter)) if value.len()? == 2 => Some(Val::Timestamp(seconds, counter)),
        _ => None,
    })
}

/// The two texts of a wrapper's inner object, if those are its only fields.
fn nested<'a>(value: Value<'a>, first: &str, second: &str) -> Result<Option<Texts<'a>>, Refusal> {
    if value.kind() != Kind::Object || value.len()? != 2 {
        return Ok(None);
    }
    let read = |key| Ok::<_, Refusal>(value.get(key)?.map(text).transpose()?.flatten());
    let second = read(second)?;
    Ok(read(first)?.map(|first| (first, second)))
}

fn text(value: Value<'_>) -> Result<Option<Cow<'_, str>>, Refusal> {
    Ok(value.as_str()?)
}

/// A subtype in the legacy form: hexadecimal text, or a number from old shells.
fn subtype_text(value: Value<'_>) -> Result<Option<Cow<'_, str>>, Refusal> {
    Ok(match value.as_i64()? {
        Some(number @ 0..=255) => Some(Cow::Owned(format!("{number:02x}"))),
        _ => text(value)?,
    })
}

fn one(value: Value<'_>) -> Result<bool, Refusal> {
    Ok(value.as_i64()? == Some(1))
}

fn regex<'a>(pattern: Cow<'a, str>, options: Cow<'a, str>) -> Val<'a> {
    Val::Regex(pattern.into(), options.into())
}

/// Bytes; those of a UUID, in either of its two subtypes, are a UUID.
fn binary<'a>(base64: Cow<'a, str>, subtype: &str) -> Option<Val<'a>> {
    let subtype = u8::from_str_radix(subtype, 16).ok()?;
    let bytes = STANDARD.decode(base64.as_bytes()).ok()?;
    match (subtype, <[u8; 16]>::try_from(bytes)) {
        (3 | 4, uuid) => uuid.ok().map(Val::Uuid),
        _ => Some(Val::Binary(Text::from(base64), subtype)),
    }
}

fn double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ if text.len() <= 400 => text.parse().ok().filter(|float: &f64| float.is_finite()),
        _ => None,
    }
}

/// A UUID from 32 hexadecimal digits, with dashes in their places or without.
pub(crate) fn uuid(text: &str) -> Option<[u8; 16]> {
    if text.len() == 32 {
        return hex::decode(text);
    }
    let dashed = text.len() == 36
        && [8, 13, 18, 23]
            .iter()
            .all(|&at| text.as_bytes().get(at) == Some(&b'-'));
    let digits: String = text.chars().filter(|&char| char != '-').collect();
    if dashed { hex::decode(&digits) } else { None }
}

/// The bytes of a binary value that was read before.
pub(crate) fn bytes(base64: &str) -> Vec<u8> {
    STANDARD.decode(base64).unwrap_or_default()
}
