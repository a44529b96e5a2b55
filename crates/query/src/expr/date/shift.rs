//! Adding, counting and cutting time: the arithmetic of `$dateAdd`, `$dateDiff` and `$dateTrunc`.
//!
//! Units from a day up follow the calendar of the zone (a day can have 23 hours, a month is cut to its last
//! day); hours and smaller are lengths of time.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Zoned};

use super::unit::Unit;
use super::zone::zoned;

const OUTSIDE: &str = "the resulting date is outside of the years -9999 to 9999";

/// The instant `amount` units after `ms`.
pub(crate) fn add(ms: i64, unit: Unit, amount: i64, zone: &TimeZone) -> Result<i64, String> {
    let outside = || OUTSIDE.to_owned();
    if let Some(length) = unit.fixed() {
        let sum = amount.checked_mul(length).and_then(|span| ms.checked_add(span));
        return sum.ok_or_else(outside);
    }
    let span = match unit.months() {
        Some(months) => amount
            .checked_mul(months)
            .and_then(|months| Span::new().try_months(months).ok()),
        None if unit == Unit::Week => Span::new().try_weeks(amount).ok(),
        None => Span::new().try_days(amount).ok(),
    };
    let sum = span.and_then(|span| zoned(ms, zone).ok()?.checked_add(span).ok());
    sum.map(|at| at.timestamp().as_millisecond()).ok_or_else(outside)
}

/// How many boundaries of a unit lie between two instants.
pub(crate) fn diff(
    from: i64,
    to: i64,
    unit: Unit,
    zone: &TimeZone,
    week_start: Weekday,
) -> Result<i64, String> {
    if unit == Unit::Millisecond {
        return to
            .checked_sub(from)
            .ok_or_else(|| "the difference overflows".to_owned());
    }
    let (from, to) = (zoned(from, zone)?, zoned(to, zone)?);
    if let Some(length) = unit.fixed() {
        // Boundaries on the clock of the zone; a change of its offset is not time that passed.
        let shift = i64::from(to.offset().seconds() - from.offset().seconds()) * 1000;
        let clock = |at: &Zoned| at.timestamp().as_millisecond() + i64::from(at.offset().seconds()) * 1000;
        return Ok(clock(&to).div_euclid(length) - clock(&from).div_euclid(length) - shift / length);
    }
    Ok(match unit.months() {
        Some(months) => {
            month_number(to.date()).div_euclid(months) - month_number(from.date()).div_euclid(months)
        }
        None if unit == Unit::Week => {
            week_number(to.date(), week_start) - week_number(from.date(), week_start)
        }
        None => day_number(to.date()) - day_number(from.date()),
    })
}

/// The start of the bin of `size` units that `ms` lies in; bins are counted from the year 2000.
pub(crate) fn trunc(
    ms: i64,
    unit: Unit,
    size: i64,
    zone: &TimeZone,
    week_start: Weekday,
) -> Result<i64, String> {
    let outside = || OUTSIDE.to_owned();
    let at = zoned(ms, zone)?;
    if let Some(length) = unit.fixed() {
        let bin = length.checked_mul(size).ok_or_else(outside)?;
        let origin = instant(Date::constant(2000, 1, 1).at(0, 0, 0, 0), zone)?;
        return Ok(origin + (ms - origin).div_euclid(bin) * bin);
    }
    let start = match unit.months() {
        Some(months) => {
            let bin = months.checked_mul(size).ok_or_else(outside)?;
            let month = month_number(at.date());
            let origin = 2000 * 12;
            month_start(origin + (month - origin).div_euclid(bin) * bin)
        }
        None => {
            let week = unit == Unit::Week;
            let bin = if week { size.checked_mul(7) } else { Some(size) }.ok_or_else(outside)?;
            let origin = if week {
                first_week_day(week_start)
            } else {
                EPOCH_2000
            };
            let day = day_number(at.date());
            day_at(origin + (day - origin).div_euclid(bin) * bin)
        }
    };
    instant(start.ok_or_else(outside)?.at(0, 0, 0, 0), zone)
}

/// The instant a clock in `zone` shows `at`; where the clock jumps over it, the instant after the jump.
pub(crate) fn instant(at: DateTime, zone: &TimeZone) -> Result<i64, String> {
    at.to_zoned(zone.clone())
        .map(|at| at.timestamp().as_millisecond())
        .map_err(|_| OUTSIDE.to_owned())
}

/// 1 January 2000 as a [`day_number`].
const EPOCH_2000: i64 = 10_957;

/// Days since 1 January 1970.
pub(crate) fn day_number(date: Date) -> i64 {
    let since = date.since(Date::constant(1970, 1, 1));
    since.map_or(0, |span| i64::from(span.get_days()))
}

/// The date with a [`day_number`].
pub(crate) fn day_at(number: i64) -> Option<Date> {
    let span = Span::new().try_days(number).ok()?;
    Date::constant(1970, 1, 1).checked_add(span).ok()
}

fn month_number(date: Date) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month()) - 1
}

fn month_start(number: i64) -> Option<Date> {
    let year = i16::try_from(number.div_euclid(12)).ok()?;
    let month = i8::try_from(number.rem_euclid(12) + 1).ok()?;
    Date::new(year, month, 1).ok()
}

/// The first day in 2000 that is `start`.
fn first_week_day(start: Weekday) -> i64 {
    // 1 January 2000 was a Saturday.
    EPOCH_2000 + i64::from(Weekday::Saturday.until(start))
}

fn week_number(date: Date, start: Weekday) -> i64 {
    (day_number(date) - first_week_day(start)).div_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::super::zone::zone;
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    fn text(ms: i64) -> String {
        jiff::Timestamp::from_millisecond(ms).unwrap().to_string()
    }

    #[test]
    fn adding_follows_the_calendar() {
        // The last rows are the ones of MongoDB's manual for $dateAdd.
        for (from, unit, amount, name, to) in [
            (
                "2020-01-31T12:10:05Z",
                Unit::Month,
                1,
                "UTC",
                "2020-02-29T12:10:05Z",
            ),
            (
                "2024-02-29T00:00:00Z",
                Unit::Year,
                1,
                "UTC",
                "2025-02-28T00:00:00Z",
            ),
            (
                "2024-01-31T00:00:00Z",
                Unit::Quarter,
                -1,
                "UTC",
                "2023-10-31T00:00:00Z",
            ),
            (
                "2024-01-01T00:00:00Z",
                Unit::Week,
                2,
                "UTC",
                "2024-01-15T00:00:00Z",
            ),
            (
                "2021-03-14T06:00:00Z",
                Unit::Day,
                1,
                "America/New_York",
                "2021-03-15T05:00:00Z",
            ),
            (
                "2021-03-14T06:00:00Z",
                Unit::Hour,
                24,
                "America/New_York",
                "2021-03-15T06:00:00Z",
            ),
            (
                "2020-10-30T23:10:00Z",
                Unit::Second,
                30,
                "UTC",
                "2020-10-30T23:10:30Z",
            ),
            (
                "2020-10-30T23:10:00.000Z",
                Unit::Millisecond,
                -1,
                "UTC",
                "2020-10-30T23:09:59.999Z",
            ),
        ] {
            let at = add(ms(from), unit, amount, &zone(name).unwrap()).unwrap();
            assert_eq!(text(at), text(ms(to)), "{from} {unit:?} {amount}");
        }
        for unit in [Unit::Year, Unit::Week, Unit::Day, Unit::Hour, Unit::Millisecond] {
            assert!(add(ms("2024-01-01T00:00:00Z"), unit, i64::MAX, &TimeZone::UTC).is_err());
        }
    }

    #[test]
    fn counting_counts_boundaries() {
        for (from, to, unit, name, count) in [
            (
                "2020-12-31T23:59:59Z",
                "2021-01-01T00:00:00Z",
                Unit::Year,
                "UTC",
                1,
            ),
            (
                "2020-12-31T23:59:59Z",
                "2021-01-01T00:00:00Z",
                Unit::Quarter,
                "UTC",
                1,
            ),
            (
                "2021-01-30T08:00:00Z",
                "2021-02-27T08:00:00Z",
                Unit::Month,
                "UTC",
                1,
            ),
            (
                "2021-01-01T00:00:00Z",
                "2021-01-04T00:00:00Z",
                Unit::Week,
                "UTC",
                1,
            ),
            (
                "2021-03-14T06:30:00Z",
                "2021-03-14T07:30:00Z",
                Unit::Hour,
                "America/New_York",
                1,
            ),
            (
                "2021-03-14T00:00:00Z",
                "2021-03-13T23:00:00Z",
                Unit::Day,
                "UTC",
                -1,
            ),
            (
                "2021-03-14T00:59:59Z",
                "2021-03-14T01:00:00Z",
                Unit::Minute,
                "UTC",
                1,
            ),
            (
                "2021-03-14T00:00:00Z",
                "2021-03-14T00:00:01Z",
                Unit::Millisecond,
                "UTC",
                1000,
            ),
        ] {
            let zone = zone(name).unwrap();
            let found = diff(ms(from), ms(to), unit, &zone, Weekday::Sunday).unwrap();
            assert_eq!(found, count, "{from} {to} {unit:?}");
        }
        let week = |start| {
            diff(
                ms("2021-01-23T00:00:00Z"),
                ms("2021-01-25T00:00:00Z"),
                Unit::Week,
                &TimeZone::UTC,
                start,
            )
        };
        assert_eq!((week(Weekday::Monday), week(Weekday::Friday)), (Ok(1), Ok(0)));
    }

    #[test]
    fn cutting_finds_the_bin() {
        // From the manual of $dateTrunc.
        let bakery = "2021-03-20T11:30:05Z";
        for (from, unit, size, name, start, to) in [
            (
                bakery,
                Unit::Hour,
                2,
                "America/Los_Angeles",
                Weekday::Sunday,
                "2021-03-20T10:00:00Z",
            ),
            (
                "2020-05-18T14:10:30Z",
                Unit::Week,
                2,
                "America/Los_Angeles",
                Weekday::Monday,
                "2020-05-11T07:00:00Z",
            ),
            (
                "2021-03-20T11:30:05Z",
                Unit::Week,
                2,
                "America/Los_Angeles",
                Weekday::Monday,
                "2021-03-15T07:00:00Z",
            ),
            (
                "2021-01-11T06:31:15Z",
                Unit::Week,
                2,
                "America/Los_Angeles",
                Weekday::Monday,
                "2021-01-04T08:00:00Z",
            ),
            (
                bakery,
                Unit::Month,
                6,
                "UTC",
                Weekday::Sunday,
                "2021-01-01T00:00:00Z",
            ),
            (
                bakery,
                Unit::Year,
                1,
                "UTC",
                Weekday::Sunday,
                "2021-01-01T00:00:00Z",
            ),
            (
                bakery,
                Unit::Quarter,
                1,
                "UTC",
                Weekday::Sunday,
                "2021-01-01T00:00:00Z",
            ),
            (
                bakery,
                Unit::Day,
                1,
                "UTC",
                Weekday::Sunday,
                "2021-03-20T00:00:00Z",
            ),
            (
                bakery,
                Unit::Week,
                1,
                "UTC",
                Weekday::Sunday,
                "2021-03-14T00:00:00Z",
            ),
        ] {
            let zone = zone(name).unwrap();
            let at = trunc(ms(from), unit, size, &zone, start).unwrap();
            assert_eq!(text(at), text(ms(to)), "{from} {unit:?} {size}");
        }
    }
}
