//! Trigonometry, in radians.

use super::args::{Args, number};
use super::arith::of_double;
use super::ops::{Op, Shape};
use crate::pipeline::Cx;
use crate::{Refusal, Val};

type Answer<'a> = Result<Val<'a>, Refusal>;

pub(super) const OPS: &[Op] = &[
    Op {
        name: "$sin",
        shape: Shape::List(1, 1),
        run: |args, cx| finite(args, cx, f64::sin),
    },
    Op {
        name: "$cos",
        shape: Shape::List(1, 1),
        run: |args, cx| finite(args, cx, f64::cos),
    },
    Op {
        name: "$tan",
        shape: Shape::List(1, 1),
        run: |args, cx| finite(args, cx, f64::tan),
    },
    Op {
        name: "$asin",
        shape: Shape::List(1, 1),
        run: |args, cx| unit(args, cx, f64::asin),
    },
    Op {
        name: "$acos",
        shape: Shape::List(1, 1),
        run: |args, cx| unit(args, cx, f64::acos),
    },
    Op {
        name: "$atan",
        shape: Shape::List(1, 1),
        run: |args, cx| any(args, cx, f64::atan),
    },
    Op {
        name: "$atan2",
        shape: Shape::List(2, 2),
        run: atan2,
    },
    Op {
        name: "$sinh",
        shape: Shape::List(1, 1),
        run: |args, cx| any(args, cx, f64::sinh),
    },
    Op {
        name: "$cosh",
        shape: Shape::List(1, 1),
        run: |args, cx| any(args, cx, f64::cosh),
    },
    Op {
        name: "$tanh",
        shape: Shape::List(1, 1),
        run: |args, cx| any(args, cx, f64::tanh),
    },
    Op {
        name: "$asinh",
        shape: Shape::List(1, 1),
        run: |args, cx| any(args, cx, f64::asinh),
    },
    Op {
        name: "$acosh",
        shape: Shape::List(1, 1),
        run: acosh,
    },
    Op {
        name: "$atanh",
        shape: Shape::List(1, 1),
        run: |args, cx| unit(args, cx, f64::atanh),
    },
    Op {
        name: "$degreesToRadians",
        shape: Shape::List(1, 1),
        run: |args, cx| any(args, cx, f64::to_radians),
    },
    Op {
        name: "$radiansToDegrees",
        shape: Shape::List(1, 1),
        run: |args, cx| any(args, cx, f64::to_degrees),
    },
];

fn any<'a>(args: Args<'_, 'a>, _: &Cx<'_>, function: fn(f64) -> f64) -> Answer<'a> {
    of_double(args, |_| true, "", function)
}

fn finite<'a>(args: Args<'_, 'a>, _: &Cx<'_>, function: fn(f64) -> f64) -> Answer<'a> {
    of_double(args, f64::is_finite, "finite", function)
}

fn unit<'a>(args: Args<'_, 'a>, _: &Cx<'_>, function: fn(f64) -> f64) -> Answer<'a> {
    of_double(args, |double| double.abs() <= 1.0, "from -1 to 1", function)
}

fn acosh<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Answer<'a> {
    of_double(args, |double| double >= 1.0, "at least 1", f64::acosh)
}

fn atan2<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Answer<'a> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let (y, x) = (number(args.at(0), "y")?, number(args.at(1), "x")?);
    Ok(Val::Double(y.atan2(x)))
}
