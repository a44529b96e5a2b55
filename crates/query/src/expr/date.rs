//! Dates: their parts on the calendar of a time zone, and the shared readers of date arguments.

pub(super) mod format;
pub(super) mod read;
mod shift;
pub(super) mod shifting;
pub(super) mod text;
mod unit;
pub(super) mod whole;
pub(super) mod zone;

use jiff::Zoned;
use jiff::tz::TimeZone;

use super::args::{Args, expected, string};
use super::ops::{Op, Shape};
use crate::{Refusal, Val};

const SHAPE: Shape = Shape::Either("date", &["timezone"]);

pub(super) const OPS: &[Op] = &[
    Op {
        name: "$year",
        shape: SHAPE,
        run: |args, _| part(args, |at| at.year().into()),
    },
    Op {
        name: "$month",
        shape: SHAPE,
        run: |args, _| part(args, |at| at.month().into()),
    },
    Op {
        name: "$dayOfMonth",
        shape: SHAPE,
        run: |args, _| part(args, |at| at.day().into()),
    },
    Op {
        name: "$dayOfYear",
        shape: SHAPE,
        run: |args, _| part(args, |at| at.day_of_year().into()),
    },
    Op {
        name: "$dayOfWeek",
        shape: SHAPE,
        run: |args, _| part(args, |at| at.weekday().to_sunday_one_offset().into()),
    },
    Op {
        name: "$hour",
        shape: SHAPE,
        run: |args, _| part(args, |at| at.hour().into()),
    },
    Op {
        name: "$minute",
        shape: SHAPE,
        run: |args, _| part(args, |at| at.minute().into()),
    },
    Op {
        name: "$second",
        shape: SHAPE,
        run: |args, _| part(args, |at| at.second().into()),
    },
    Op {
        name: "$millisecond",
        shape: SHAPE,
        run: |args, _| part(args, |at| at.millisecond().into()),
    },
    Op {
        name: "$week",
        shape: SHAPE,
        run: |args, _| part(args, format::week),
    },
    Op {
        name: "$isoWeek",
        shape: SHAPE,
        run: |args, _| part(args, |at| at.date().iso_week_date().week().into()),
    },
    Op {
        name: "$isoWeekYear",
        shape: SHAPE,
        run: |args, _| part(args, |at| at.date().iso_week_date().year().into()),
    },
    Op {
        name: "$isoDayOfWeek",
        shape: SHAPE,
        run: |args, _| part(args, |at| at.weekday().to_monday_one_offset().into()),
    },
];

fn part<'a>(args: Args<'_, 'a>, read: fn(&Zoned) -> i64) -> Result<Val<'a>, Refusal> {
    let Some(zone) = time_zone(args.given(1))? else {
        return Ok(Val::Null);
    };
    if args.at(0).is_nullish() {
        return Ok(Val::Null);
    }
    let ms = instant_of(args.at(0), "the date")?;
    Ok(Val::Int(read(&zoned(ms, &zone)?)))
}

/// The instant of a date, or the one inside an object id or timestamp.
pub(super) fn moment(value: &Val<'_>) -> Option<i64> {
    match value {
        Val::Date(date) => Some(date.ms),
        Val::ObjectId([a, b, c, d, ..]) => Some(i64::from(u32::from_be_bytes([*a, *b, *c, *d])) * 1000),
        Val::Timestamp(seconds, _) => Some(i64::from(*seconds) * 1000),
        _ => None,
    }
}

fn instant_of(value: &Val<'_>, what: &str) -> Result<i64, Refusal> {
    moment(value).ok_or_else(|| expected(what, "a date", value))
}

/// The zone an argument names: UTC when it was not given; none when it is null, which makes the result null.
fn time_zone(value: Option<&Val<'_>>) -> Result<Option<TimeZone>, Refusal> {
    match value {
        None => Ok(Some(TimeZone::UTC)),
        Some(Val::Missing | Val::Null) => Ok(None),
        Some(value) => zone::zone(string(value, "timezone")?)
            .map(Some)
            .map_err(Refusal::new),
    }
}

fn zoned(ms: i64, zone: &TimeZone) -> Result<Zoned, Refusal> {
    zone::zoned(ms, zone).map_err(Refusal::new)
}
