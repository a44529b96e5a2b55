//! Numbers: whole, decimal, money, percentages, and numbers of many digits.
//!
//! A number keeps its spelling unless a rule changes it. Money has at most four decimals; so has a percentage, of which
//! two are then behind the point of what people read (0.1234 is 12.34 %).

use std::borrow::Cow;

use crate::fault::Problem;
use crate::values::Scalar;
use crate::values::decimal::Decimal;
use crate::values::input::{self, Input};
use crate::{DecimalRules, Range};

/// Most digits of a number of many digits.
pub(crate) const MAX_DIGITS: usize = 34;
/// Most decimals of money and percentages.
pub(crate) const MONEY_DECIMALS: u8 = 4;

/// A whole number within bounds.
pub(crate) fn integer(range: &Range<i64>, input: &Input<'_>) -> Result<i64, Problem> {
    let Input::Number(spelling) = input else {
        return Err(input.invalid("Not a valid integer"));
    };
    let value = Decimal::parse(spelling).and_then(|number| number.to_i64());
    let value = value.ok_or_else(|| input.invalid("Not a valid integer"))?;
    within(range, &value).map_err(|message| input.invalid(message))?;
    Ok(value)
}

/// A number with decimals, of which there are at most `most` if the rules allow more.
pub(crate) fn decimal(rules: &DecimalRules, most: Option<u8>, input: &Input<'_>) -> Result<Scalar, Problem> {
    let Input::Number(spelling) = input else {
        return Err(input.invalid("Not a valid number"));
    };
    let (_, spelling) = by_rules(rules, most, spelling, input)?;
    let stored = input::number(&spelling).ok_or_else(|| input.invalid("Number is too large"))?;
    Ok(Scalar::new(stored))
}

/// A number of many digits, kept as text. As text in JSON too, since few programs read such numbers.
pub(crate) fn big(rules: &DecimalRules, input: &Input<'_>) -> Result<Scalar, Problem> {
    let (Input::Number(spelling) | Input::Text(spelling)) = input else {
        return Err(input.invalid("Not a valid number"));
    };
    let (number, spelling) = by_rules(rules, None, spelling, input)?;
    if number.significant() > MAX_DIGITS {
        return Err(input.invalid(format!("Must not have more than {MAX_DIGITS} significant digits")));
    }
    Ok(Scalar {
        stored: input::text(&spelling),
        shadow: Some(input::text(&number.key())),
    })
}

/// Whether the bounds of the rules are numbers.
pub(crate) fn check_rules(rules: &DecimalRules) -> Result<(), String> {
    for bound in [&rules.range.min, &rules.range.max].into_iter().flatten() {
        Decimal::parse(bound).ok_or_else(|| format!("the bound {bound:?} is not a number"))?;
    }
    Ok(())
}

fn by_rules<'a>(
    rules: &DecimalRules,
    most: Option<u8>,
    spelling: &'a str,
    input: &Input<'_>,
) -> Result<(Decimal, Cow<'a, str>), Problem> {
    let number = Decimal::parse(spelling).ok_or_else(|| input.invalid("Not a valid number"))?;
    let decimals = rules.decimals.into_iter().chain(most).min();
    let limited = match decimals {
        Some(decimals) => number
            .limited(decimals, rules.rounding)
            .map_err(|_| input.invalid(format!("Must not have more than {decimals} decimals")))?,
        None => None,
    };
    let (number, spelling) = match limited {
        Some(limited) => {
            let plain = limited.plain();
            (limited, Cow::Owned(plain))
        }
        None if input::number(spelling).is_none() => {
            let plain = number.plain();
            (number, Cow::Owned(plain))
        }
        None => (number, Cow::Borrowed(spelling)),
    };
    let bound = |bound: &Option<String>| bound.as_deref().and_then(Decimal::parse);
    let range = Range {
        min: bound(&rules.range.min),
        max: bound(&rules.range.max),
    };
    if range.min.as_ref().is_some_and(|min| number < *min) {
        let min = rules.range.min.as_deref().unwrap_or_default();
        return Err(input.invalid(format!("Must be at least {min}")));
    }
    if range.max.as_ref().is_some_and(|max| number > *max) {
        let max = rules.range.max.as_deref().unwrap_or_default();
        return Err(input.invalid(format!("Must be at most {max}")));
    }
    Ok((number, spelling))
}

/// Says which bound a value is beyond.
pub(crate) fn within<T: PartialOrd + std::fmt::Display>(range: &Range<T>, value: &T) -> Result<(), String> {
    match (&range.min, &range.max) {
        (Some(min), _) if value < min => Err(format!("Must be at least {min}")),
        (_, Some(max)) if value > max => Err(format!("Must be at most {max}")),
        _ => Ok(()),
    }
}
