//! Time tables: second, minute, hour, day of month, month, day of week.
//!
//! Each is `*` or a list of numbers and ranges, both with an optional step: `0,30`, `8-18`, `*/15`, `8-18/2`. Sunday is
//! 0 or 7. Months and days also have their English short names. Only the form is checked; a day that no month has is
//! a time that never comes.

const PARTS: [(&str, u8, u8); 6] = [
    ("second", 0, 59),
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day", 1, 31),
    ("month", 1, 12),
    ("weekday", 0, 7),
];

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Whether this is a time table.
pub(super) fn check(text: &str) -> Result<(), String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() != PARTS.len() {
        return Err(format!(
            "must have {} parts (second, minute, hour, day, month, weekday), not {}",
            PARTS.len(),
            words.len()
        ));
    }
    PARTS.iter().zip(words).try_for_each(|(part, word)| {
        let good = word.split(',').all(|item| is_item(*part, item));
        if good {
            Ok(())
        } else {
            Err(format!("`{word}` is no {} from {} to {}", part.0, part.1, part.2))
        }
    })
}

/// The numbers of each part; none if this is no time table.
pub(crate) fn times(text: &str) -> Option<[Vec<i8>; 6]> {
    check(text).ok()?;
    let mut sets: [Vec<i8>; 6] = Default::default();
    for ((part, word), set) in PARTS.iter().zip(text.split_whitespace()).zip(&mut sets) {
        for item in word.split(',') {
            set.extend(numbers(*part, item)?);
        }
        if part.0 == "weekday" {
            // Sunday is 0 or 7.
            set.iter_mut().for_each(|day| *day %= 7);
        }
        set.sort_unstable();
        set.dedup();
    }
    Some(sets)
}

/// The numbers of an item.
fn numbers((name, least, most): (&str, u8, u8), item: &str) -> Option<Vec<i8>> {
    let (range, step) = item.split_once('/').unwrap_or((item, "1"));
    let step: usize = step.parse().ok()?;
    let (from, to) = match (range, range.split_once('-')) {
        ("*", _) => (least, most),
        (_, Some((from, to))) => (number(name, from)?, number(name, to)?),
        (one, None) => (number(name, one)?, number(name, one)?),
    };
    (from..=to)
        .step_by(step)
        .map(|number| i8::try_from(number).ok())
        .collect()
}

fn is_item((name, least, most): (&str, u8, u8), item: &str) -> bool {
    let (range, step) = item
        .split_once('/')
        .map_or((item, None), |(range, step)| (range, Some(step)));
    if step.is_some_and(|step| !step.parse::<u8>().is_ok_and(|step| (1..=most).contains(&step))) {
        return false;
    }
    if range == "*" {
        return true;
    }
    let number = |text: &str| number(name, text).filter(|number| (least..=most).contains(number));
    match range.split_once('-') {
        Some((from, to)) => matches!((number(from), number(to)), (Some(from), Some(to)) if from <= to),
        None => step.is_none() && number(range).is_some(),
    }
}

fn number(part: &str, text: &str) -> Option<u8> {
    let place = |names: &[&str]| names.iter().position(|name| name.eq_ignore_ascii_case(text));
    let named = match part {
        "month" => place(&MONTHS).map(|place| place + 1),
        "weekday" => place(&DAYS),
        _ => None,
    };
    match named {
        Some(place) => u8::try_from(place).ok(),
        None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn time_tables_are_told_from_other_texts() {
        for good in [
            "0 0 3 * * *",
            "*/15 0,30 8-18/2 1 JAN-jun mon-FRI",
            "59 59 23 31 12 7",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "0 3 * * *",
            "60 0 0 * * *",
            "0 0 24 * * *",
            "0 0 0 0 * *",
            "0 0 0 1 13 *",
            "0 0 0 * * 8",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        for bad in [
            "a", "1-", "5-1", "*/0", "*/61", "1/5", "+1", "-1", ",", "JAN", "1,,2",
        ] {
            assert!(check(&format!("0 {bad} 0 * * *")).is_err(), "{bad}");
        }
    }
}
