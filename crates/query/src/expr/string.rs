//! Strings: joining, cutting, case, length, `$split`, `$replaceOne`, `$replaceAll`.
//!
//! Case is changed for ASCII only, as MongoDB does. Lengths and places come in bytes or in code points, as the
//! operator's name says.

pub(super) mod find;
pub(super) mod trim;

use super::args::{Args, expected, string, text, whole};
use super::convert::shown;
use super::ops::{ANY, Op, Shape};
use super::{built_array, built_string};
use crate::pipeline::Cx;
use crate::{Refusal, Val};

pub(super) const OPS: &[Op] = &[
    Op {
        name: "$concat",
        shape: Shape::List(0, ANY),
        run: concat,
    },
    Op {
        name: "$toLower",
        shape: Shape::List(1, 1),
        run: |args, cx| cased(args, cx, str::to_ascii_lowercase),
    },
    Op {
        name: "$toUpper",
        shape: Shape::List(1, 1),
        run: |args, cx| cased(args, cx, str::to_ascii_uppercase),
    },
    Op {
        name: "$strcasecmp",
        shape: Shape::List(2, 2),
        run: strcasecmp,
    },
    Op {
        name: "$strLenBytes",
        shape: Shape::List(1, 1),
        run: |args, _| length(args, str::len),
    },
    Op {
        name: "$strLenCP",
        shape: Shape::List(1, 1),
        run: |args, _| length(args, |text| text.chars().count()),
    },
    Op {
        name: "$substr",
        shape: Shape::List(3, 3),
        run: substr_bytes,
    },
    Op {
        name: "$substrBytes",
        shape: Shape::List(3, 3),
        run: substr_bytes,
    },
    Op {
        name: "$substrCP",
        shape: Shape::List(3, 3),
        run: substr_cp,
    },
    Op {
        name: "$split",
        shape: Shape::List(2, 2),
        run: split,
    },
    Op {
        name: "$replaceOne",
        shape: Shape::Named(&["input", "find", "replacement"], &[]),
        run: replace_one,
    },
    Op {
        name: "$replaceAll",
        shape: Shape::Named(&["input", "find", "replacement"], &[]),
        run: replace_all,
    },
];

fn concat<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let mut out = String::new();
    for value in args.iter() {
        out.push_str(string(value, "an operand")?);
        cx.fits(out.len())?;
    }
    built_string(out, cx)
}

/// A scalar as a string: null and missing are the empty one.
fn coerced(value: &Val<'_>, what: &str) -> Result<String, Refusal> {
    if value.is_nullish() {
        return Ok(String::new());
    }
    match value {
        Val::Bool(_) | Val::ObjectId(_) | Val::Uuid(_) | Val::Binary(..) => {
            Err(expected(what, "a string, number or date", value))
        }
        other => shown(other)?.ok_or_else(|| expected(what, "a string, number or date", other)),
    }
}

fn cased<'a>(args: Args<'_, 'a>, cx: &Cx<'_>, change: fn(&str) -> String) -> Result<Val<'a>, Refusal> {
    built_string(change(&coerced(args.at(0), "the operand")?), cx)
}

fn strcasecmp<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let upper = |index| coerced(args.at(index), "an operand").map(|text| text.to_ascii_uppercase());
    Ok(Val::Int(upper(0)?.cmp(&upper(1)?) as i64))
}

fn length<'a>(args: Args<'_, 'a>, count: fn(&str) -> usize) -> Result<Val<'a>, Refusal> {
    let count = count(string(args.at(0), "the operand")?);
    Ok(Val::Int(i64::try_from(count).unwrap_or(i64::MAX)))
}

/// A start from 0 up, and a length; a negative length means the rest.
fn range(args: Args<'_, '_>) -> Result<(usize, usize), Refusal> {
    let numeric = |index, what| match args.at(index) {
        // Places may be doubles; they are cut.
        Val::Double(double) => Ok(double.trunc() as i64),
        other => whole(other, what),
    };
    let (start, length) = (numeric(1, "the start")?, numeric(2, "the length")?);
    Ok((
        usize::try_from(start)
            .map_err(|_| Refusal::new(format!("the start must be at least 0, not {start}")))?,
        usize::try_from(length).unwrap_or(usize::MAX),
    ))
}

fn substr_bytes<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let text = coerced(args.at(0), "the string")?;
    let (start, length) = range(args)?;
    if start >= text.len() {
        return Ok(Val::str(""));
    }
    let end = start.saturating_add(length).min(text.len());
    match text.get(start..end) {
        Some(part) => built_string(part.to_owned(), cx),
        None => Err(Refusal::new(format!(
            "bytes {start} to {end} cut a character of the string"
        ))),
    }
}

fn substr_cp<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let text = coerced(args.at(0), "the string")?;
    let length = whole(args.at(2), "the length")?;
    if length < 0 {
        return Err(Refusal::new(format!(
            "the length must be at least 0, not {length}"
        )));
    }
    let (start, length) = range(args)?;
    built_string(text.chars().skip(start).take(length).collect(), cx)
}

fn split<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let (text, delimiter) = (
        string(args.at(0), "the string")?,
        string(args.at(1), "the delimiter")?,
    );
    if delimiter.is_empty() {
        return Err(Refusal::new("the delimiter must not be empty"));
    }
    let count = 1 + text.matches(delimiter).count();
    cx.fits(count.saturating_mul(size_of::<Val<'_>>()))?;
    let parts = text.split(delimiter).map(|part| Val::str(part.to_owned()));
    built_array(parts.collect(), cx)
}

fn replace_one<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    replace(args, cx, 1)
}

fn replace_all<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    replace(args, cx, usize::MAX)
}

fn replace<'a>(args: Args<'_, 'a>, cx: &Cx<'_>, most: usize) -> Result<Val<'a>, Refusal> {
    for (index, what) in ["input", "find", "replacement"].into_iter().enumerate() {
        if !args.at(index).is_nullish() {
            text(args.at(index), what)?;
        }
    }
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let part = |index| args.at(index).as_str().unwrap_or_default();
    let (input, find, replacement) = (part(0), part(1), part(2));
    let times = input.matches(find).take(most).count();
    let size = input
        .len()
        .saturating_add(times.saturating_mul(replacement.len()));
    cx.fits(size)?;
    built_string(input.replacen(find, replacement, most), cx)
}
