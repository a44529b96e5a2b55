//! Dates as texts, by patterns of Java's `SimpleDateFormat`: `yyyy-MM-dd HH:mm`, `EEE, d MMM yyyy`, `hh:mm a z`.
//!
//! Names of months and days are English. What is between single quotes stands for itself.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use model::calendar::{DAYS, MONTHS};

/// A piece of a pattern: a letter so many times, or text.
enum Piece {
    Field(char, usize),
    Text(char),
}

fn pieces(pattern: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut quoted = false;
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\'' {
            match letters.next_if_eq(&'\'') {
                Some(quote) => pieces.push(Piece::Text(quote)),
                None => quoted = !quoted,
            }
        } else if quoted || !letter.is_ascii_alphabetic() {
            pieces.push(Piece::Text(letter));
        } else {
            let mut count = 1;
            while letters.next_if_eq(&letter).is_some() {
                count += 1;
            }
            pieces.push(Piece::Field(letter, count));
        }
    }
    pieces
}

fn zoned(millis: i64, zone: &TimeZone) -> Result<Zoned, String> {
    let instant =
        Timestamp::from_millisecond(millis).map_err(|_| format!("{millis} ms is outside the calendar"))?;
    Ok(instant.to_zoned(zone.clone()))
}

/// Milliseconds by which clocks in `zone` are ahead of UTC at a time.
pub(crate) fn offset(millis: i64, zone: &TimeZone) -> Result<i64, String> {
    Ok(i64::from(zoned(millis, zone)?.offset().seconds()) * 1000)
}

/// Prints a time.
pub(crate) fn format(millis: i64, pattern: &str, zone: &TimeZone) -> Result<String, String> {
    if pattern.len() > 200 {
        return Err("a date pattern has at most 200 characters".to_owned());
    }
    let at = zoned(millis, zone)?;
    let mut out = String::new();
    for piece in pieces(pattern) {
        match piece {
            Piece::Text(letter) => out.push(letter),
            Piece::Field(letter, count) => out.push_str(&print(&at, letter, count)?),
        }
    }
    Ok(out)
}

fn print(at: &Zoned, letter: char, count: usize) -> Result<String, String> {
    let hour = i64::from(at.hour());
    let number = match letter {
        'y' | 'Y' | 'u' if count == 2 => i64::from(at.year().rem_euclid(100)),
        'y' | 'Y' => i64::from(at.year()),
        'M' | 'L' if count >= 3 => {
            return Ok(name(&MONTHS, usize::from(at.month().unsigned_abs()) - 1, count));
        }
        'M' | 'L' => i64::from(at.month()),
        'd' => i64::from(at.day()),
        'D' => i64::from(at.day_of_year()),
        'E' => {
            return Ok(name(
                &DAYS,
                usize::from(at.weekday().to_monday_zero_offset().unsigned_abs()),
                count,
            ));
        }
        'u' => i64::from(at.weekday().to_monday_one_offset()),
        'H' => hour,
        'k' => (hour + 23) % 24 + 1,
        'K' => hour % 12,
        'h' => (hour + 11) % 12 + 1,
        'm' => i64::from(at.minute()),
        's' => i64::from(at.second()),
        'S' => i64::from(at.millisecond()),
        'a' => return Ok(if hour < 12 { "AM" } else { "PM" }.to_owned()),
        'z' => return Ok(at.strftime("%Z").to_string()),
        'Z' => return Ok(at.strftime("%z").to_string()),
        'X' if at.offset().is_zero() => return Ok("Z".to_owned()),
        'X' => return Ok(at.strftime(if count >= 3 { "%:z" } else { "%z" }).to_string()),
        _ => return Err(format!("the letter {letter} means nothing in a date pattern")),
    };
    Ok(format!("{number:0count$}"))
}

fn name(names: &[&str], at: usize, count: usize) -> String {
    let full = names.get(at).copied().unwrap_or_default();
    if count >= 4 {
        full
    } else {
        full.get(..3).unwrap_or(full)
    }
    .to_owned()
}

/// What a text was found to say.
struct Found {
    year: i16,
    month: i8,
    day: i8,
    hour: i8,
    minute: i8,
    second: i8,
    millis: i32,
    afternoon: Option<bool>,
    offset_minutes: Option<i32>,
}

/// Reads a time; none where the text does not follow the pattern. What the pattern leaves out is the first of 1970.
pub(crate) fn parse(text: &str, pattern: &str, zone: &TimeZone) -> Result<Option<i64>, String> {
    let mut found = Found {
        year: 1970,
        month: 1,
        day: 1,
        hour: 0,
        minute: 0,
        second: 0,
        millis: 0,
        afternoon: None,
        offset_minutes: None,
    };
    let mut rest = text;
    let pieces = pieces(pattern);
    for (at, piece) in pieces.iter().enumerate() {
        let adjoining = matches!(pieces.get(at + 1), Some(Piece::Field(..)));
        let taken = match piece {
            Piece::Text(letter) => rest.strip_prefix(*letter),
            Piece::Field(letter, count) => read(&mut found, rest, *letter, *count, adjoining)?,
        };
        match taken {
            Some(further) => rest = further,
            None => return Ok(None),
        }
    }
    Ok(if rest.is_empty() { found.millis(zone) } else { None })
}

/// Reads one field from the start of `text`; gives what follows, or none when it is not there.
fn read<'t>(
    found: &mut Found,
    text: &'t str,
    letter: char,
    count: usize,
    adjoining: bool,
) -> Result<Option<&'t str>, String> {
    match letter {
        'M' | 'L' if count >= 3 => {
            return Ok(read_name(text, &MONTHS).map(|(at, rest)| {
                found.month = at + 1;
                rest
            }));
        }
        'E' => return Ok(read_name(text, &DAYS).map(|(_, rest)| rest)),
        'a' => return Ok(read_half(found, text)),
        'z' | 'Z' | 'X' => return Ok(read_offset(found, text)),
        _ => {}
    }
    let longest = if adjoining { count } else { count.max(9) };
    let end = text.bytes().take(longest).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(end);
    let Ok(number) = digits.parse::<i32>() else {
        return Ok(None);
    };
    Ok(found.set(letter, count, number)?.then_some(rest))
}

fn read_name<'t>(text: &'t str, names: &[&str]) -> Option<(i8, &'t str)> {
    let mut best: Option<(i8, &str)> = None;
    for (at, full) in (0_i8..).zip(names) {
        for name in [full.get(..3).unwrap_or(full), *full] {
            let begins = text
                .get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name));
            if begins && best.is_none_or(|(_, rest)| rest.len() > text.len() - name.len()) {
                best = text.get(name.len()..).map(|rest| (at, rest));
            }
        }
    }
    best
}

fn read_half<'t>(found: &mut Found, text: &'t str) -> Option<&'t str> {
    let half = text.get(..2)?;
    let afternoon = half.eq_ignore_ascii_case("pm");
    (afternoon || half.eq_ignore_ascii_case("am")).then(|| found.afternoon = Some(afternoon))?;
    text.get(2..)
}

/// `Z`, `UTC`, `GMT`, `+02:00` or `+0200`.
fn read_offset<'t>(found: &mut Found, text: &'t str) -> Option<&'t str> {
    for name in ["UTC", "GMT", "Z"] {
        if let Some(rest) = text.strip_prefix(name) {
            found.offset_minutes = Some(0);
            return Some(rest);
        }
    }
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours: i32 = text.get(1..3)?.parse().ok()?;
    let rest = text.get(3..)?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let minutes: i32 = rest.get(..2)?.parse().ok()?;
    found.offset_minutes = Some(sign * (hours * 60 + minutes));
    rest.get(2..)
}

impl Found {
    /// Takes a number; false when it is out of range for the field.
    fn set(&mut self, letter: char, count: usize, number: i32) -> Result<bool, String> {
        let small = i8::try_from(number).ok();
        let field = match letter {
            'y' | 'Y' => {
                let century = if count == 2 && number < 100 { 2000 } else { 0 };
                self.year = i16::try_from(century + number).unwrap_or(i16::MAX);
                return Ok(self.year < 10_000);
            }
            'S' => {
                self.millis = number;
                return Ok((0..1000).contains(&number));
            }
            'M' | 'L' => &mut self.month,
            'd' => &mut self.day,
            'H' | 'K' | 'h' | 'k' => &mut self.hour,
            'm' => &mut self.minute,
            's' => &mut self.second,
            _ => return Err(format!("the letter {letter} cannot be read from a text")),
        };
        let Some(small) = small else { return Ok(false) };
        *field = if letter == 'k' { small % 24 } else { small };
        Ok(true)
    }

    fn millis(&self, zone: &TimeZone) -> Option<i64> {
        let hour = match self.afternoon {
            Some(afternoon) => self.hour % 12 + if afternoon { 12 } else { 0 },
            None => self.hour,
        };
        let date = Date::new(self.year, self.month, self.day).ok()?;
        let time = Time::new(hour, self.minute, self.second, self.millis * 1_000_000).ok()?;
        let at = DateTime::from_parts(date, time);
        let instant = match self.offset_minutes {
            Some(minutes) => {
                at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond() - i64::from(minutes) * 60_000
            }
            None => at.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond(),
        };
        Some(instant)
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::{format, offset, parse};

    const AT: i64 = 1_464_584_157_316;

    #[test]
    fn prints_as_java_does() {
        let york = TimeZone::get("America/New_York").unwrap();
        for (pattern, printed) in [
            ("yyyy-MM-dd HH:mm:ss.SSS", "2016-05-30 00:55:57.316"),
            ("EEE, d MMM yy", "Mon, 30 May 16"),
            ("EEEE MMMM dd", "Monday May 30"),
            ("hh:mm a z", "12:55 AM EDT"),
            ("yyyy-MM-dd'T'HH:mmZ", "2016-05-30T00:55-0400"),
            ("''yyyy''XXX", "'2016'-04:00"),
        ] {
            assert_eq!(format(AT, pattern, &york).as_deref(), Ok(printed), "{pattern}");
        }
        assert_eq!(format(AT, "XXX", &TimeZone::UTC).as_deref(), Ok("Z"));
        assert!(format(AT, "yyyy q", &york).unwrap_err().contains('q'));
        assert!(format(i64::MAX, "yyyy", &york).is_err());
    }

    #[test]
    fn reads_what_it_prints() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for pattern in [
            "yyyy-MM-dd HH:mm:ss.SSS",
            "yyyyMMddHHmmssSSS",
            "EEE d MMMM yyyy hh:mm:ss.SSS a",
            "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
        ] {
            let printed = format(AT, pattern, &berlin).unwrap();
            assert_eq!(
                parse(&printed, pattern, &berlin),
                Ok(Some(AT)),
                "{pattern}: {printed}"
            );
        }
    }

    #[test]
    fn what_does_not_follow_the_pattern_is_none() {
        for (text, pattern) in [
            ("2016-13-01", "yyyy-MM-dd"),
            ("2016-02-30", "yyyy-MM-dd"),
            ("2016-05", "yyyy-MM-dd"),
            ("2016-05-30 ", "yyyy-MM-dd"),
            ("", "yyyy"),
            ("99999999999", "yyyy"),
            ("ü", "MMM"),
        ] {
            assert_eq!(parse(text, pattern, &TimeZone::UTC), Ok(None), "{text}");
        }
        assert!(parse("1", "D", &TimeZone::UTC).unwrap_err().contains('D'));
    }

    #[test]
    fn offsets_follow_the_season() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(offset(AT, &berlin), Ok(7_200_000));
        assert_eq!(offset(0, &berlin), Ok(3_600_000));
    }
}
