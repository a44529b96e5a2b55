//! The `[fusion]` section of the configuration.

use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Settings of the dialect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The zone in which times are shown: a name like `Australia/Sydney`, or an offset like `+10:00`.
    #[serde(deserialize_with = "zone", serialize_with = "name")]
    pub timezone: TimeZone,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timezone: TimeZone::UTC,
        }
    }
}

fn zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeZone, D::Error> {
    let name = String::deserialize(deserializer)?;
    let parsed = DateTimeParser::new().parse_time_zone(&name);
    parsed.map_err(|_| de::Error::custom(format!("unknown time zone {name:?}")))
}

fn name<S: Serializer>(zone: &TimeZone, serializer: S) -> Result<S::Ok, S::Error> {
    match (zone.iana_name(), zone.to_fixed_offset()) {
        (Some(name), _) => serializer.serialize_str(name),
        (None, Ok(offset)) => serializer.collect_str(&offset),
        (None, Err(_)) => serializer.serialize_str("UTC"),
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn zones_are_names_or_offsets() {
        for name in ["UTC", "Australia/Sydney", "+10:00", "-03:30"] {
            let text = format!(r#"{{"timezone": "{name}"}}"#);
            assert!(serde_json::from_str::<Options>(&text).is_ok(), "{name}");
        }
        for bad in [
            r#"{"timezone": "Mars/Base"}"#,
            r#"{"timezone": ""}"#,
            r#"{"zone": "UTC"}"#,
        ] {
            assert!(serde_json::from_str::<Options>(bad).is_err(), "{bad}");
        }
    }
}
