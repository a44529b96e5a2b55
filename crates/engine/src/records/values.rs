//! Values by themselves: small ones built, dates of now, and what a field's stored value is compared by.

use app::{Field, FieldType};
use jiff::tz::TimeZone;
use jsonb::{Damaged, Jsonb, Value};
use model::Timestamp;

/// Now, as a value of this type; none for types that are no dates.
pub(super) fn now(kind: &FieldType, now: Timestamp, zone: &TimeZone) -> Option<Jsonb> {
    let form = match kind {
        FieldType::DateTime(_) | FieldType::RecordCreated | FieldType::RecordModified => {
            return Some(integer(now.0));
        }
        FieldType::Date(_) => "%Y-%m-%d",
        FieldType::DateTimeNoTimezone(_) => "%Y-%m-%d %H:%M",
        FieldType::YearMonth(_) => "%Y-%m",
        FieldType::MonthDay(_) => "%m-%d",
        FieldType::Time(_) => "%H:%M",
        _ => return None,
    };
    let now = jiff::Timestamp::from_millisecond(now.0).ok()?;
    Some(text(&now.to_zoned(zone.clone()).strftime(form).to_string()))
}

/// One stored value, or each of a list, by its shadow. `stored` came from this server, so what cannot be read has none.
pub(super) fn shadow_of(field: &Field, stored: &Jsonb) -> Result<Option<Jsonb>, Damaged> {
    if !app::values::shadow(&field.kind) {
        return Ok(None);
    }
    let one = |value: Value<'_>| app::values::read(field, value).ok().flatten()?.shadow;
    if !field.many {
        return Ok(one(stored.root()));
    }
    let mut list = jsonb::array();
    for element in stored.root().elements() {
        if let Some(shadow) = one(element?) {
            list = list.item_body(&shadow);
        }
    }
    Ok(Some(list.finish()))
}

/// The only element of a list, by itself.
fn only(list: &Jsonb) -> Jsonb {
    match list.root().elements().next() {
        Some(Ok(value)) => copy(value),
        _ => list.clone(),
    }
}

/// A value by itself.
pub(super) fn copy(value: Value<'_>) -> Jsonb {
    Jsonb::from_stored(value.as_bytes().to_vec())
}

/// True or false by itself.
pub(super) fn boolean(value: bool) -> Jsonb {
    only(&jsonb::array().item_bool(value).finish())
}

/// A whole number by itself.
pub(super) fn integer(value: i64) -> Jsonb {
    only(&jsonb::array().item_i64(value).finish())
}

/// A text by itself.
pub(super) fn text(text: &str) -> Jsonb {
    only(&jsonb::array().item_str(text).finish())
}
