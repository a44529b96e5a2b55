//! [`Total`]: what is kept of the values that an aggregate is over, so that it can follow their changes one by one.
//!
//! How many there are and their exact sum are enough for `count`, `sum` and `avg`, and both can be added to and taken from
//! without looking at the other values. What a field shows follows from that by its type: a sum as it is unless its rules
//! say otherwise, a mean with up to 34 digits.

use jsonb::{Damaged, Value};

use super::decimal::Decimal;
use super::number::{MAX_DIGITS, MONEY_DECIMALS};
use super::{Scalar, input};
use crate::{DecimalRules, Field, FieldType, Rounding, Sum};

/// Longest spelling of a sum: those of numbers of all sizes fit in.
const MAX_SPELLING: usize = 16_384;

/// See the module. Also the difference of two of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    count: i64,
    sum: Decimal,
}

impl Default for Total {
    fn default() -> Self {
        Self {
            count: 0,
            sum: Decimal::ZERO,
        }
    }
}

impl Total {
    /// That of something that is counted.
    #[must_use]
    pub fn one() -> Self {
        Self {
            count: 1,
            ..Self::default()
        }
    }

    /// Adds a stored value; one that is no number counts for nothing.
    ///
    /// # Errors
    /// When the stored bytes are not sound.
    pub fn take(&mut self, value: Value<'_>) -> Result<(), Damaged> {
        let spelling = match value.number_spelling()? {
            Some(spelling) => Some(spelling),
            None => value.as_str()?,
        };
        if let Some(number) = spelling.and_then(|spelling| Decimal::unbounded(&spelling)) {
            self.count += 1;
            self.sum = self.sum.plus(&number);
        }
        Ok(())
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum.plus(&other.sum),
        }
    }

    /// What is left without the other.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        Self {
            count: self.count - other.count,
            sum: self.sum.plus(&other.sum.negated()),
        }
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// The count, and the sum spelled out.
    #[must_use]
    pub fn parts(&self) -> (i64, String) {
        (self.count, self.sum.scientific())
    }

    /// What has these parts; none when the sum is no number.
    #[must_use]
    pub fn of_parts(count: i64, sum: &str) -> Option<Self> {
        let sum = Some(sum).filter(|sum| sum.len() <= MAX_SPELLING);
        Some(Self {
            count,
            sum: Decimal::unbounded(sum?)?,
        })
    }

    /// What a field shows of it; none where there is no mean, or what comes out does not fit the field.
    #[must_use]
    pub fn shown(&self, sum: &Sum, field: &Field) -> Option<Scalar> {
        let form = Form::of(&field.kind);
        let number = match sum {
            Sum::Count => Decimal::unbounded(&self.count.to_string())?,
            Sum::Sum(_) => self.sum.clone(),
            Sum::Avg(_) => {
                let count = u64::try_from(self.count).ok().filter(|count| *count > 0)?;
                // One digit more, by which it is rounded.
                let decimals = form.decimals.unwrap_or(0).saturating_add(1);
                self.sum.divided(count, decimals, MAX_DIGITS + 1)
            }
        };
        let number = match form.decimals {
            Some(decimals) => number.limited(decimals, form.rounding).ok()?.unwrap_or(number),
            None => number,
        };
        let big = matches!(field.kind, FieldType::BigNumber(_));
        let mean = matches!(sum, Sum::Avg(_)) && form.decimals.is_none();
        let number = match big || mean {
            true => number.significant_only(MAX_DIGITS),
            false => number,
        };
        let spelled = match big {
            true => input::text(&number.plain()),
            false => input::number(&number.plain())?,
        };
        super::read(field, spelled.root()).ok().flatten()
    }
}

/// How a field writes numbers.
struct Form {
    decimals: Option<u8>,
    rounding: Rounding,
}

impl Form {
    fn of(kind: &FieldType) -> Self {
        let of = |rules: &DecimalRules, most: Option<u8>| Self {
            decimals: rules.decimals.into_iter().chain(most).min(),
            // There is nobody who could give it fewer decimals.
            rounding: match rules.rounding {
                Rounding::Refuse => Rounding::Round,
                rounding => rounding,
            },
        };
        match kind {
            FieldType::Decimal(rules) | FieldType::BigNumber(rules) => of(rules, None),
            FieldType::Money(rules) | FieldType::Percentage(rules) => of(rules, Some(MONEY_DECIMALS)),
            _ => Self {
                decimals: Some(0),
                rounding: Rounding::Round,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Range;
    use crate::lower::path::plain;

    fn total(values: &[&str]) -> Total {
        let mut total = Total::default();
        for value in values {
            total.take(input::number(value).unwrap().root()).unwrap();
        }
        total
    }

    fn shown(kind: FieldType, total: &Total, sum: &Sum) -> Option<String> {
        let field = plain("f", kind, false);
        let shown = total.shown(sum, &field);
        shown.map(|scalar| scalar.stored.to_text().unwrap())
    }

    fn rules(decimals: Option<u8>, rounding: Rounding) -> DecimalRules {
        DecimalRules {
            decimals,
            rounding,
            range: Range::default(),
        }
    }

    #[test]
    fn values_come_and_go() {
        let all = total(&["0.1", "0.2", "1e300", "-7"]);
        let some = total(&["1e300", "0.1"]);
        assert_eq!(all.minus(&some), total(&["0.2", "-7"]));
        assert_eq!(all.minus(&some).plus(&some), all);
        assert!(all.minus(&all).is_nothing());
        let (count, sum) = all.parts();
        assert_eq!(Total::of_parts(count, &sum), Some(all));
        assert_eq!(Total::of_parts(1, "x"), None);
        let mut none = Total::default();
        none.take(input::text("x").root()).unwrap();
        assert!(none.is_nothing());
    }

    #[test]
    fn fields_show_them_by_their_types() {
        let (sum, avg) = (Sum::Sum("x".to_owned()), Sum::Avg("x".to_owned()));
        let three = total(&["0.1", "0.2", "0.405"]);
        let decimal = |decimals, rounding| FieldType::Decimal(rules(decimals, rounding));
        let plain = || decimal(None, Rounding::Round);
        for (kind, of, expected) in [
            (plain(), &Sum::Count, "3"),
            (plain(), &sum, "0.705"),
            (plain(), &avg, "0.235"),
            (decimal(Some(2), Rounding::Round), &sum, "0.71"),
            (decimal(Some(2), Rounding::Refuse), &avg, "0.24"),
            (decimal(Some(2), Rounding::Truncate), &avg, "0.23"),
            (FieldType::Integer(Range::default()), &sum, "1"),
            (
                FieldType::BigNumber(rules(None, Rounding::Round)),
                &sum,
                "\"0.705\"",
            ),
        ] {
            assert_eq!(shown(kind, &three, of).as_deref(), Some(expected), "{of:?}");
        }
        assert_eq!(
            shown(plain(), &total(&["1", "0", "0"]), &avg).as_deref(),
            Some("0.3333333333333333333333333333333333")
        );
        let money = || FieldType::Money(rules(None, Rounding::Round));
        assert_eq!(
            shown(money(), &total(&["2", "0", "0"]), &avg).as_deref(),
            Some("0.6667")
        );
        let nothing = Total::default();
        assert_eq!(shown(plain(), &nothing, &avg), None);
        assert_eq!(shown(plain(), &nothing, &sum).as_deref(), Some("0"));
        let narrow = FieldType::Integer(Range {
            min: None,
            max: Some(2),
        });
        assert_eq!(shown(narrow, &three, &Sum::Count), None);
    }

    #[test]
    fn what_is_too_long_is_rounded_or_left_out() {
        let sum = Sum::Sum("x".to_owned());
        let long = total(&["1e40", "1"]);
        let big = FieldType::BigNumber(rules(None, Rounding::Round));
        assert_eq!(shown(big, &long, &sum), Some(format!("\"1{}\"", "0".repeat(40))));
        let integer = FieldType::Integer(Range::default());
        assert_eq!(shown(integer, &long, &sum), None);
        let decimal = FieldType::Decimal(rules(None, Rounding::Round));
        let beyond = total(&["1e308", "1e308"]);
        assert_eq!(shown(decimal, &beyond, &sum), None);
    }
}
