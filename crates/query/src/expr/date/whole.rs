//! `$dateToParts`, `$dateFromParts`.

use jiff::Span;
use jiff::civil::{Date, ISOWeekDate, Weekday};

use super::super::args::{Args, expected, whole};
use super::super::ops::{Op, Shape};
use super::shift::instant;
use super::{instant_of, time_zone, zoned};
use crate::pipeline::Cx;
use crate::{Refusal, Val};

pub(in crate::expr) const OPS: &[Op] = &[
    Op {
        name: "$dateToParts",
        shape: Shape::Named(&["date"], &["timezone", "iso8601"]),
        run: to_parts,
    },
    Op {
        name: "$dateFromParts",
        shape: Shape::Named(&[], PARTS),
        run: from_parts,
    },
];

const PARTS: &[&str] = &[
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "second",
    "millisecond",
    "isoWeekYear",
    "isoWeek",
    "isoDayOfWeek",
    "timezone",
];

fn to_parts<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let Some(zone) = time_zone(args.given(1))? else {
        return Ok(Val::Null);
    };
    let iso = match args.given(2) {
        None | Some(Val::Bool(false)) => false,
        Some(Val::Bool(true)) => true,
        Some(Val::Missing | Val::Null) => return Ok(Val::Null),
        Some(other) => return Err(expected("iso8601", "a boolean", other)),
    };
    if args.at(0).is_nullish() {
        return Ok(Val::Null);
    }
    let at = zoned(instant_of(args.at(0), "the date")?, &zone)?;
    let week = at.date().iso_week_date();
    let day: [(&str, i64); 3] = if iso {
        [
            ("isoWeekYear", week.year().into()),
            ("isoWeek", week.week().into()),
            ("isoDayOfWeek", week.weekday().to_monday_one_offset().into()),
        ]
    } else {
        [
            ("year", at.year().into()),
            ("month", at.month().into()),
            ("day", at.day().into()),
        ]
    };
    let time: [(&str, i64); 4] = [
        ("hour", at.hour().into()),
        ("minute", at.minute().into()),
        ("second", at.second().into()),
        ("millisecond", at.millisecond().into()),
    ];
    let parts = day.into_iter().chain(time);
    Val::document(
        parts
            .map(|(name, value)| (name.into(), Val::Int(value)))
            .collect(),
    )
}

fn from_parts<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let Some(zone) = time_zone(args.given(10))? else {
        return Ok(Val::Null);
    };
    let part = |index: usize, default: i64| -> Result<i64, Refusal> {
        let name = PARTS.get(index).copied().unwrap_or_default();
        let Some(value) = args.given(index) else {
            return Ok(default);
        };
        let number = whole(value, name)?;
        // What MongoDB takes; larger parts carry over into the next ones.
        match (name, number) {
            ("year" | "isoWeekYear", 1..=9999) => Ok(number),
            ("year" | "isoWeekYear", _) => Err(Refusal::new(format!(
                "{name} must be from 1 to 9999, not {number}"
            ))),
            (_, -32_768..=32_767) => Ok(number),
            ("second" | "millisecond", _) if i32::try_from(number).is_ok() => Ok(number),
            _ => Err(Refusal::new(format!(
                "{name} must be from -32768 to 32767, not {number}"
            ))),
        }
    };
    let outside = || Refusal::new("the parts make no date between the years 1 and 9999");
    let day = match (args.given(0), args.given(7)) {
        (Some(_), None) => calendar_day(part(0, 1970)?, part(1, 1)?, part(2, 1)?),
        (None, Some(_)) => iso_day(part(7, 1970)?, part(8, 1)?, part(9, 1)?),
        (Some(_), Some(_)) => return Err(Refusal::new("`year` and `isoWeekYear` cannot both be given")),
        (None, None) => return Err(Refusal::new("needs `year` or `isoWeekYear`")),
    };
    for (index, other) in [(1, 7), (2, 7), (8, 0), (9, 0)] {
        if args.given(index).is_some() && args.given(other).is_some() {
            return Err(Refusal::new("calendar parts and iso week parts cannot be mixed"));
        }
    }
    let time = (part(3, 0)? * 3600 + part(4, 0)? * 60 + part(5, 0)?) * 1000 + part(6, 0)?;
    let clock = Span::new().try_milliseconds(time).ok().and_then(|span| {
        let midnight = day?.at(0, 0, 0, 0);
        midnight.checked_add(span).ok()
    });
    instant(clock.ok_or_else(outside)?, &zone)
        .map(Val::date)
        .map_err(Refusal::new)
}

fn calendar_day(year: i64, month: i64, day: i64) -> Option<Date> {
    let months = year * 12 + month - 1;
    let first = Date::new(
        i16::try_from(months.div_euclid(12)).ok()?,
        i8::try_from(months.rem_euclid(12) + 1).ok()?,
        1,
    );
    first.ok()?.checked_add(Span::new().try_days(day - 1).ok()?).ok()
}

fn iso_day(year: i64, week: i64, day: i64) -> Option<Date> {
    let first = ISOWeekDate::new(i16::try_from(year).ok()?, 1, Weekday::Monday).ok()?;
    let days = (week - 1) * 7 + day - 1;
    first.date().checked_add(Span::new().try_days(days).ok()?).ok()
}
