//! `$dateToString`, `$dateFromString`.

use super::super::args::{Args, string};
use super::super::built_string;
use super::super::ops::{Op, Shape};
use super::{format, instant_of, read, time_zone, zoned};
use crate::pipeline::Cx;
use crate::{Refusal, Val};

pub(in crate::expr) const OPS: &[Op] = &[
    Op {
        name: "$dateToString",
        shape: Shape::Named(&["date"], &["format", "timezone", "onNull"]),
        run: to_string,
    },
    Op {
        name: "$dateFromString",
        shape: Shape::Named(&["dateString"], &["format", "timezone", "onError", "onNull"]),
        run: from_string,
    },
];

fn to_string<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.at(0).is_nullish() {
        return Ok(args.given(3).cloned().unwrap_or(Val::Null));
    }
    let Some(zone) = time_zone(args.given(2))? else {
        return Ok(Val::Null);
    };
    let in_utc = zone == jiff::tz::TimeZone::UTC;
    let format = match args.given(1) {
        Some(Val::Missing | Val::Null) => return Ok(Val::Null),
        Some(format) => string(format, "format")?,
        None if in_utc => "%Y-%m-%dT%H:%M:%S.%LZ",
        None => "%Y-%m-%dT%H:%M:%S.%L",
    };
    format::check(format, format::PRINTED).map_err(Refusal::new)?;
    let at = zoned(instant_of(args.at(0), "the date")?, &zone)?;
    cx.work(format.len() / 64)?;
    built_string(format::print(&at, format).map_err(Refusal::new)?, cx)
}

fn from_string<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.at(0).is_nullish() {
        return Ok(args.given(4).cloned().unwrap_or(Val::Null));
    }
    if [1, 2]
        .into_iter()
        .any(|index| args.given(index).is_some_and(Val::is_nullish))
    {
        return Ok(Val::Null);
    }
    let format = args.given(1).map(|format| string(format, "format")).transpose()?;
    if let Some(format) = format {
        format::check(format, read::READ).map_err(Refusal::new)?;
    }
    let zone = args
        .given(2)
        .map(|zone| time_zone(Some(zone)))
        .transpose()?
        .flatten();
    let found = string(args.at(0), "dateString").and_then(|text| {
        match format {
            Some(format) => read::by_format(text, format, zone.as_ref()),
            None => read::iso(text, zone.as_ref()),
        }
        .map_err(Refusal::new)
    });
    match (found, args.given(3)) {
        (Ok(ms), _) => Ok(Val::date(ms)),
        (Err(_), Some(otherwise)) => Ok(otherwise.clone()),
        (Err(refusal), None) => Err(refusal),
    }
}
