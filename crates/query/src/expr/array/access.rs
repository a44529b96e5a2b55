//! `$arrayElemAt`, `$first`, `$last`, `$size`, `$slice`, `$reverseArray`.

use super::super::args::{Args, array, elements, expected, whole32};
use super::super::built_array;
use super::super::ops::{Op, Shape};
use crate::pipeline::Cx;
use crate::{Refusal, Val};

pub(in crate::expr) const OPS: &[Op] = &[
    Op {
        name: "$arrayElemAt",
        shape: Shape::List(2, 2),
        run: elem_at,
    },
    Op {
        name: "$first",
        shape: Shape::List(1, 1),
        run: |args, _| element(args.at(0), 0),
    },
    Op {
        name: "$last",
        shape: Shape::List(1, 1),
        run: |args, _| element(args.at(0), -1),
    },
    Op {
        name: "$size",
        shape: Shape::List(1, 1),
        run: size,
    },
    Op {
        name: "$slice",
        shape: Shape::List(2, 3),
        run: slice,
    },
    Op {
        name: "$reverseArray",
        shape: Shape::List(1, 1),
        run: reverse,
    },
];

/// The element at a place, counted from the end when it is negative; missing when there is none.
fn element<'a>(value: &Val<'a>, place: i64) -> Result<Val<'a>, Refusal> {
    if value.is_nullish() {
        return Ok(Val::Null);
    }
    let array = array(value, "the operand")?;
    let index = match usize::try_from(place) {
        Ok(index) => Some(index),
        Err(_) => usize::try_from(place.unsigned_abs())
            .ok()
            .and_then(|back| array.len().ok()?.checked_sub(back)),
    };
    index.map_or(Ok(Val::Missing), |index| array.at(index))
}

fn elem_at<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    element(args.at(0), whole32(args.at(1), "the index")?.into())
}

fn size<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let count = array(args.at(0), "the operand")?.len()?;
    Ok(Val::Int(i64::try_from(count).unwrap_or(i64::MAX)))
}

fn slice<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let mut items = elements(args.at(0), "the array")?;
    cx.work(items.len())?;
    let first = whole32(args.at(1), "the second argument")?;
    let (start, count) = match args.given(2) {
        Some(count) => (first, whole32(count, "the number of elements")?),
        None if first < 0 => (first, i32::MAX),
        None => (0, first),
    };
    if args.given(2).is_some() && count <= 0 {
        return Err(Refusal::new(format!(
            "the number of elements must be at least 1, not {count}"
        )));
    }
    let back = usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX);
    let start = if start < 0 {
        items.len().saturating_sub(back)
    } else {
        back.min(items.len())
    };
    items.drain(..start);
    items.truncate(usize::try_from(count).unwrap_or(0));
    built_array(items, cx)
}

fn reverse<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    match args.at(0) {
        Val::Missing | Val::Null => Ok(Val::Null),
        Val::Array(items) => {
            let mut items = items.iter().collect::<Result<Vec<_>, Refusal>>()?;
            cx.work(items.len())?;
            items.reverse();
            built_array(items, cx)
        }
        other => Err(expected("the operand", "an array", other)),
    }
}
