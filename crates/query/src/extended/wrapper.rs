//! Writing a scalar in the one form that is stored.

use jsonb::{Jsonb, Value};
use model::hex;

use crate::Refusal;
use crate::val::{Date, Val, Zone};

/// The object that stands for a scalar which JSON does not have; an empty object for what JSON has.
pub(crate) fn wrapper(scalar: &Val<'_>) -> Result<Jsonb, Refusal> {
    let out = jsonb::object();
    Ok(match scalar {
        Val::MinKey => out.field_i64("$minKey", 1),
        Val::MaxKey => out.field_i64("$maxKey", 1),
        Val::Double(float) => out.field_str("$numberDouble", spelled(*float)),
        Val::Decimal(text) => out.field_str("$numberDecimal", text),
        Val::Uuid(bytes) => out.field_str("$uuid", &hex::encode(bytes)),
        Val::ObjectId(bytes) => out.field_str("$oid", &hex::encode(bytes)),
        Val::Binary(base64, subtype) => out
            .field_str("$binary", base64)
            .field_str("$type", &format!("{subtype:02x}")),
        Val::Timestamp(seconds, counter) => {
            let inner = jsonb::object()
                .field_i64("t", (*seconds).into())
                .field_i64("i", (*counter).into());
            out.field_body("$timestamp", &inner.finish())
        }
        Val::Regex(pattern, options) => out.field_str("$regex", pattern).field_str("$options", options),
        Val::Code(text) => out.field_str("$code", text),
        Val::Date(date) => return written(date),
        _ => out,
    }
    .finish())
}

fn written(date: &Date<'_>) -> Result<Jsonb, Refusal> {
    let out = jsonb::object().field_i64("$date", date.ms);
    let zoned = |wrapper: Value<'_>| -> Result<Jsonb, Refusal> {
        let mut out = jsonb::object().field_i64("$date", date.ms);
        for key in ["$zone", "$offset"] {
            out = match wrapper.get(key)? {
                Some(value) => out.field_raw(key, value),
                None => out.field_null(key),
            };
        }
        Ok(out.finish())
    };
    Ok(match &date.zone {
        Zone::Utc => out.field_str("$zone", "UTC").field_null("$offset").finish(),
        Zone::Naive => out.field_null("$zone").field_null("$offset").finish(),
        Zone::Stored(wrapper) => zoned(*wrapper)?,
        Zone::Shared(wrapper) => zoned(wrapper.root())?,
    })
}

fn spelled(float: f64) -> &'static str {
    if float.is_nan() {
        "NaN"
    } else if float > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}
