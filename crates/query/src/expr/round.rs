//! `$ceil`, `$floor`, `$round`, `$trunc`: whole numbers stay as they are, doubles stay doubles.

use super::args::{Args, number, whole};
use super::ops::{Op, Shape};
use crate::pipeline::Cx;
use crate::{Refusal, Val};

pub(super) const OPS: &[Op] = &[
    Op {
        name: "$ceil",
        shape: Shape::List(1, 1),
        run: ceil,
    },
    Op {
        name: "$floor",
        shape: Shape::List(1, 1),
        run: floor,
    },
    Op {
        name: "$round",
        shape: Shape::List(1, 2),
        run: round,
    },
    Op {
        name: "$trunc",
        shape: Shape::List(1, 2),
        run: trunc,
    },
];

fn ceil<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    of_number(args.at(0), f64::ceil)
}

fn floor<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    of_number(args.at(0), f64::floor)
}

fn of_number<'a>(value: &Val<'a>, function: fn(f64) -> f64) -> Result<Val<'a>, Refusal> {
    Ok(match value {
        Val::Missing | Val::Null => Val::Null,
        Val::Int(int) => Val::Int(*int),
        other => Val::Double(function(number(other, "the operand")?)),
    })
}

fn round<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    at_place(args, true)
}

fn trunc<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    at_place(args, false)
}

/// Cuts a number at a decimal place; `half_even` rounds a half to the even neighbour instead.
fn at_place<'a>(args: Args<'_, 'a>, half_even: bool) -> Result<Val<'a>, Refusal> {
    let value = args.at(0);
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let place = args.given(1).map_or(Ok(0), |place| whole(place, "the place"))?;
    if !(-20..=100).contains(&place) {
        return Err(Refusal::new(format!(
            "the place must be from -20 to 100, not {place}"
        )));
    }
    match value {
        Val::Int(int) if place >= 0 => Ok(Val::Int(*int)),
        Val::Int(int) => whole_at_place(*int, place.unsigned_abs(), half_even),
        other => {
            let double = number(other, "the number")?;
            Ok(Val::Double(double_at_place(double, place, half_even)))
        }
    }
}

fn whole_at_place<'a>(int: i64, zeros: u64, half_even: bool) -> Result<Val<'a>, Refusal> {
    let unit = 10i128.pow(u32::try_from(zeros).unwrap_or(20));
    let int = i128::from(int);
    let (cut, rest) = (int / unit, int % unit);
    let up = half_even && (rest.abs() * 2 > unit || (rest.abs() * 2 == unit && cut % 2 != 0));
    let found = (cut + if up { int.signum() } else { 0 }) * unit;
    i64::try_from(found)
        .map(Val::Int)
        .map_err(|_| Refusal::new("the rounded number does not fit in 64 bits"))
}

/// Goes through the decimal spelling, which no scaling by powers of ten can distort.
fn double_at_place(double: f64, place: i64, half_even: bool) -> f64 {
    if !double.is_finite() {
        return double;
    }
    let Ok(digits) = usize::try_from(place) else {
        let unit = 10f64.powi(i32::try_from(-place).unwrap_or(20));
        let scaled = double / unit;
        return if half_even {
            scaled.round_ties_even()
        } else {
            scaled.trunc()
        } * unit;
    };
    if digits == 0 {
        return if half_even {
            double.round_ties_even()
        } else {
            double.trunc()
        };
    }
    let text = if half_even {
        // Rust prints the exact value rounded half to even.
        format!("{double:.digits$}")
    } else {
        cut_digits(double, digits)
    };
    text.parse().unwrap_or(double)
}

/// The shortest spelling of a number without what stands beyond `digits` decimals.
fn cut_digits(double: f64, digits: usize) -> String {
    let mut text = format!("{double}");
    if let Some(point) = text.find('.') {
        text.truncate((point + 1 + digits).min(text.len()));
    }
    text
}
