//! Spans of time in words: `3h 30m` for the last three and a half hours, `today`, `yesterday`.

use jiff::tz::TimeZone;
use jiff::{Span, ToSpan, Zoned};
use model::{Error, Timestamp};

/// A span of time that ends now, or with a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// The last so many milliseconds.
    Last(i64),
    /// Since midnight.
    Today,
    /// The day before.
    Yesterday,
}

impl Period {
    /// Reads `today`, `yesterday`, or numbers with a unit: `d`, `h`, `m`, `s`.
    ///
    /// # Errors
    /// `bad-value` of `period`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let wrong = || {
            let message = format!("expected today, yesterday or a duration such as 3h 30m, got {text:?}");
            Error::bad_value("period", message)
        };
        match words.as_slice() {
            [] => Err(wrong()),
            ["today"] => Ok(Self::Today),
            ["yesterday"] => Ok(Self::Yesterday),
            words => duration(&words.concat()).map(Self::Last).ok_or_else(wrong),
        }
    }

    /// Its first and its last moment; the last one is open for periods that go on.
    pub(super) fn bounds(self, now: Timestamp, zone: &TimeZone) -> (Timestamp, Option<Timestamp>) {
        let midnight = |span: Span| {
            let local = now.to_zoned().with_time_zone(zone.clone());
            let day = local.checked_add(span).and_then(|day| day.start_of_day());
            let day = day.map(|day: Zoned| Timestamp(day.timestamp().as_millisecond()));
            // Only at the ends of the calendar.
            day.unwrap_or(now)
        };
        match self {
            Self::Last(millis) => (now.plus_millis(-millis), None),
            Self::Today => (midnight(0.days()), None),
            Self::Yesterday => {
                let end = midnight(0.days()).plus_millis(-1);
                (midnight((-1).days()), Some(end))
            }
        }
    }
}

/// The milliseconds of `3h30m`.
fn duration(text: &str) -> Option<i64> {
    let (mut rest, mut total) = (text, 0_i64);
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = rest.split_at(digits);
        let millis = match unit.as_bytes().first()? {
            b'd' => 86_400_000,
            b'h' => 3_600_000,
            b'm' => 60_000,
            b's' => 1000,
            _ => return None,
        };
        total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(millis)?)?;
        rest = &unit[1..];
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use model::Timestamp;

    use super::Period;

    #[test]
    fn durations_are_summed() {
        let millis = |text: &str| match Period::parse(text).unwrap() {
            Period::Last(millis) => millis,
            other => panic!("{other:?}"),
        };
        assert_eq!(millis("3h 30m"), 12_600_000);
        assert_eq!(millis(" 1d2h 3 m 4s "), 93_784_000);
        for bad in [
            "",
            " ",
            "h",
            "3",
            "3x",
            "3h 30",
            "-3h",
            "tomorrow",
            "3ü",
            "99999999999999999999d",
            "today 3h",
        ] {
            assert!(Period::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn days_are_those_of_the_zone() {
        // 2016-05-30T04:55:57.316Z: just after midnight in New York.
        let now = Timestamp(1_464_584_157_316);
        let zone = TimeZone::get("America/New_York").unwrap();
        let bounds = |period: Period| {
            let (from, to) = period.bounds(now, &zone);
            (from.to_string(), to.map(|to| to.to_string()))
        };
        assert_eq!(bounds(Period::Today).0, "2016-05-30T04:00:00.000Z");
        assert_eq!(
            bounds(Period::Yesterday),
            (
                "2016-05-29T04:00:00.000Z".to_owned(),
                Some("2016-05-30T03:59:59.999Z".to_owned())
            )
        );
        assert_eq!(bounds(Period::Last(157_316)).0, "2016-05-30T04:53:20.000Z");
    }
}
