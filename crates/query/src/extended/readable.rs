//! Whether clients can read a value back.
//!
//! The clients decode every object of an answer; one that they cannot decode makes the whole answer, and so every list it
//! is in, useless to them. What follows is what Python's `bson` and `pytz` do not take, where MongoDB's own forms allow it.

use std::sync::LazyLock;

use jiff::tz::TimeZoneDatabase;
use jsonb::{Kind, Value};

use crate::Refusal;
use crate::val::{Date, Val, Zone};

/// The first and last milliseconds of the years 1 to 9999.
const YEARS: (i64, i64) = (-62_135_596_800_000, 253_402_300_799_999);
/// Clients go a day to either side of a date to find out which of a zone's offsets holds.
const MARGIN: i64 = 2 * 86_400_000;
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Refuses a scalar that clients cannot read back.
pub(super) fn check(scalar: &Val<'_>) -> Result<(), Refusal> {
    match scalar {
        Val::Date(Date { ms, zone }) => check_date(*ms, zone),
        _ => Ok(()),
    }
}

fn check_date(ms: i64, zone: &Zone<'_>) -> Result<(), Refusal> {
    let name = match zone {
        Zone::Stored(wrapper) => wrapper.get("$zone")?.map(Value::as_str).transpose()?.flatten(),
        _ => None,
    };
    if let Some(name) = &name
        && ZONES.get(name).is_err()
    {
        return Err(Refusal::new(format!(
            "no time zone is called {:?}",
            crate::cut(name)
        )));
    }
    let margin = if name.is_some() { MARGIN } else { 0 };
    if (YEARS.0 + margin..=YEARS.1 - margin).contains(&ms) {
        return Ok(());
    }
    Err(Refusal::new(format!(
        "a date must be of the years 1 to 9999, got {ms} ms since 1970"
    )))
}

/// Refuses a document that clients take for a pattern or a reference, but cannot read as one.
pub(super) fn check_document(object: Value<'_>) -> Result<(), Refusal> {
    if object.get("$regex")?.is_some() {
        return Err(super::mistaken("$regex", object));
    }
    match object.get("$ref")? {
        Some(collection) if is_reference(object)? && !is_whole(collection, object)? => {
            Err(super::mistaken("$ref", object))
        }
        _ => Ok(()),
    }
}

/// Whether a client takes an object with `$ref` for a database reference: it has no other key with a dollar.
fn is_reference(object: Value<'_>) -> Result<bool, Refusal> {
    for entry in object.entries() {
        let (key, _) = entry?;
        if key.starts_with('$') && !matches!(&*key, "$ref" | "$id" | "$db") {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a database reference is one that clients can make: they call their parts by names, which must not occur twice.
fn is_whole(collection: Value<'_>, object: Value<'_>) -> Result<bool, Refusal> {
    let database = object.get("$db")?.map(Value::kind);
    let mut own = ["collection", "id", "database", "_extra", "self"].into_iter();
    let twice = own.try_fold(false, |found, key| {
        Ok::<_, Refusal>(found || object.get(key)?.is_some())
    })?;
    Ok(collection.kind() == Kind::Text
        && matches!(database, None | Some(Kind::Text | Kind::Null))
        && object.get("$id")?.is_some()
        && !twice)
}
