//! Time zones as MongoDB names them, and instants seen in them.
//!
//! A zone is an Olson name (`Europe/London`), `UTC`, `GMT`, `Z`, or an offset (`+02`, `+0200`, `+02:00`). The
//! zone database is compiled in, so a server without one answers the same.

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// The zone a text names.
pub(crate) fn zone(text: &str) -> Result<TimeZone, String> {
    if matches!(text, "UTC" | "GMT" | "Z") {
        return Ok(TimeZone::UTC);
    }
    let found = match text.as_bytes().first() {
        Some(b'+' | b'-') => offset(text).map(TimeZone::fixed),
        _ => TimeZone::get(text).ok(),
    };
    found.ok_or_else(|| format!("`{}` is not a time zone", clip(text)))
}

/// An offset from UTC spelled `+hh`, `+hhmm` or `+hh:mm`.
pub(crate) fn offset(text: &str) -> Option<Offset> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = text.get(1..)?;
    let (hours, minutes) = match (digits.len(), digits.as_bytes().get(2)) {
        (2, _) => (digits, "0"),
        (4, _) => (digits.get(..2)?, digits.get(2..)?),
        (5, Some(b':')) => (digits.get(..2)?, digits.get(3..)?),
        _ => return None,
    };
    let whole = |part: &str| -> Option<i32> {
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse().ok())?
    };
    let (hours, minutes) = (whole(hours)?, whole(minutes)?);
    if minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// An instant on the calendar of a zone.
pub(crate) fn zoned(ms: i64, zone: &TimeZone) -> Result<Zoned, String> {
    Timestamp::from_millisecond(ms)
        .map(|instant| instant.to_zoned(zone.clone()))
        .map_err(|_| format!("the date {ms} ms is outside of the years -9999 to 9999"))
}

/// Text for a message: whole when short.
pub(crate) fn clip(text: &str) -> &str {
    text.get(..text.floor_char_boundary(64)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_offsets() {
        for (text, seconds) in [("+02", 7200), ("-0530", -19800), ("+05:45", 20700), ("+00", 0)] {
            assert_eq!(offset(text).map(Offset::seconds), Some(seconds), "{text}");
        }
        for text in ["", "+", "+2", "02", "+02:0", "+0260", "+é1", "+99", "+ 2", "-+1"] {
            assert!(offset(text).is_none(), "{text}");
        }
        assert!(zone("America/New_York").is_ok());
        assert!(zone("Mars/Olympus").unwrap_err().contains("Mars/Olympus"));
    }
}
