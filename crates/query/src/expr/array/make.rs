//! `$concatArrays`, `$range`, `$zip`, `$arrayToObject`, `$objectToArray`.

use super::super::args::{Args, document, elements, expected, string, text, whole32};
use super::super::object::{check_key, put};
use super::super::ops::{ANY, Op, Shape};
use super::super::{built_array, built_document};
use crate::pipeline::Cx;
use crate::{Refusal, Text, Val};

pub(in crate::expr) const OPS: &[Op] = &[
    Op {
        name: "$concatArrays",
        shape: Shape::List(0, ANY),
        run: concat,
    },
    Op {
        name: "$range",
        shape: Shape::List(2, 3),
        run: range,
    },
    Op {
        name: "$zip",
        shape: Shape::Named(&["inputs"], &["useLongestLength", "defaults"]),
        run: zip,
    },
    Op {
        name: "$arrayToObject",
        shape: Shape::List(1, 1),
        run: to_object,
    },
    Op {
        name: "$objectToArray",
        shape: Shape::List(1, 1),
        run: to_array,
    },
];

/// Refuses an array of so many elements before it is made.
fn room_for(count: usize, cx: &Cx<'_>) -> Result<(), Refusal> {
    cx.work(count)?;
    cx.fits(count.saturating_mul(size_of::<Val<'_>>()))
}

fn concat<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let mut all = Vec::new();
    for value in args.iter() {
        all.extend(elements(value, "an operand")?);
        room_for(all.len(), cx)?;
    }
    built_array(all, cx)
}

fn range<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let start = i64::from(whole32(args.at(0), "the start")?);
    let end = i64::from(whole32(args.at(1), "the end")?);
    let step = args.given(2).map_or(Ok(1), |step| whole32(step, "the step"))?;
    let length = match step {
        0 => return Err(Refusal::new("the step must not be 0")),
        1.. => end - start,
        _ => start - end,
    };
    let step_size = i64::from(step.unsigned_abs());
    let count = usize::try_from((length.max(0) + step_size - 1) / step_size).unwrap_or(usize::MAX);
    room_for(count, cx)?;
    let numbers = (0..).map(|index: i64| Val::Int(start + index * i64::from(step)));
    built_array(numbers.take(count).collect(), cx)
}

fn zip<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.at(0).is_nullish() {
        return Ok(Val::Null);
    }
    let mut columns = Vec::new();
    for column in elements(args.at(0), "inputs")? {
        if column.is_nullish() {
            return Ok(Val::Null);
        }
        columns.push(elements(&column, "an input")?);
    }
    let longest = match args.given(1) {
        None | Some(Val::Bool(false)) => false,
        Some(Val::Bool(true)) => true,
        Some(other) => return Err(expected("useLongestLength", "a boolean", other)),
    };
    let defaults = match args.given(2) {
        Some(_) if !longest => return Err(Refusal::new("`defaults` needs `useLongestLength: true`")),
        Some(value) if !value.is_nullish() => elements(value, "defaults")?,
        _ => Vec::new(),
    };
    if !defaults.is_empty() && defaults.len() != columns.len() {
        return Err(Refusal::new("`defaults` must have as many elements as `inputs`"));
    }
    let lengths = columns.iter().map(Vec::len);
    let rows = if longest { lengths.max() } else { lengths.min() }.unwrap_or(0);
    room_for(rows.saturating_mul(columns.len()), cx)?;
    let cell = |column: usize, row: usize| -> Val<'a> {
        let found = columns.get(column).and_then(|column| column.get(row));
        found
            .or_else(|| defaults.get(column))
            .cloned()
            .unwrap_or(Val::Null)
    };
    let row = |row| Val::array((0..columns.len()).map(|column| cell(column, row)).collect());
    built_array((0..rows).map(row).collect::<Result<_, Refusal>>()?, cx)
}

fn to_object<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.at(0).is_nullish() {
        return Ok(Val::Null);
    }
    let items = elements(args.at(0), "the operand")?;
    let mut fields: Vec<(Text<'a>, Val<'a>)> = Vec::with_capacity(items.len());
    let mut places = std::collections::HashMap::new();
    for item in items {
        cx.tick()?;
        let (key, value) = pair(&item)?;
        check_key(&key)?;
        put(&mut fields, &mut places, key, value);
    }
    built_document(fields, cx)
}

/// A key and its value: `[key, value]` or `{k: key, v: value}`.
fn pair<'a>(item: &Val<'a>) -> Result<(Text<'a>, Val<'a>), Refusal> {
    match item {
        Val::Array(pair) if pair.len()? == 2 => Ok((text(&pair.at(0)?, "a key")?, pair.at(1)?)),
        Val::Document(pair) => {
            let (key, value) = (pair.get("k")?, pair.get("v")?);
            if pair.iter().count() != 2 || value.is_missing() {
                return Err(Refusal::new("a pair must have exactly the fields `k` and `v`"));
            }
            string(&key, "a key")?;
            Ok((text(&key, "a key")?, value))
        }
        other => Err(expected(
            "a pair",
            "an array of two or a document with `k` and `v`",
            other,
        )),
    }
}

fn to_array<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.at(0).is_nullish() {
        return Ok(Val::Null);
    }
    let mut pairs = Vec::new();
    for field in document(args.at(0), "the operand")?.iter() {
        let (key, value) = field?;
        pairs.push(Val::document(vec![
            ("k".into(), Val::Str(key)),
            ("v".into(), value),
        ])?);
        cx.tick()?;
    }
    built_array(pairs, cx)
}
