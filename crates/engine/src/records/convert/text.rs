//! Values on their way from one type to another: as text, and read again.
//!
//! The text is that of CSV, which every type writes and reads without loss, with two differences: a percentage is the
//! fraction that it is, and what was a date or a time is read by any type of date or time, in the app's zone.

use app::values::{from_csv, to_csv};
use app::{Field, FieldType};
use jiff::civil;
use jiff::tz::TimeZone;
use jsonb::{Damaged, Jsonb, Limits, Value};
use model::Timestamp;

use super::super::values;

/// A stored value as text.
pub(super) fn of(field: &Field, value: Value<'_>) -> Result<String, Damaged> {
    match &field.kind {
        FieldType::Percentage(_) => value.to_text(),
        _ => to_csv(field, value),
    }
}

/// The value of a field that a text stands for; none when it stands for none that the field may have.
pub(super) fn read(field: &Field, text: &str, zone: &TimeZone) -> Option<Jsonb> {
    let scalar = match &field.kind {
        FieldType::Percentage(_) => {
            let number = Jsonb::parse(text.trim().as_bytes(), &Limits::default()).ok()?;
            app::values::read(field, number.root())
        }
        _ => from_csv(field, text),
    };
    if let Ok(Some(scalar)) = scalar {
        return Some(scalar.stored);
    }
    let moment = values::now(&field.kind, moment(text.trim(), zone)?, zone)?;
    let read = app::values::read(field, moment.root()).ok()??;
    Some(read.stored)
}

/// The point in time that a text names: with a zone, or a date with or without time in this one.
fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp(instant.as_millisecond()));
    }
    let there = text.parse::<civil::DateTime>().ok()?;
    let instant = there.to_zoned(zone.clone()).ok()?;
    Some(Timestamp(instant.timestamp().as_millisecond()))
}
