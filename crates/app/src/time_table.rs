//! Time tables: when a time listener runs.
//!
//! Six parts, all of which must fit: second, minute, hour, day of month, month, day of week. The form is checked when a
//! definition is loaded (`load/cron.rs`); here the times are found. Where a clock is put forward, a time that does not
//! exist that day comes as much later; where it is put back, a time that comes twice counts once.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// Days that are looked at for the next time: eight years, so that 29 February is found across a century.
const DAYS: usize = 8 * 366;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeTable {
    seconds: Vec<i8>,
    minutes: Vec<i8>,
    hours: Vec<i8>,
    days: Vec<i8>,
    months: Vec<i8>,
    weekdays: Vec<i8>,
}

impl TimeTable {
    /// Reads one, as in `0 30 8-18 * * MON-FRI`; none if it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let sets = crate::load::times(text)?;
        let [seconds, minutes, hours, days, months, weekdays] = sets;
        Some(Self {
            seconds,
            minutes,
            hours,
            days,
            months,
            weekdays,
        })
    }

    /// The first time after a moment, both in milliseconds since 1970; none within eight years.
    #[must_use]
    pub fn next(&self, after: i64, zone: &TimeZone) -> Option<i64> {
        let from = Timestamp::from_millisecond(after).ok()?;
        let local = from.to_zoned(zone.clone()).datetime();
        let mut day = local.date();
        for _ in 0..DAYS {
            if self.has_day(day)
                && let Some(found) = self.on(day, after, zone)
            {
                return Some(found);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    fn has_day(&self, day: Date) -> bool {
        self.months.contains(&day.month())
            && self.days.contains(&day.day())
            && self.weekdays.contains(&day.weekday().to_sunday_zero_offset())
    }

    /// The first time of a day after a moment.
    fn on(&self, day: Date, after: i64, zone: &TimeZone) -> Option<i64> {
        let at = |hour: i8, minute: i8, second: i8| {
            let time = Time::new(hour, minute, second, 0).ok()?;
            let moment = zone.to_timestamp(day.to_datetime(time)).ok()?;
            Some(moment.as_millisecond())
        };
        for hour in &self.hours {
            // The last second of the hour, and an hour more for clocks that are put forward.
            if at(*hour, 59, 59)? + 3_600_000 < after {
                continue;
            }
            for minute in &self.minutes {
                for second in &self.seconds {
                    if let Some(moment) = at(*hour, *minute, *second).filter(|moment| *moment > after) {
                        return Some(moment);
                    }
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use super::TimeTable;

    fn next(table: &str, after: &str, zone: &str) -> Option<String> {
        let after: Timestamp = after.parse().expect("a time");
        let zone = TimeZone::get(zone).expect("a zone");
        let table = TimeTable::parse(table).expect("a table");
        let found = table.next(after.as_millisecond(), &zone)?;
        Some(Timestamp::from_millisecond(found).expect("a time").to_string())
    }

    #[test]
    fn times_come_in_their_zone() {
        let rows = [
            (
                "0 0 3 * * *",
                "2026-01-01T00:00:00Z",
                "UTC",
                Some("2026-01-01T03:00:00Z"),
            ),
            (
                "0 0 3 * * *",
                "2026-01-01T03:00:00Z",
                "UTC",
                Some("2026-01-02T03:00:00Z"),
            ),
            (
                "0 0 3 * * *",
                "2026-01-01T00:00:00Z",
                "Europe/Berlin",
                Some("2026-01-01T02:00:00Z"),
            ),
            (
                "*/10 * * * * *",
                "2026-01-01T00:00:09.5Z",
                "UTC",
                Some("2026-01-01T00:00:10Z"),
            ),
            (
                "59 59 23 31 12 *",
                "2026-01-01T00:00:00Z",
                "UTC",
                Some("2026-12-31T23:59:59Z"),
            ),
            (
                "0 0 12 * * MON",
                "2026-01-01T00:00:00Z",
                "UTC",
                Some("2026-01-05T12:00:00Z"),
            ),
            (
                "0 0 12 * * 7",
                "2026-01-01T00:00:00Z",
                "UTC",
                Some("2026-01-04T12:00:00Z"),
            ),
            (
                "0 0 0 29 2 *",
                "2026-03-01T00:00:00Z",
                "UTC",
                Some("2028-02-29T00:00:00Z"),
            ),
            ("0 0 0 31 2 *", "2026-03-01T00:00:00Z", "UTC", None),
            // The clock goes from 2 to 3, and later from 3 back to 2.
            (
                "0 30 2 * * *",
                "2026-03-28T23:00:00Z",
                "Europe/Berlin",
                Some("2026-03-29T01:30:00Z"),
            ),
            (
                "0 30 2 * * *",
                "2026-10-25T00:30:00Z",
                "Europe/Berlin",
                Some("2026-10-26T01:30:00Z"),
            ),
        ];
        for (table, after, zone, wanted) in rows {
            assert_eq!(
                next(table, after, zone).as_deref(),
                wanted,
                "{table} after {after}"
            );
        }
    }
}
