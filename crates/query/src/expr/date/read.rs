//! Text as a date: what `$dateFromString`, `$toDate` and `$convert` read.
//!
//! Without a format these are the ISO 8601 forms: a date, optionally a time to minutes, seconds or fractions of
//! them, optionally `Z`, an offset or the name of a zone after it. MongoDB also guesses at free texts ("July
//! 6th"); those are refused here rather than guessed at differently.

use jiff::civil::{Date, ISOWeekDate, Time, Weekday};
use jiff::tz::TimeZone;
use model::calendar::MONTHS;

use super::shift::instant;
use super::zone::{clip, offset, zone};

/// The specifiers `$dateFromString` knows.
pub(crate) const READ: &str = "bBdGHjLmMSuVYzZ%";

/// Reads an ISO 8601 text; a text without a zone is read in `default`, or as UTC.
pub(crate) fn iso(text: &str, default: Option<&TimeZone>) -> Result<i64, String> {
    let trimmed = text.trim();
    let formats = ["%Y-%m-%d", "%Y%m%d", "%Y-%j"];
    for format in formats {
        let mut found = Found::default();
        let Some(rest) = found.read(trimmed, format) else {
            continue;
        };
        let Some(zone_text) = found.clock(rest) else {
            continue;
        };
        return match zone_text.trim() {
            "" => found.instant(default),
            name => match found.zone(name) {
                Ok(()) => found.instant(default),
                Err(_) => continue,
            },
        }
        .map_err(|why| format!("`{}` is not a date: {why}", clip(text)));
    }
    Err(format!(
        "`{}` is not a date in iso 8601, like 2018-03-27T16:58:51.538Z; give a format to read others",
        clip(text)
    ))
}

/// Reads a text by a format that was checked.
pub(crate) fn by_format(text: &str, format: &str, default: Option<&TimeZone>) -> Result<i64, String> {
    let mut found = Found::default();
    match found.read(text, format) {
        Some("") => found
            .instant(default)
            .map_err(|why| format!("`{}` is not a date: {why}", clip(text))),
        _ => Err(format!(
            "`{}` does not have the format `{}`",
            clip(text),
            clip(format)
        )),
    }
}

/// The parts found so far.
#[derive(Default)]
struct Found {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    day_of_year: Option<i16>,
    iso_year: Option<i16>,
    iso_week: Option<i8>,
    weekday: Option<i8>,
    hour: i8,
    minute: i8,
    second: i8,
    ms: i32,
    zone: Option<TimeZone>,
}

impl Found {
    /// Reads `text` by `format` and gives what is left of it.
    fn read<'t>(&mut self, text: &'t str, format: &str) -> Option<&'t str> {
        let mut rest = text;
        let mut chars = format.chars();
        while let Some(char) = chars.next() {
            rest = match char {
                '%' => self.specifier(rest, chars.next()?)?,
                char => rest.strip_prefix(char)?,
            };
        }
        Some(rest)
    }

    fn specifier<'t>(&mut self, text: &'t str, specifier: char) -> Option<&'t str> {
        let (value, rest) = match specifier {
            'Y' | 'G' => digits(text, 4, 4)?,
            'j' => digits(text, 3, 3)?,
            'L' => digits(text, 1, 3)?,
            'd' | 'H' | 'm' | 'M' | 'S' | 'V' => digits(text, 1, 2)?,
            'u' => digits(text, 1, 1)?,
            'b' | 'B' => return self.month_name(text, specifier == 'b'),
            'z' => return self.offset(text),
            'Z' => return self.minutes_offset(text),
            _ => return text.strip_prefix('%'),
        };
        let small = i8::try_from(value).unwrap_or(i8::MAX);
        let large = i16::try_from(value).ok()?;
        match specifier {
            'Y' => self.year = Some(large),
            'G' => self.iso_year = Some(large),
            'j' => self.day_of_year = Some(large),
            'L' => self.ms = value * [1, 100, 10, 1].get(text.len() - rest.len())?,
            'd' => self.day = Some(small),
            'H' => self.hour = small,
            'm' => self.month = Some(small),
            'M' => self.minute = small,
            'S' => self.second = small,
            'V' => self.iso_week = Some(small),
            _ => self.weekday = Some(small),
        }
        Some(rest)
    }

    fn month_name<'t>(&mut self, text: &'t str, short: bool) -> Option<&'t str> {
        let (month, name) = (1..).zip(MONTHS).find_map(|(month, name)| {
            let name = if short { name.get(..3)? } else { name };
            let head = text.get(..name.len())?;
            head.eq_ignore_ascii_case(name).then_some((month, head))
        })?;
        self.month = Some(month);
        text.get(name.len()..)
    }

    fn offset<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        if let Some(rest) = text.strip_prefix('Z') {
            self.zone = Some(TimeZone::UTC);
            return Some(rest);
        }
        let len = if text.as_bytes().get(3) == Some(&b':') {
            6
        } else {
            5
        };
        self.zone = Some(TimeZone::fixed(offset(text.get(..len)?)?));
        text.get(len..)
    }

    fn minutes_offset<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (minutes, rest) = digits(unsigned, 1, 4)?;
        let seconds = if text.starts_with('-') { -60 } else { 60 } * minutes;
        self.zone = Some(TimeZone::fixed(jiff::tz::Offset::from_seconds(seconds).ok()?));
        Some(rest)
    }

    fn zone(&mut self, name: &str) -> Result<(), String> {
        self.zone = Some(zone(name)?);
        Ok(())
    }

    /// Reads the time after a date, if there is one, and gives what follows it.
    fn clock<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let Some(time) = text.strip_prefix(['T', 't', ' ']) else {
            return text.is_empty().then_some(text);
        };
        let mut rest = match self.read(time, "%H:%M") {
            Some(rest) => rest,
            None => self.read(time, "%H%M")?,
        };
        if let Some(seconds) = rest.strip_prefix(':') {
            rest = self.read(seconds, "%S")?;
            if let Some(fraction) = rest.strip_prefix(['.', ',']) {
                rest = self.fraction(fraction)?;
            }
        }
        Some(rest)
    }

    /// Milliseconds; further digits are cut off.
    fn fraction<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let rest = self.read(text, "%L")?;
        Some(rest.trim_start_matches(|char: char| char.is_ascii_digit()))
    }

    fn instant(&self, default: Option<&TimeZone>) -> Result<i64, String> {
        if self.zone.is_some() && default.is_some() {
            return Err("it names a time zone, so `timezone` cannot be given too".to_owned());
        }
        let zone = self.zone.as_ref().or(default).cloned().unwrap_or(TimeZone::UTC);
        let time = Time::new(self.hour, self.minute, self.second, self.ms * 1_000_000);
        let time = time.map_err(|_| "there is no such time of day".to_owned())?;
        instant(self.date()?.to_datetime(time), &zone)
    }

    fn date(&self) -> Result<Date, String> {
        let none = || "there is no such day".to_owned();
        if let Some(year) = self.iso_year {
            if self.year.is_some() || self.month.is_some() || self.day.is_some() {
                return Err("iso week parts cannot be mixed with others".to_owned());
            }
            let weekday = Weekday::from_monday_one_offset(self.weekday.unwrap_or(1)).map_err(|_| none())?;
            let week = ISOWeekDate::new(year, self.iso_week.unwrap_or(1), weekday);
            return week.map(ISOWeekDate::date).map_err(|_| none());
        }
        let year = self.year.ok_or("it has no year")?;
        let date = match self.day_of_year {
            Some(day) => Date::new(year, 1, 1).and_then(|date| date.with().day_of_year(day).build()),
            None => Date::new(
                year,
                self.month.ok_or("it has no month")?,
                self.day.ok_or("it has no day")?,
            ),
        };
        date.map_err(|_| none())
    }
}

/// A number of `least` to `most` digits at the start of a text.
fn digits(text: &str, least: usize, most: usize) -> Option<(i32, &str)> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if count < least {
        return None;
    }
    let (number, rest) = text.split_at_checked(count)?;
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(ms: i64) -> String {
        jiff::Timestamp::from_millisecond(ms).unwrap().to_string()
    }

    #[test]
    fn iso_texts() {
        for (text, at) in [
            ("2017-02-08T12:10:40.787", "2017-02-08T12:10:40.787Z"),
            ("2017-02-08T12:10:40.787Z", "2017-02-08T12:10:40.787Z"),
            ("2017-02-08", "2017-02-08T00:00:00Z"),
            ("20170208", "2017-02-08T00:00:00Z"),
            ("2017-02-08 12:10", "2017-02-08T12:10:00Z"),
            ("2017-02-08T12:10:40+02:00", "2017-02-08T10:10:40Z"),
            ("2017-02-08T12:10:40-0500", "2017-02-08T17:10:40Z"),
            ("2017-02-08T12:10:40 America/New_York", "2017-02-08T17:10:40Z"),
            ("2017-02-08T12:10:40.5", "2017-02-08T12:10:40.5Z"),
            ("2017-02-08T12:10:40.123456Z", "2017-02-08T12:10:40.123Z"),
            (" 2018-03-03 ", "2018-03-03T00:00:00Z"),
        ] {
            assert_eq!(iso(text, None).map(shown).as_deref(), Ok(at), "{text}");
        }
        for text in [
            "",
            "today",
            "2017-02-30",
            "2017-13-01",
            "2017-02-08T25:00",
            "2017-02-08T12",
            "é",
            "17-2-8",
        ] {
            assert!(iso(text, None).is_err(), "{text}");
        }
    }

    #[test]
    fn zones_are_given_once() {
        let new_york = zone("America/New_York").unwrap();
        let read = |text| iso(text, Some(&new_york)).map(shown);
        assert_eq!(
            read("2017-02-08T12:10:40.787").as_deref(),
            Ok("2017-02-08T17:10:40.787Z")
        );
        assert!(read("2017-02-08T12:10:40.787Z").unwrap_err().contains("timezone"));
    }

    #[test]
    fn formats() {
        for (text, format, at) in [
            ("06-15-2018", "%m-%d-%Y", "2018-06-15T00:00:00Z"),
            ("15-06-2018", "%d-%m-%Y", "2018-06-15T00:00:00Z"),
            ("2018 24 5", "%G %V %u", "2018-06-15T00:00:00Z"),
            ("2018-166", "%Y-%j", "2018-06-15T00:00:00Z"),
            (
                "1 Feb 2020 10:05 +0100",
                "%d %b %Y %H:%M %z",
                "2020-02-01T09:05:00Z",
            ),
            ("2020/02/01 -60%", "%Y/%m/%d %Z%%", "2020-02-01T01:00:00Z"),
        ] {
            assert_eq!(
                by_format(text, format, None).map(shown).as_deref(),
                Ok(at),
                "{text}"
            );
        }
        for (text, format) in [
            ("06-15", "%m-%d"),
            ("2018-06-15x", "%Y-%m-%d"),
            ("2018-00-15", "%Y-%m-%d"),
        ] {
            assert!(by_format(text, format, None).is_err(), "{text}");
        }
    }
}
