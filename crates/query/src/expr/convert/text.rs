//! Conversion to strings.

use model::hex;

use super::{Kind, unsupported};
use crate::expr::date::{format, zone};
use crate::{Refusal, Val};

/// `$toString`.
pub(super) fn text<'a>(value: &Val<'a>) -> Result<Val<'a>, Refusal> {
    match value {
        Val::Str(_) => Ok(value.clone()),
        other => match shown(other)? {
            Some(text) => Ok(Val::str(text)),
            None => Err(unsupported(other, Kind::Str)),
        },
    }
}

/// How a scalar is written as a string; none for what has no such form.
pub(crate) fn shown(value: &Val<'_>) -> Result<Option<String>, Refusal> {
    Ok(Some(match value {
        Val::Str(text) | Val::Decimal(text) | Val::Binary(text, _) | Val::Code(text) => text.to_string(),
        Val::Bool(bool) => bool.to_string(),
        Val::Int(int) => int.to_string(),
        Val::Double(double) => double_text(*double),
        Val::Date(date) => date_text(date.ms)?,
        Val::ObjectId(bytes) => hex::encode(bytes),
        Val::Uuid(bytes) => dashed(&hex::encode(bytes)),
        _ => return Ok(None),
    }))
}

fn double_text(double: f64) -> String {
    let size = double.abs();
    if double.is_nan() {
        "NaN".to_owned()
    } else if double.is_infinite() {
        if double > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{double:e}");
        if text.contains("e-") {
            text
        } else {
            text.replace('e', "e+")
        }
    } else {
        format!("{double}")
    }
}

fn date_text(ms: i64) -> Result<String, Refusal> {
    let at = zone::zoned(ms, &jiff::tz::TimeZone::UTC).map_err(Refusal::new)?;
    format::print(&at, "%Y-%m-%dT%H:%M:%S.%LZ").map_err(Refusal::new)
}

fn dashed(hex: &str) -> String {
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| hex.get(range).unwrap_or_default());
    parts.join("-")
}
