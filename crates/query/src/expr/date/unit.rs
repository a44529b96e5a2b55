//! Units of time and the days a week can start on, as `$dateAdd`, `$dateDiff` and `$dateTrunc` name them.

use jiff::civil::Weekday;

use super::zone::clip;

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

impl Unit {
    /// The unit a text names.
    pub(crate) fn named(text: &str) -> Result<Self, String> {
        Ok(match text {
            "year" => Self::Year,
            "quarter" => Self::Quarter,
            "month" => Self::Month,
            "week" => Self::Week,
            "day" => Self::Day,
            "hour" => Self::Hour,
            "minute" => Self::Minute,
            "second" => Self::Second,
            "millisecond" => Self::Millisecond,
            _ => return Err(format!("`{}` is not a unit of time", clip(text))),
        })
    }

    /// Milliseconds of a unit that always has as many.
    pub(crate) fn fixed(self) -> Option<i64> {
        Some(match self {
            Self::Hour => 3_600_000,
            Self::Minute => 60_000,
            Self::Second => 1000,
            Self::Millisecond => 1,
            _ => return None,
        })
    }

    /// Months of a unit that is made of months.
    pub(crate) fn months(self) -> Option<i64> {
        Some(match self {
            Self::Year => 12,
            Self::Quarter => 3,
            Self::Month => 1,
            _ => return None,
        })
    }
}

/// The weekday a text names, in full or by three letters, in any case.
pub(crate) fn weekday(text: &str) -> Result<Weekday, String> {
    let day = match text.to_ascii_lowercase().as_str() {
        "sunday" | "sun" => Weekday::Sunday,
        "monday" | "mon" => Weekday::Monday,
        "tuesday" | "tue" => Weekday::Tuesday,
        "wednesday" | "wed" => Weekday::Wednesday,
        "thursday" | "thu" => Weekday::Thursday,
        "friday" | "fri" => Weekday::Friday,
        "saturday" | "sat" => Weekday::Saturday,
        _ => return Err(format!("`{}` is not a day of the week", clip(text))),
    };
    Ok(day)
}
