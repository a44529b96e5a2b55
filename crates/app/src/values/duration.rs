//! Durations: milliseconds, or text like `4h 30m` with days, hours, minutes and seconds.
//!
//! Seconds may have up to three decimals in text, so that every duration can be written.

use crate::Range;
use crate::fault::Problem;
use crate::values::decimal::Decimal;
use crate::values::input::Input;
use crate::values::number;

const UNITS: [(char, i64); 4] = [('d', 86_400_000), ('h', 3_600_000), ('m', 60_000), ('s', 1_000)];

/// A duration in milliseconds.
pub(crate) fn duration(range: &Range<i64>, input: &Input<'_>) -> Result<i64, Problem> {
    match input {
        Input::Text(text) => {
            let millis = parse(text).ok_or_else(|| input.invalid("Must have the form 1d 4h 30m 5s"))?;
            number::within(range, &millis).map_err(|message| input.invalid(message))?;
            Ok(millis)
        }
        _ => number::integer(range, input),
    }
}

/// Milliseconds of a text; none when it is no duration. Units come in order, each once.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let (sign, text) = text.trim().strip_prefix('-').map_or((1, text), |text| (-1, text));
    let mut units = UNITS.iter();
    let mut total: i64 = 0;
    let mut some = false;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find(|char: char| !char.is_ascii_digit() && char != '.')?;
        let (amount, unit) = rest.split_at(end);
        let name = unit.chars().next()?;
        let (_, millis) = units.find(|(unit, _)| *unit == name)?;
        total = total.checked_add(part(amount, *millis)?)?;
        some = true;
        rest = unit.get(name.len_utf8()..)?.trim_start();
    }
    some.then_some(sign * total)
}

fn part(amount: &str, millis: i64) -> Option<i64> {
    if amount.contains('.') {
        // Of seconds only: a half day is twelve hours, which has a spelling.
        return (millis == 1_000).then(|| Decimal::parse(amount)?.shifted(3).to_i64())?;
    }
    amount.parse::<i64>().ok()?.checked_mul(millis)
}

/// A duration as text: `1d 4h 30m 5s`.
pub(crate) fn print(millis: i64) -> String {
    let mut rest = millis.unsigned_abs();
    let mut parts = Vec::new();
    for (unit, size) in UNITS {
        let size = size.unsigned_abs();
        let amount = rest / size;
        rest %= size;
        if unit == 's' && rest > 0 {
            let fraction = format!("{rest:03}");
            parts.push(format!("{amount}.{}s", fraction.trim_end_matches('0')));
        } else if amount > 0 {
            parts.push(format!("{amount}{unit}"));
        }
    }
    let text = if parts.is_empty() {
        "0s".to_owned()
    } else {
        parts.join(" ")
    };
    if millis < 0 { format!("-{text}") } else { text }
}
