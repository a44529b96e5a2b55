//! Dates and times: points in time as milliseconds, the rest as text of one fixed form.
//!
//! The forms have as many characters whatever the date, so that text sorts as time does.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use crate::fault::Problem;
use crate::values::input::Input;
use crate::values::number;
use crate::{FieldType, Range};

/// The forms of dates and times that are text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Date,
    DateTime,
    YearMonth,
    MonthDay,
    Time,
}

impl Form {
    /// The form and the bounds of a type, where it has one.
    pub(crate) fn of(kind: &FieldType) -> Option<(Self, &Range<String>)> {
        Some(match kind {
            FieldType::Date(range) => (Self::Date, range),
            FieldType::DateTimeNoTimezone(range) => (Self::DateTime, range),
            FieldType::YearMonth(range) => (Self::YearMonth, range),
            FieldType::MonthDay(range) => (Self::MonthDay, range),
            FieldType::Time(range) => (Self::Time, range),
            _ => return None,
        })
    }

    /// How the form is spelled to people.
    pub(crate) fn pattern(self) -> &'static str {
        match self {
            Self::Date => "yyyy-MM-dd",
            Self::DateTime => "yyyy-MM-dd HH:mm",
            Self::YearMonth => "yyyy-MM",
            Self::MonthDay => "MM-dd",
            Self::Time => "HH:mm",
        }
    }

    /// Whether a text has the form and names a date that exists; the 29th of February does without a year.
    pub(crate) fn accepts(self, text: &str) -> bool {
        match self {
            Self::Date => date(text).is_some(),
            Self::DateTime => date_time(text).is_some(),
            Self::YearMonth => text.len() == 7 && text.is_ascii() && date(&format!("{text}-01")).is_some(),
            Self::MonthDay => text.len() == 5 && text.is_ascii() && date(&format!("2000-{text}")).is_some(),
            Self::Time => time(text).is_some(),
        }
    }

    /// A point in time in this form.
    pub(crate) fn print(self, time: Timestamp, zone: &TimeZone) -> String {
        let format = match self {
            Self::Date => "%Y-%m-%d",
            Self::DateTime => "%Y-%m-%d %H:%M",
            Self::YearMonth => "%Y-%m",
            Self::MonthDay => "%m-%d",
            Self::Time => "%H:%M",
        };
        zone.to_datetime(time).strftime(format).to_string()
    }
}

/// A date or time that is text.
pub(crate) fn formed<'i>(
    form: Form,
    range: &Range<String>,
    input: &'i Input<'_>,
) -> Result<&'i str, Problem> {
    let Input::Text(text) = input else {
        return Err(input.invalid(format!("Must be a text of the form {}", form.pattern())));
    };
    if !form.accepts(text) {
        return Err(input.invalid(format!("Must have the form {}", form.pattern())));
    }
    // Forms of one width: as text they compare as what they mean.
    number::within(range, &text.clone().into_owned()).map_err(|message| input.invalid(message))?;
    Ok(text)
}

/// A point in time in milliseconds.
pub(crate) fn instant(range: &Range<i64>, input: &Input<'_>) -> Result<i64, Problem> {
    let not_a_date = || input.invalid("Must be a number of milliseconds since 1970");
    let Input::Number(_) = input else {
        return Err(not_a_date());
    };
    let millis = number::integer(range, input).map_err(|problem| match input_is_whole(input) {
        true => problem,
        false => not_a_date(),
    })?;
    Timestamp::from_millisecond(millis)
        .map(|_| millis)
        .map_err(|_| not_a_date())
}

fn input_is_whole(input: &Input<'_>) -> bool {
    number::integer(&Range::default(), input).is_ok()
}

/// Whether the bounds of a type are of its form.
pub(crate) fn check_rules(form: Form, range: &Range<String>) -> Result<(), String> {
    for bound in [&range.min, &range.max].into_iter().flatten() {
        if !form.accepts(bound) {
            return Err(format!(
                "the bound {bound:?} does not have the form {}",
                form.pattern()
            ));
        }
    }
    Ok(())
}

/// A point in time as text of ISO 8601, in UTC: `2016-05-30T04:55:57.316Z`.
pub(crate) fn iso(millis: i64) -> String {
    model::Timestamp(millis).to_string()
}

/// Milliseconds of a text of ISO 8601 that names its zone.
pub(crate) fn from_iso(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

/// Milliseconds of a date, or of a date and a time, in a zone.
pub(crate) fn in_zone(text: &str, zone: &TimeZone) -> Option<i64> {
    let local = date_time(text).or_else(|| date(text).map(|date| date.to_datetime(Time::midnight())))?;
    let zoned = zone.to_ambiguous_timestamp(local).compatible().ok()?;
    Some(zoned.as_millisecond())
}

/// A point in time as people read it: `2016-07-30 08:00`. Times beyond the calendar are printed as its ends.
pub(crate) fn readable(millis: i64, zone: &TimeZone) -> String {
    Form::DateTime.print(model::Timestamp(millis).to_zoned().timestamp(), zone)
}

fn date(text: &str) -> Option<Date> {
    let [year, month, day] = split(text, [4, 2, 2], ['-', '-'])?;
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

fn time(text: &str) -> Option<Time> {
    let [hour, minute] = split(text, [2, 2], [':'])?;
    Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()
}

fn date_time(text: &str) -> Option<DateTime> {
    let (day, hour) = text.split_once(' ')?;
    Some(date(day)?.to_datetime(time(hour)?))
}

/// Numbers of so many digits each, with these characters between them.
fn split<const N: usize, const M: usize>(
    text: &str,
    widths: [usize; N],
    between: [char; M],
) -> Option<[u16; N]> {
    let mut parts = [0; N];
    let mut rest = text;
    for (at, width) in widths.into_iter().enumerate() {
        if let Some(separator) = at.checked_sub(1).and_then(|at| between.get(at)) {
            rest = rest.strip_prefix(*separator)?;
        }
        let (digits, more) = rest.split_at_checked(width)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *parts.get_mut(at)? = digits.parse().ok()?;
        rest = more;
    }
    rest.is_empty().then_some(parts)
}
