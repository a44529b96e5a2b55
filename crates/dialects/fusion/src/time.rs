//! Times: printed in the configured zone with milliseconds and offset, read with any offset or none.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use model::{Error, Timestamp};

const NANOS_PER_MILLI: i128 = 1_000_000;

/// `2016-05-30T14:55:57.316+10:00`.
pub(crate) fn show(time: Timestamp, zone: &TimeZone) -> String {
    let zoned = time.to_zoned().with_time_zone(zone.clone());
    zoned.strftime("%Y-%m-%dT%H:%M:%S.%3f%:z").to_string()
}

/// To which side a time between two milliseconds goes.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    /// The time is the first one that counts.
    From,
    /// The time is the last one that counts.
    To,
}

/// Reads the parameter `name`, if it is given.
pub(crate) fn read(name: &str, text: Option<&str>, bound: Bound) -> Result<Option<Timestamp>, Error> {
    let Some(text) = text else { return Ok(None) };
    let nanos = instant(text).ok_or_else(|| {
        let given: String = text.chars().take(64).collect();
        let message = format!("{name}: expected a time like 2016-05-30T05:13:26Z, got {given:?}");
        Error::bad_value(name, message)
    })?;
    let floor = nanos.div_euclid(NANOS_PER_MILLI);
    let millis = match bound {
        Bound::From if nanos.rem_euclid(NANOS_PER_MILLI) > 0 => floor + 1,
        Bound::From | Bound::To => floor,
    };
    Ok(i64::try_from(millis).ok().map(Timestamp))
}

/// Nanoseconds since the epoch. A time without offset is in UTC. A `+` that was not escaped in the address has become a
/// space and is read as what it was.
fn instant(text: &str) -> Option<i128> {
    let repaired = match text.rsplit_once(' ') {
        Some((time, offset)) if time.contains(['T', 't']) => format!("{time}+{offset}"),
        _ => text.to_owned(),
    };
    if let Ok(instant) = repaired.parse::<jiff::Timestamp>() {
        return Some(instant.as_nanosecond());
    }
    // This parser would pass over an offset that the one before could not read.
    let has_offset = |text: &str| {
        text.get(10..)
            .is_some_and(|time| time.contains(['+', '-', 'Z', 'z', '[']))
    };
    if has_offset(&repaired) {
        return None;
    }
    let civil = repaired.parse::<DateTime>().ok()?;
    let zoned = civil.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_nanosecond())
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use model::Timestamp;

    use super::{Bound, read, show};

    const START: Timestamp = Timestamp(1_464_584_157_316);

    #[test]
    fn times_are_shown_with_the_offset_of_the_zone() {
        let sydney = TimeZone::get("Australia/Sydney").unwrap();
        assert_eq!(show(START, &sydney), "2016-05-30T14:55:57.316+10:00");
        assert_eq!(show(START, &TimeZone::UTC), "2016-05-30T04:55:57.316+00:00");
        // Summer time in January.
        let summer = START.plus_millis(-150 * 86_400_000);
        assert_eq!(show(summer, &sydney), "2016-01-01T15:55:57.316+11:00");
    }

    #[test]
    fn every_spelling_of_an_instant_is_read() {
        for text in [
            "2016-05-30T04:55:57.316Z",
            "2016-05-30T14:55:57.316+10:00",
            "2016-05-30T14:55:57.316 10:00",
            "2016-05-30T14:55:57.316+1000",
            "2016-05-29T19:55:57.316-09:00",
            "2016-05-30T04:55:57.316",
            "2016-05-30 04:55:57.316",
        ] {
            assert_eq!(read("t", Some(text), Bound::From), Ok(Some(START)), "{text}");
        }
        let midnight = read("t", Some("2016-05-30"), Bound::From).unwrap();
        assert_eq!(midnight.unwrap().to_string(), "2016-05-30T00:00:00.000Z");
        assert_eq!(read("t", None, Bound::From), Ok(None));
    }

    #[test]
    fn what_lies_between_two_milliseconds_is_on_the_right_side() {
        let text = Some("2016-05-30T04:55:57.3165Z");
        assert_eq!(read("t", text, Bound::From), Ok(Some(START.plus_millis(1))));
        assert_eq!(read("t", text, Bound::To), Ok(Some(START)));
    }

    #[test]
    fn what_is_no_time_is_refused_by_name() {
        for text in [
            "yesterday",
            "",
            "2016-13-01T00:00:00Z",
            "2016-05-30T04:55:57+99:00",
            "2016-05-30T25:00:00Z",
            "1464584157",
        ] {
            let error = read("created_time_from", Some(text), Bound::From).unwrap_err();
            assert_eq!(error.field(), Some("created_time_from"), "{text}");
        }
    }
}
