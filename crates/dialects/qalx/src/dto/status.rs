//! What a bot or a worker says of itself: a message, and when it said so.

use jsonb::{Jsonb, Kind, Value};
use model::{Error, Timestamp};

use super::wrong_kind;

/// The stored form of a sent status.
pub(crate) fn stored(field: &str, sent: Value<'_>, now: Timestamp) -> Result<Jsonb, Error> {
    if sent.kind() == Kind::Null {
        return Ok(Jsonb::from_stored(sent.as_bytes().to_vec()));
    }
    if sent.kind() != Kind::Object {
        return Err(wrong_kind(field, "an object or null", sent));
    }
    let message = super::text(sent, &format!("{field}.message"))?.unwrap_or_default();
    let modified = jsonb::object()
        .field_i64("$date", now.0)
        .field_str("$zone", "UTC")
        .field_null("$offset")
        .finish();
    Ok(jsonb::object()
        .field_str("message", &message)
        .field_body("modified", &modified)
        .finish())
}
