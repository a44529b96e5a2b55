//! Types whose values have an order, with the least and the greatest value.

use jiff::civil;

use super::desk::{At, spelled};
use super::types::Rules;
use super::yaml::{Value, is_number};
use crate::{DecimalRules, FieldType, Range, Rounding};

/// The type of this name, with its bounds.
pub(super) fn bounded(name: &str, rules: &Rules<'_>) -> Option<FieldType> {
    Some(match name {
        "integer" => FieldType::Integer(integers(rules)),
        "duration" => FieldType::Duration(integers(rules)),
        "dateTime" => FieldType::DateTime(range(rules, moment)),
        "autoIncrement" => {
            let from = rules.get("minValue").and_then(|at| at.integer(0, i64::MAX));
            FieldType::AutoIncrement {
                from: from.unwrap_or(1),
            }
        }
        "decimal" => FieldType::Decimal(decimal(rules, 4)),
        "money" => FieldType::Money(decimal(rules, 4)),
        "percentage" => FieldType::Percentage(decimal(rules, 4)),
        "bigNumber" => FieldType::BigNumber(decimal(rules, 34)),
        "date" => FieldType::Date(range(rules, |at| form(at, "%Y-%m-%d", "2016-07-30"))),
        "dateTimeNoTimezone" => {
            FieldType::DateTimeNoTimezone(range(rules, |at| form(at, "%Y-%m-%d %H:%M", "2016-07-30 08:00")))
        }
        "dateYearMonth" => FieldType::YearMonth(range(rules, |at| form(at, "%Y-%m", "2016-07"))),
        "dateMonthDay" => FieldType::MonthDay(range(rules, |at| form(at, "%m-%d", "07-30"))),
        "time" => FieldType::Time(range(rules, |at| form(at, "%H:%M", "08:00"))),
        _ => return None,
    })
}

/// Both bounds, the least not above the greatest.
fn range<T: PartialOrd>(rules: &Rules<'_>, read: impl Fn(&At<'_>) -> Option<T>) -> Range<T> {
    let min = rules.get("minValue").and_then(&read);
    let max = rules.get("maxValue").and_then(&read);
    if let (Some(low), Some(high), Some(at)) = (&min, &max, rules.get("maxValue"))
        && low > high
    {
        let least = rules
            .get("minValue")
            .map(|at| spelled(at.node()))
            .unwrap_or_default();
        at.complain(format!("is less than minValue, {least}"));
    }
    Range { min, max }
}

fn integers(rules: &Rules<'_>) -> Range<i64> {
    range(rules, |at| at.integer(i64::MIN, i64::MAX))
}

/// Milliseconds since 1970, or a moment such as `2016-07-30T08:00:00Z`.
fn moment(at: &At<'_>) -> Option<i64> {
    let moment = match &at.node().value {
        Value::Text(text) => text
            .parse::<jiff::Timestamp>()
            .ok()
            .map(jiff::Timestamp::as_millisecond),
        Value::Number(text) => text.parse().ok(),
        _ => None,
    };
    if moment.is_none() {
        at.complain(format!(
            "must be milliseconds since 1970 or a moment as in `2016-07-30T08:00:00Z`, not {}",
            spelled(at.node())
        ));
    }
    moment
}

/// A text of a fixed form, which is compared as it is.
fn form(at: &At<'_>, format: &str, example: &str) -> Option<String> {
    let is_sound = |text: &&String| {
        // A day of any year needs one with the 29th of February, and a time needs no date.
        let (full, format) = match format {
            "%m-%d" => (format!("2000-{text}"), "%Y-%m-%d".to_owned()),
            "%Y-%m" => (format!("{text}-01"), "%Y-%m-%d".to_owned()),
            "%H:%M" => (format!("2000-01-01 {text}"), "%Y-%m-%d %H:%M".to_owned()),
            _ => ((*text).clone(), format.to_owned()),
        };
        let sound = if format.contains("%H") {
            civil::DateTime::strptime(&format, &full).is_ok()
        } else {
            civil::Date::strptime(&format, &full).is_ok()
        };
        sound && text.len() == example.len()
    };
    let found = match &at.node().value {
        Value::Text(text) => Some(text).filter(is_sound),
        _ => None,
    };
    if found.is_none() {
        at.complain(format!(
            "must be written as in `{example}`, not {}",
            spelled(at.node())
        ));
    }
    found.cloned()
}

fn decimal(rules: &Rules<'_>, most: i64) -> DecimalRules {
    let (min, max) = (number(rules, "minValue"), number(rules, "maxValue"));
    let value = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<f64>().ok());
    if let (Some(low), Some(high), Some(at)) = (value(&min), value(&max), rules.get("maxValue"))
        && low > high
    {
        at.complain(format!("is less than minValue, {low}"));
    }
    let decimals = rules.get("decimals").and_then(|at| at.integer(0, most));
    let words = [
        ("round", Rounding::Round),
        ("truncate", Rounding::Truncate),
        ("throwError", Rounding::Refuse),
    ];
    if let (Some(at), None) = (rules.get("rounding"), rules.get("decimals")) {
        at.complain("says what to do with decimals that nothing limits; say decimals too");
    }
    DecimalRules {
        range: Range { min, max },
        decimals: decimals.and_then(|decimals| u8::try_from(decimals).ok()),
        rounding: rules
            .get("rounding")
            .and_then(|at| at.word(&words))
            .unwrap_or_default(),
    }
}

/// A number as it is spelled; quotes do not matter, as one with many digits needs them elsewhere.
fn number(rules: &Rules<'_>, key: &str) -> Option<String> {
    let at = rules.get(key)?;
    match &at.node().value {
        Value::Number(text) => Some(text.clone()),
        Value::Text(text) if is_number(text) => Some(text.clone()),
        _ => {
            at.complain(format!("must be a number, not {}", spelled(at.node())));
            None
        }
    }
}
