//! `$firstN`, `$lastN`, `$minN`, `$maxN` of an array, and the accumulators that work in expressions too:
//! `$sum`, `$avg`, `$min`, `$max`, `$stdDevPop`, `$stdDevSamp`.
//!
//! With one argument those look into it when it is an array; with several they take each as it is.

use super::args::{Args, elements, positive};
use super::arith::Total;
use super::built_array;
use super::ops::{ANY, Op, Shape};
use crate::accumulators::Spread;
use crate::pipeline::Cx;
use crate::{Refusal, Val, compare};

const N: Shape = Shape::Named(&["n", "input"], &[]);

pub(super) const OPS: &[Op] = &[
    Op {
        name: "$firstN",
        shape: N,
        run: first_n,
    },
    Op {
        name: "$lastN",
        shape: N,
        run: last_n,
    },
    Op {
        name: "$minN",
        shape: N,
        run: |args, cx| extreme_n(args, cx, false),
    },
    Op {
        name: "$maxN",
        shape: N,
        run: |args, cx| extreme_n(args, cx, true),
    },
    Op {
        name: "$sum",
        shape: Shape::List(0, ANY),
        run: sum,
    },
    Op {
        name: "$avg",
        shape: Shape::List(0, ANY),
        run: avg,
    },
    Op {
        name: "$min",
        shape: Shape::List(0, ANY),
        run: |args, cx| extreme(args, cx, false),
    },
    Op {
        name: "$max",
        shape: Shape::List(0, ANY),
        run: |args, cx| extreme(args, cx, true),
    },
    Op {
        name: "$stdDevPop",
        shape: Shape::List(0, ANY),
        run: |args, cx| spread(args, cx, false),
    },
    Op {
        name: "$stdDevSamp",
        shape: Shape::List(0, ANY),
        run: |args, cx| spread(args, cx, true),
    },
];

fn n_of<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<(usize, Vec<Val<'a>>), Refusal> {
    let n = positive(args.at(0), "n")?;
    let items = elements(args.at(1), "input")?;
    cx.work(items.len())?;
    Ok((n, items))
}

fn first_n<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let (n, mut items) = n_of(args, cx)?;
    items.truncate(n);
    built_array(items, cx)
}

fn last_n<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let (n, mut items) = n_of(args, cx)?;
    let rest = items.split_off(items.len().saturating_sub(n));
    built_array(rest, cx)
}

fn extreme_n<'a>(args: Args<'_, 'a>, cx: &Cx<'_>, most: bool) -> Result<Val<'a>, Refusal> {
    let (n, mut items) = n_of(args, cx)?;
    items.retain(|item| !item.is_nullish());
    items.sort_by(|left, right| {
        let order = compare(left, right);
        if most { order.reverse() } else { order }
    });
    items.truncate(n);
    built_array(items, cx)
}

/// Calls `each` with the values an accumulator in an expression looks at.
fn over<'a>(
    args: Args<'_, 'a>,
    cx: &Cx<'_>,
    mut each: impl FnMut(&Val<'a>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    match (args.given(0), args.given(1)) {
        (Some(Val::Array(items)), None) => {
            for item in items.iter() {
                cx.tick()?;
                each(&item?)?;
            }
            Ok(())
        }
        _ => args.iter().try_for_each(each),
    }
}

fn sum<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let mut total = Total::default();
    over(args, cx, |value| total.add(value).map(|_| ()))?;
    Ok(total.value())
}

fn avg<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let (mut total, mut count) = (Total::default(), 0u64);
    over(args, cx, |value| {
        count += u64::from(total.add(value)?);
        Ok(())
    })?;
    Ok(match count {
        0 => Val::Null,
        count => Val::Double(total.as_f64() / count as f64),
    })
}

fn extreme<'a>(args: Args<'_, 'a>, cx: &Cx<'_>, most: bool) -> Result<Val<'a>, Refusal> {
    let mut found = Val::Null;
    over(args, cx, |value| {
        let order = compare(value, &found);
        let better = if most { order.is_gt() } else { order.is_lt() };
        if !value.is_nullish() && (found.is_nullish() || better) {
            found = value.clone();
        }
        Ok(())
    })?;
    Ok(found)
}

fn spread<'a>(args: Args<'_, 'a>, cx: &Cx<'_>, sample: bool) -> Result<Val<'a>, Refusal> {
    let mut spread = Spread::default();
    over(args, cx, |value| spread.add(value))?;
    Ok(spread.deviation(sample))
}
