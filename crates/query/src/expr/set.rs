//! Sets: arrays whose order and repetitions do not count.
//!
//! Results are in BSON's order, without repetitions, so they are the same for the same sets.

use super::args::{Args, array, elements};
use super::built_array;
use super::ops::{ANY, Op, Shape};
use crate::pipeline::Cx;
use crate::{Refusal, Val, compare};

pub(super) const OPS: &[Op] = &[
    Op {
        name: "$setEquals",
        shape: Shape::List(2, ANY),
        run: equals,
    },
    Op {
        name: "$setIntersection",
        shape: Shape::List(0, ANY),
        run: intersection,
    },
    Op {
        name: "$setUnion",
        shape: Shape::List(0, ANY),
        run: union,
    },
    Op {
        name: "$setDifference",
        shape: Shape::List(2, 2),
        run: difference,
    },
    Op {
        name: "$setIsSubset",
        shape: Shape::List(2, 2),
        run: is_subset,
    },
    Op {
        name: "$allElementsTrue",
        shape: Shape::List(1, 1),
        run: all_true,
    },
    Op {
        name: "$anyElementTrue",
        shape: Shape::List(1, 1),
        run: any_true,
    },
];

/// The elements sorted, each once.
fn sorted<'a>(value: &Val<'a>, cx: &Cx<'_>) -> Result<Vec<Val<'a>>, Refusal> {
    let mut items = elements(value, "an operand")?;
    cx.work(items.len())?;
    items.sort_by(compare);
    items.dedup_by(|left, right| compare(left, right).is_eq());
    Ok(items)
}

fn has(set: &[Val<'_>], value: &Val<'_>) -> bool {
    set.binary_search_by(|item| compare(item, value)).is_ok()
}

fn equals<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let first = sorted(args.at(0), cx)?;
    let mut same = true;
    for value in args.iter().skip(1) {
        let other = sorted(value, cx)?;
        same &= other.len() == first.len() && first.iter().zip(&other).all(|(a, b)| compare(a, b).is_eq());
    }
    Ok(Val::Bool(same))
}

fn intersection<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let mut sets = args.iter();
    let mut common = sets.next().map_or(Ok(Vec::new()), |first| sorted(first, cx))?;
    for value in sets {
        let other = sorted(value, cx)?;
        common.retain(|item| has(&other, item));
    }
    built_array(common, cx)
}

fn union<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let mut all = Vec::new();
    for value in args.iter() {
        all.extend(elements(value, "an operand")?);
        cx.work(all.len())?;
        cx.fits(all.len().saturating_mul(size_of::<Val<'_>>()))?;
    }
    all.sort_by(compare);
    all.dedup_by(|left, right| compare(left, right).is_eq());
    built_array(all, cx)
}

fn difference<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let taken = sorted(args.at(1), cx)?;
    // What stays keeps its order, each once.
    let all = sorted(args.at(0), cx)?;
    let mut seen = vec![false; all.len()];
    let mut kept = Vec::new();
    for item in array(args.at(0), "an operand")?.iter() {
        let item = item?;
        cx.tick()?;
        let place = all.binary_search_by(|other| compare(other, &item));
        if let Some(seen) = place.ok().and_then(|place| seen.get_mut(place))
            && !std::mem::replace(seen, true)
            && !has(&taken, &item)
        {
            kept.push(item);
        }
    }
    built_array(kept, cx)
}

fn is_subset<'a>(args: Args<'_, 'a>, cx: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let (part, whole) = (sorted(args.at(0), cx)?, sorted(args.at(1), cx)?);
    Ok(Val::Bool(part.iter().all(|item| has(&whole, item))))
}

fn all_true<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    Ok(Val::Bool(
        elements(args.at(0), "the operand")?.iter().all(Val::is_true),
    ))
}

fn any_true<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    Ok(Val::Bool(
        elements(args.at(0), "the operand")?.iter().any(Val::is_true),
    ))
}
