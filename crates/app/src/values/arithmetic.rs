//! Sums and quotients of decimal numbers, on their digits: sums are exact, of quotients as many digits as are asked for.

use std::cmp::Ordering;

use super::decimal::Decimal;

impl Decimal {
    /// The sum of both, exactly.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        let (left, right) = (self.down_to(exponent), other.down_to(exponent));
        if self.negative == other.negative {
            return Self::new(self.negative, added(&left, &right), exponent);
        }
        match compared(&left, &right) {
            Ordering::Equal => Self::ZERO,
            Ordering::Greater => Self::new(self.negative, subtracted(left, &right), exponent),
            Ordering::Less => Self::new(other.negative, subtracted(right, &left), exponent),
        }
    }

    /// It below zero what it was above, and the other way round.
    pub(crate) fn negated(&self) -> Self {
        Self::new(!self.negative, self.digits.clone(), self.exponent)
    }

    /// It divided by a number above zero, cut off behind so many decimals or so many digits that matter, whichever is
    /// further.
    pub(crate) fn divided(&self, by: u64, decimals: u8, significant: usize) -> Self {
        let by = u128::from(by.max(1));
        let (mut quotient, mut rest, mut exponent) = (Vec::new(), 0_u128, self.exponent);
        let mut step = |digit: u8, quotient: &mut Vec<u8>| {
            rest = rest * 10 + u128::from(digit - b'0');
            // The rest was below `by`, so this is a digit.
            let next = b'0' + (rest / by) as u8;
            rest %= by;
            if next != b'0' || !quotient.is_empty() {
                quotient.push(next);
            }
            rest == 0
        };
        let mut even = self.digits.is_empty();
        for &digit in &self.digits {
            even = step(digit, &mut quotient);
        }
        while !even && (quotient.len() < significant || exponent > -i32::from(decimals)) {
            even = step(b'0', &mut quotient);
            exponent -= 1;
        }
        Self::new(self.negative, quotient, exponent)
    }

    /// Its digits down to this power of ten, which is not above that of its last one.
    fn down_to(&self, exponent: i32) -> Vec<u8> {
        let mut digits = self.digits.clone();
        if !digits.is_empty() {
            let zeros = usize::try_from(self.exponent - exponent).unwrap_or(0);
            digits.resize(digits.len() + zeros, b'0');
        }
        digits
    }
}

/// Numbers by their digits; neither begins with a zero.
fn compared(left: &[u8], right: &[u8]) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

fn added(left: &[u8], right: &[u8]) -> Vec<u8> {
    let (long, short) = if left.len() < right.len() {
        (right, left)
    } else {
        (left, right)
    };
    let mut sum = Vec::with_capacity(long.len() + 1);
    let mut carry = 0;
    let mut others = short.iter().rev();
    for &digit in long.iter().rev() {
        let both = (digit - b'0') + others.next().map_or(0, |other| other - b'0') + carry;
        carry = both / 10;
        sum.push(b'0' + both % 10);
    }
    if carry > 0 {
        sum.push(b'0' + carry);
    }
    sum.reverse();
    sum
}

/// The first is the greater one.
fn subtracted(mut from: Vec<u8>, other: &[u8]) -> Vec<u8> {
    let mut borrowed = false;
    let mut others = other.iter().rev();
    for digit in from.iter_mut().rev() {
        let take = others.next().map_or(0, |other| other - b'0') + u8::from(borrowed);
        let have = *digit - b'0';
        borrowed = have < take;
        *digit = b'0' + if borrowed { have + 10 - take } else { have - take };
    }
    from
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Decimal;

    fn decimal(text: &str) -> Decimal {
        Decimal::unbounded(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn sums_are_exact() {
        for (left, right, sum) in [
            ("0.1", "0.2", "0.3"),
            ("1", "-1", "0"),
            ("1e20", "1e-20", "100000000000000000000.00000000000000000001"),
            ("-5", "2.5", "-2.5"),
            ("999", "1", "1000"),
            ("-0.001", "0", "-0.001"),
            ("1000", "-0.001", "999.999"),
        ] {
            assert_eq!(decimal(left).plus(&decimal(right)).plain(), sum);
            assert_eq!(decimal(right).plus(&decimal(left)).plain(), sum);
        }
        let great = decimal("1e308").plus(&decimal("4e-324"));
        assert_eq!(great.plus(&decimal("-1e308")), decimal("4e-324"));
    }

    #[test]
    fn quotients_have_the_digits_asked_for() {
        for (number, by, decimals, significant, quotient) in [
            ("10", 4, 0, 5, "2.5"),
            ("10", 3, 0, 5, "3.3333"),
            ("2", 3, 3, 1, "0.666"),
            ("-1", 8, 0, 3, "-0.125"),
            ("0", 7, 2, 3, "0"),
            ("100000000000000000000", 3, 1, 1, "33333333333333333333.3"),
            ("1e30", 7, 0, 3, "142857142857142857142857142857"),
            ("1e-10", 3, 0, 2, "0.000000000033"),
        ] {
            let cut = decimal(number).divided(by, decimals, significant);
            assert_eq!(cut.plain(), quotient, "{number} / {by}");
        }
    }

    proptest! {
        #[test]
        fn sums_are_those_of_integers(left in -1_000_000_000_000_i64..1_000_000_000_000, right in -1_000_000_i64..1_000_000, shift in 0_i32..9) {
            let (one, other) = (decimal(&left.to_string()), decimal(&right.to_string()));
            prop_assert_eq!(one.plus(&other).plain(), (left + right).to_string());
            prop_assert_eq!(one.shifted(-shift).plus(&other.shifted(-shift)), decimal(&(left + right).to_string()).shifted(-shift));
            prop_assert_eq!(one.plus(&one.negated()), Decimal::ZERO);
        }

        #[test]
        fn quotients_are_those_of_integers(number in any::<i64>(), by in 1_u64..1_000_000) {
            let cut = decimal(&number.to_string()).divided(by, 0, 0);
            prop_assert_eq!(cut.to_i64().unwrap_or_default(), (i128::from(number) / i128::from(by)) as i64);
        }
    }
}
