//! Arithmetic: `$add`, `$subtract`, `$multiply`, `$divide`, `$mod`, `$abs`, `$exp`, `$ln`, `$log`, `$log10`,
//! `$pow`, `$sqrt`.
//!
//! Whole numbers stay whole; a result beyond 64 bits becomes a double, as MongoDB's longs do. Null or missing
//! operands give null.

use super::args::{Args, expected, no_decimals, number};
use super::ops::{ANY, Op, Shape};
use crate::pipeline::Cx;
use crate::{Refusal, Val};

pub(super) const OPS: &[Op] = &[
    Op {
        name: "$add",
        shape: Shape::List(0, ANY),
        run: add,
    },
    Op {
        name: "$subtract",
        shape: Shape::List(2, 2),
        run: subtract,
    },
    Op {
        name: "$multiply",
        shape: Shape::List(0, ANY),
        run: multiply,
    },
    Op {
        name: "$divide",
        shape: Shape::List(2, 2),
        run: divide,
    },
    Op {
        name: "$mod",
        shape: Shape::List(2, 2),
        run: modulo,
    },
    Op {
        name: "$abs",
        shape: Shape::List(1, 1),
        run: abs,
    },
    Op {
        name: "$exp",
        shape: Shape::List(1, 1),
        run: exp,
    },
    Op {
        name: "$ln",
        shape: Shape::List(1, 1),
        run: ln,
    },
    Op {
        name: "$log",
        shape: Shape::List(2, 2),
        run: log,
    },
    Op {
        name: "$log10",
        shape: Shape::List(1, 1),
        run: log10,
    },
    Op {
        name: "$pow",
        shape: Shape::List(2, 2),
        run: pow,
    },
    Op {
        name: "$sqrt",
        shape: Shape::List(1, 1),
        run: sqrt,
    },
];

/// A sum that is exact while whole numbers are added, and compensated once doubles join.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Total {
    whole: i128,
    /// The doubles' sum and what rounding took from it; none while there are no doubles.
    doubles: Option<(f64, f64)>,
}

impl Total {
    /// Adds a number; anything else is not added and gives false.
    #[inline]
    pub(crate) fn add(&mut self, value: &Val<'_>) -> Result<bool, Refusal> {
        match value {
            // Beyond 2^64 additions of the largest number before this wraps.
            Val::Int(int) => self.whole = self.whole.wrapping_add(i128::from(*int)),
            Val::Double(double) => self.add_double(*double),
            Val::Decimal(_) => return Err(no_decimals()),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Neumaier's summation: what the larger operand swallows is kept aside.
    fn add_double(&mut self, double: f64) {
        let (sum, lost) = self.doubles.unwrap_or((0.0, 0.0));
        let next = sum + double;
        let swallowed = if sum.abs() >= double.abs() {
            (sum - next) + double
        } else {
            (double - next) + sum
        };
        self.doubles = Some((next, lost + swallowed));
    }

    /// The sum as a double.
    pub(crate) fn as_f64(self) -> f64 {
        let whole = self.whole as f64;
        match self.doubles {
            None => whole,
            Some((sum, lost)) => {
                let total = whole + sum;
                // An infinity would turn its own lost part into NaN.
                if total.is_finite() { total + lost } else { total }
            }
        }
    }

    /// The sum: whole if all was whole and it fits.
    pub(crate) fn value(self) -> Val<'static> {
        match (self.doubles, i64::try_from(self.whole)) {
            (None, Ok(whole)) => Val::Int(whole),
            _ => Val::Double(self.as_f64()),
        }
    }
}

fn add<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let mut total = Total::default();
    let mut date = None;
    for value in args.iter() {
        match value {
            Val::Missing | Val::Null => return Ok(Val::Null),
            Val::Date(_) if date.is_some() => return Err(Refusal::new("only one operand can be a date")),
            Val::Date(at) => date = Some(at.ms),
            value if total.add(value)? => {}
            other => return Err(expected("an operand", "a number or a date", other)),
        }
    }
    match date {
        None => Ok(total.value()),
        Some(ms) => moved(ms, &total.value()),
    }
}

fn subtract<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    match (args.at(0), args.at(1)) {
        (Val::Int(left), Val::Int(right)) => Ok(match left.checked_sub(*right) {
            Some(difference) => Val::Int(difference),
            None => Val::Double(*left as f64 - *right as f64),
        }),
        (Val::Date(left), Val::Date(right)) => match left.ms.checked_sub(right.ms) {
            Some(ms) => Ok(Val::Int(ms)),
            None => Err(Refusal::new("the difference of the dates overflows")),
        },
        (Val::Date(date), Val::Int(right)) => moved(date.ms, &Val::Int(right.saturating_neg())),
        (Val::Date(date), Val::Double(right)) => moved(date.ms, &Val::Double(-right)),
        (left, right) => Ok(Val::Double(
            number(left, "an operand")? - number(right, "an operand")?,
        )),
    }
}

/// A date some milliseconds later.
fn moved(ms: i64, by: &Val<'_>) -> Result<Val<'static>, Refusal> {
    let by = match by {
        Val::Int(by) => Some(*by),
        other => other
            .as_f64()
            .filter(|by| by.abs() < 9.2e18)
            .map(|by| by.round() as i64),
    };
    by.and_then(|by| ms.checked_add(by))
        .map(Val::date)
        .ok_or_else(|| Refusal::new("the resulting date overflows"))
}

fn multiply<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    let mut whole = Some(1i64);
    let mut product = 1.0;
    for value in args.iter() {
        if value.is_nullish() {
            return Ok(Val::Null);
        }
        product *= number(value, "an operand")?;
        whole = match value {
            Val::Int(int) => whole.and_then(|product| product.checked_mul(*int)),
            _ => None,
        };
    }
    Ok(whole.map_or(Val::Double(product), Val::Int))
}

fn divide<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let (left, right) = (
        number(args.at(0), "the dividend")?,
        number(args.at(1), "the divisor")?,
    );
    if right == 0.0 {
        return Err(Refusal::new("cannot divide by zero"));
    }
    Ok(Val::Double(left / right))
}

fn modulo<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let (left, right) = (args.at(0), args.at(1));
    let (dividend, divisor) = (number(left, "the dividend")?, number(right, "the divisor")?);
    if divisor == 0.0 {
        return Err(Refusal::new("cannot divide by zero"));
    }
    Ok(match (left, right) {
        // The smallest number by -1 leaves nothing.
        (Val::Int(left), Val::Int(right)) => Val::Int(left.checked_rem(*right).unwrap_or(0)),
        _ => Val::Double(dividend % divisor),
    })
}

fn abs<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    match args.at(0) {
        Val::Missing | Val::Null => Ok(Val::Null),
        Val::Int(int) => int
            .checked_abs()
            .map(Val::Int)
            .ok_or_else(|| Refusal::new("the smallest long has no absolute value of 64 bits")),
        other => Ok(Val::Double(number(other, "the operand")?.abs())),
    }
}

/// A function of doubles; null for null.
pub(super) fn of_double<'a>(
    args: Args<'_, 'a>,
    within: impl Fn(f64) -> bool,
    domain: &str,
    function: impl Fn(f64) -> f64,
) -> Result<Val<'a>, Refusal> {
    let value = args.at(0);
    if value.is_nullish() {
        return Ok(Val::Null);
    }
    let double = number(value, "the operand")?;
    if double.is_nan() || within(double) {
        return Ok(Val::Double(function(double)));
    }
    Err(Refusal::new(format!(
        "the operand must be {domain}, not {double}"
    )))
}

fn exp<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    of_double(args, |_| true, "", f64::exp)
}

fn ln<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    of_double(args, |double| double > 0.0, "greater than 0", f64::ln)
}

fn log10<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    of_double(args, |double| double > 0.0, "greater than 0", f64::log10)
}

fn sqrt<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    of_double(args, |double| double >= 0.0, "at least 0", f64::sqrt)
}

fn log<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let (value, base) = (number(args.at(0), "the number")?, number(args.at(1), "the base")?);
    if value <= 0.0 {
        return Err(Refusal::new(format!(
            "the number must be greater than 0, not {value}"
        )));
    }
    if base <= 0.0 || base == 1.0 {
        return Err(Refusal::new(format!(
            "the base must be greater than 0 and not 1, not {base}"
        )));
    }
    Ok(Val::Double(value.ln() / base.ln()))
}

fn pow<'a>(args: Args<'_, 'a>, _: &Cx<'_>) -> Result<Val<'a>, Refusal> {
    if args.any_nullish() {
        return Ok(Val::Null);
    }
    let (base, exponent) = (args.at(0), args.at(1));
    let (power_of, power) = (number(base, "the base")?, number(exponent, "the exponent")?);
    if power_of == 0.0 && power < 0.0 {
        return Err(Refusal::new("0 has no negative powers"));
    }
    if let (Val::Int(base), Val::Int(exponent)) = (base, exponent)
        && let Some(whole) = whole_power(*base, *exponent)
    {
        return Ok(Val::Int(whole));
    }
    Ok(Val::Double(power_of.powf(power)))
}

/// A power that is whole and has 64 bits.
fn whole_power(base: i64, exponent: i64) -> Option<i64> {
    match (base, u32::try_from(exponent)) {
        (1, _) => Some(1),
        (-1, _) => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        (0, _) if exponent > 0 => Some(0),
        (_, Ok(exponent)) => base.checked_pow(exponent),
        _ => None,
    }
}
