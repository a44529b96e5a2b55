//! Blueprints carry a JSON Schema: here it is held against the meta-schema of its draft.
//!
//! The clients validate with it; a schema that no client could use is refused when it is stored. Nothing is fetched: a
//! reference to somewhere else is allowed to stand, and is the client's to resolve.

use jsonb::Value;
use model::Error;

use super::shape::short;

/// Refuses what is no JSON Schema, naming the place.
pub(super) fn check(field: &str, value: Value<'_>) -> Result<(), Error> {
    let text = value.to_text().map_err(Error::internal)?;
    let schema: serde_json::Value = serde_json::from_str(&text).map_err(Error::internal)?;
    let Err(error) = jsonschema::meta::validate(&schema) else {
        return Ok(());
    };
    let place: String = error.instance_path().to_string().replace('/', ".");
    let place = format!("{field}{place}");
    let message = format!(
        "the {place} field is no valid JSON Schema: {}",
        short(&error.to_string())
    );
    Err(Error::bad_value(place, message))
}
