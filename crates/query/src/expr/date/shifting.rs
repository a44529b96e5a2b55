//! `$dateAdd`, `$dateSubtract`, `$dateDiff`, `$dateTrunc`.

use jiff::civil::Weekday;

use super::super::args::{Args, positive, string, whole};
use super::super::ops::{Op, Shape};
use super::unit::{Unit, weekday};
use super::{instant_of, shift, time_zone};
use crate::pipeline::Cx;
use crate::{Refusal, Val};

const ADD: Shape = Shape::Named(&["startDate", "unit", "amount"], &["timezone"]);

pub(in crate::expr) const OPS: &[Op] = &[
    Op {
        name: "$dateAdd",
        shape: ADD,
        run: |args, _| add(args, 1),
    },
    Op {
        name: "$dateSubtract",
        shape: ADD,
        run: |args, _| add(args, -1),
    },
    Op {
        name: "$dateDiff",
        shape: Shape::Named(&["startDate", "endDate", "unit"], &["timezone", "startOfWeek"]),
        run: diff,
    },
    Op {
        name: "$dateTrunc",
        shape: Shape::Named(&["date", "unit"], &["binSize", "timezone", "startOfWeek"]),
        run: trunc,
    },
];

fn unit(value: &Val<'_>) -> Result<Unit, Refusal> {
    Unit::named(string(value, "unit")?).map_err(Refusal::new)
}

/// The day weeks start on; Sunday when it was not given.
fn week_start(value: Option<&Val<'_>>) -> Result<Weekday, Refusal> {
    value.map_or(Ok(Weekday::Sunday), |value| {
        weekday(string(value, "startOfWeek")?).map_err(Refusal::new)
    })
}

fn add<'a>(args: Args<'_, 'a>, sign: i64) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let Some(zone) = time_zone(args.given(3))? else {
        return Ok(Val::Null);
    };
    let from = instant_of(args.at(0), "startDate")?;
    let amount = whole(args.at(2), "amount")?
        .checked_mul(sign)
        .ok_or_else(|| Refusal::new("the amount is too large"))?;
    shift::add(from, unit(args.at(1))?, amount, &zone)
        .map(Val::date)
        .map_err(Refusal::new)
}

fn diff<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let Some(zone) = time_zone(args.given(3))? else {
        return Ok(Val::Null);
    };
    let (from, to) = (
        instant_of(args.at(0), "startDate")?,
        instant_of(args.at(1), "endDate")?,
    );
    let counted = shift::diff(from, to, unit(args.at(2))?, &zone, week_start(args.given(4))?);
    counted.map(Val::Int).map_err(Refusal::new)
}

fn trunc<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let Some(zone) = time_zone(args.given(3))? else {
        return Ok(Val::Null);
    };
    let size = args.given(2).map_or(Ok(1), |size| positive(size, "binSize"))?;
    let size = i64::try_from(size).map_err(|_| Refusal::new("binSize is too large"))?;
    let at = instant_of(args.at(0), "the date")?;
    let cut = shift::trunc(at, unit(args.at(1))?, size, &zone, week_start(args.given(4))?);
    cut.map(Val::date).map_err(Refusal::new)
}
