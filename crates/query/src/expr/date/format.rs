//! Dates as text: the format specifiers of `$dateToString` and `$dateFromString`.

use jiff::Zoned;
use model::calendar::MONTHS;

/// Checks a format: every `%` is followed by a specifier that `known` lists.
pub(crate) fn check(format: &str, known: &str) -> Result<(), String> {
    let mut chars = format.chars();
    while let Some(char) = chars.next() {
        if char == '%' {
            match chars.next() {
                Some(specifier) if known.contains(specifier) => {}
                Some(specifier) => return Err(format!("the format has an unknown specifier `%{specifier}`")),
                None => return Err("the format ends in a lone `%`".to_owned()),
            }
        }
    }
    Ok(())
}

/// The specifiers `$dateToString` knows.
pub(crate) const PRINTED: &str = "bBdGHjLmMSuUVwYzZ%";

/// A date by a format that was checked.
pub(crate) fn print(at: &Zoned, format: &str) -> Result<String, String> {
    let mut out = String::with_capacity(format.len() + 12);
    let mut chars = format.chars();
    while let Some(char) = chars.next() {
        match char {
            '%' => specifier(at, chars.next().unwrap_or('%'), &mut out)?,
            char => out.push(char),
        }
    }
    Ok(out)
}

fn specifier(at: &Zoned, specifier: char, out: &mut String) -> Result<(), String> {
    let minutes = at.offset().seconds() / 60;
    let month = usize::from(at.month().unsigned_abs().saturating_sub(1));
    let name = MONTHS.get(month).copied().unwrap_or_default();
    let text = match specifier {
        'b' => name.get(..3).unwrap_or_default().to_owned(),
        'B' => name.to_owned(),
        'd' => format!("{:02}", at.day()),
        'G' => year(at.date().iso_week_date().year())?,
        'H' => format!("{:02}", at.hour()),
        'j' => format!("{:03}", at.day_of_year()),
        'L' => format!("{:03}", at.millisecond()),
        'm' => format!("{:02}", at.month()),
        'M' => format!("{:02}", at.minute()),
        'S' => format!("{:02}", at.second()),
        'u' => at.weekday().to_monday_one_offset().to_string(),
        'U' => format!("{:02}", week(at)),
        'V' => format!("{:02}", at.date().iso_week_date().week()),
        'w' => at.weekday().to_sunday_one_offset().to_string(),
        'Y' => year(at.year())?,
        'z' => {
            let sign = if minutes < 0 { '-' } else { '+' };
            format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60)
        }
        'Z' => minutes.to_string(),
        _ => "%".to_owned(),
    };
    out.push_str(&text);
    Ok(())
}

fn year(year: i16) -> Result<String, String> {
    match year {
        0..=9999 => Ok(format!("{year:04}")),
        _ => Err(format!("year {year} cannot be printed, only 0 to 9999 can")),
    }
}

/// The week of the year from 0 to 53; weeks start on Sundays, the days before the first one are week 0.
pub(crate) fn week(at: &Zoned) -> i64 {
    (i64::from(at.day_of_year()) + 6 - i64::from(at.weekday().to_sunday_zero_offset())) / 7
}

#[cfg(test)]
mod tests {
    use super::super::zone::{zone, zoned};
    use super::*;

    #[test]
    fn rows_of_the_manual() {
        // 2014-01-01T08:15:39.736Z, in the manual's zones.
        let at = |name: &str| zoned(1_388_564_139_736, &zone(name).unwrap()).unwrap();
        for (format, name, text) in [
            ("%Y-%m-%dT%H:%M:%S.%LZ", "UTC", "2014-01-01T08:15:39.736Z"),
            ("%H:%M:%S:%L%z", "America/New_York", "03:15:39:736-0500"),
            ("%H:%M:%S:%L%z", "+04:30", "12:45:39:736+0430"),
            ("%Z", "America/New_York", "-300"),
            ("%Z", "+04:30", "270"),
            (
                "%j %u %w %U %V %G %% %b %B",
                "UTC",
                "001 3 4 00 01 2014 % Jan January",
            ),
        ] {
            check(format, PRINTED).unwrap();
            assert_eq!(print(&at(name), format).unwrap(), text);
        }
        for bad in ["%", "%y", "%é", "100%"] {
            assert!(check(bad, PRINTED).is_err(), "{bad}");
        }
    }
}
