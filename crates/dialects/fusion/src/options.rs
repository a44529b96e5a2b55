//! The `[fusion]` section of the configuration.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Settings of the dialect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The zone in which times are shown: a name like `Australia/Sydney`, or an offset like `+10:00`.
    #[serde(with = "zone")]
    pub timezone: TimeZone,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timezone: TimeZone::UTC,
        }
    }
}

/// A zone as its name, or as its offset if it has none.
mod zone {
    use jiff::fmt::temporal::{DateTimeParser, DateTimePrinter};
    use jiff::tz::TimeZone;
    use serde::{Deserialize, Deserializer, Serializer, de, ser};

    pub(super) fn serialize<S: Serializer>(zone: &TimeZone, serializer: S) -> Result<S::Ok, S::Error> {
        let mut name = String::new();
        DateTimePrinter::new()
            .print_time_zone(zone, &mut name)
            .map_err(ser::Error::custom)?;
        serializer.serialize_str(&name)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeZone, D::Error> {
        let name = String::deserialize(deserializer)?;
        let parsed = DateTimeParser::new().parse_time_zone(&name);
        parsed.map_err(|_| {
            let expected = "expected a name like Australia/Sydney or an offset like +10:00";
            de::Error::custom(format!("unknown time zone {name:?}: {expected}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn zones_are_names_or_offsets() {
        for name in ["UTC", "Australia/Sydney", "+10:00", "-03:30"] {
            let text = format!(r#"{{"timezone": "{name}"}}"#);
            let options: Options = serde_json::from_str(&text).unwrap();
            let again = serde_json::to_string(&options).unwrap();
            assert_eq!(
                serde_json::from_str::<Options>(&again).unwrap(),
                options,
                "{name}"
            );
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
