//! A field's value as the text of a cell: numbers with a decimal comma, everything else as it is.

use jsonb::{Damaged, Kind, Value};

/// The longest number that is written out; finite doubles need no more.
const MAX_DIGITS: usize = 400;

/// The text of a field; empty for null and for what is not there.
pub(super) fn text(body: Value<'_>, field: &str) -> Result<String, Damaged> {
    let Some(value) = body.get(field)? else {
        return Ok(String::new());
    };
    Ok(match value.kind() {
        Kind::Null => String::new(),
        Kind::Text => value.as_str()?.unwrap_or_default().into_owned(),
        Kind::Int | Kind::Float => {
            plain_number(&value.number_spelling()?.unwrap_or_default()).replace('.', ",")
        }
        _ => value.to_text()?,
    })
}

/// A JSON number without an exponent. One that is spelled without stays as it is spelled.
pub(crate) fn plain_number(spelling: &str) -> String {
    let Some((mantissa, exponent)) = spelling.split_once(['e', 'E']) else {
        return spelling.to_owned();
    };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.parse::<i64>().unwrap_or(i64::MAX);
    let point = i64::try_from(whole.len())
        .unwrap_or(i64::MAX)
        .saturating_add(exponent);
    let digits = format!("{whole}{fraction}");
    if digits.len() > MAX_DIGITS || point.unsigned_abs() > MAX_DIGITS as u64 {
        // Beyond what a double can tell from zero, or spelled with absurdly many zeros.
        return spelling
            .parse::<f64>()
            .map_or_else(|_| spelling.to_owned(), |number| number.to_string());
    }
    format!("{sign}{}", shifted(&digits, point))
}

/// Digits with the point after the first `point` of them, filled with zeros where there are none.
fn shifted(digits: &str, point: i64) -> String {
    let places = usize::try_from(point.unsigned_abs()).unwrap_or_default();
    let (whole, fraction) = if point <= 0 {
        (String::new(), format!("{}{digits}", "0".repeat(places)))
    } else if places >= digits.len() {
        (format!("{digits:0<places$}"), String::new())
    } else {
        (digits[..places].to_owned(), digits[places..].to_owned())
    };
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    if fraction.is_empty() {
        whole.to_owned()
    } else {
        format!("{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use jsonb::{Jsonb, Limits};
    use proptest::prelude::{Strategy, prop_assert_eq, proptest};

    use super::{plain_number, text};

    #[test]
    fn values_become_cells() {
        let body =
            br#"{"F_2":"248,28","F_3":248.280,"F_4":1.5E-3,"F_5":null,"F_6":-12,"F_7":"1e2","F_8":true}"#;
        let body = Jsonb::parse(body, &Limits::default()).unwrap();
        let cells: Vec<_> = (1..=8)
            .map(|n| text(body.root(), &format!("F_{n}")).unwrap())
            .collect();
        assert_eq!(
            cells,
            ["", "248,28", "248,280", "0,0015", "", "-12", "1e2", "true"]
        );
    }

    #[test]
    fn exponents_are_written_out() {
        for (spelling, plain) in [
            ("1e2", "100"),
            ("1E+2", "100"),
            ("1.50e1", "15.0"),
            ("-1.5e-3", "-0.0015"),
            ("12.34e1", "123.4"),
            ("0e5", "0"),
            ("1.10", "1.10"),
            ("-0", "-0"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("1e-999999999", "0"),
            ("0e999999999999999999999", "0"),
        ] {
            assert_eq!(plain_number(spelling), plain, "{spelling}");
        }
    }

    proptest! {
        #[test]
        fn the_value_stays((whole, fraction, exponent) in ("-?(0|[1-9][0-9]{0,5})", "[0-9]{1,5}", -300..300_i32)
            .prop_map(|parts| parts))
        {
            let spelling = format!("{whole}.{fraction}e{exponent}");
            let plain = plain_number(&spelling);
            prop_assert_eq!(plain.parse::<f64>().unwrap(), spelling.parse::<f64>().unwrap());
            prop_assert_eq!(plain.contains(['e', 'E']), false);
        }
    }
}
