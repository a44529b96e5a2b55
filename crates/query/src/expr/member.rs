//! `$in`, `$indexOfArray`: whether and where an array has a value.

use super::args::{Args, array};
use super::ops::{Op, Shape};
use super::string::find::bounds;
use crate::pipeline::Cx;
use crate::{Refusal, Val, equal};

pub(super) const OPS: &[Op] = &[
    Op {
        name: "$in",
        shape: Shape::List(2, 2),
        run: is_in,
    },
    Op {
        name: "$indexOfArray",
        shape: Shape::List(2, 4),
        run: index_of,
    },
];

fn is_in<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    for item in array(args.at(1), "the second argument")?.iter() {
        cx.tick()?;
        if equal(&item?, args.at(0)) {
            return Ok(Val::Bool(true));
        }
    }
    Ok(Val::Bool(false))
}

fn index_of<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.at(0).is_nullish() {
        return Ok(Val::Null);
    }
    let (start, end) = bounds(args)?;
    let items = array(args.at(0), "the first argument")?;
    for (index, item) in items.iter().enumerate().take(end).skip(start) {
        cx.tick()?;
        if equal(&item?, args.at(1)) {
            return Ok(Val::Int(i64::try_from(index).unwrap_or(i64::MAX)));
        }
    }
    Ok(Val::Int(-1))
}
