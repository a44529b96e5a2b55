//! Values as people read them: `_format=plainText`.
//!
//! Definitions have no display options, so these are the original's defaults (`contracts/slingr.md` §2.4). Dates that are
//! text are read as they are kept.

use jiff::tz::TimeZone;
use jsonb::{Damaged, Value};

use crate::values::decimal::Decimal;
use crate::values::{choice, date, duration, geo, html, mask, text};
use crate::{Choice, Field, FieldType, Rounding};

/// A stored value as people read it; empty for what is no single value. Times are those of the zone.
///
/// References and files are read by their label or name.
pub fn plain_text(field: &Field, stored: Value<'_>, zone: &TimeZone) -> Result<String, Damaged> {
    Ok(match &field.kind {
        FieldType::Html => html::text(&spelled(stored)?),
        FieldType::MaskedText(rules) => mask::render(&rules.mask, &spelled(stored)?),
        FieldType::Url => {
            let url = spelled(stored)?;
            text::labelled(&url)
                .map(|(_, label)| label.to_owned())
                .unwrap_or(url)
        }
        FieldType::Money(_) => money(spelled(stored)?),
        FieldType::Percentage(_) => match Decimal::parse(&spelled(stored)?) {
            Some(number) => format!("{}%", number.shifted(2).plain()),
            None => spelled(stored)?,
        },
        FieldType::Choice(choices) => label(choices, spelled(stored)?),
        FieldType::DynamicChoice(_) => choice::selected_label(stored)?.unwrap_or_default().into_owned(),
        FieldType::DateTime(_) | FieldType::RecordCreated | FieldType::RecordModified => stored
            .as_i64()?
            .map(|millis| date::readable(millis, zone))
            .unwrap_or_default(),
        FieldType::Duration(_) => stored.as_i64()?.map(duration::print).unwrap_or_default(),
        FieldType::GeoPoint => geo::print(stored)?,
        FieldType::Relationship(_) | FieldType::Group { .. } | FieldType::Nested { .. } => {
            named(stored, "label")?
        }
        FieldType::File => named(stored, "name")?,
        _ => spelled(stored)?,
    })
}

/// Text, numbers and truths as they are; empty for the rest.
pub(crate) fn spelled(stored: Value<'_>) -> Result<String, Damaged> {
    if let Some(text) = stored.as_str()? {
        return Ok(text.into_owned());
    }
    if let Some(number) = stored.number_spelling()? {
        return Ok(number.into_owned());
    }
    Ok(stored
        .as_bool()?
        .map(|value| value.to_string())
        .unwrap_or_default())
}

/// What a reference is called.
pub(crate) fn named(stored: Value<'_>, key: &str) -> Result<String, Damaged> {
    stored.get(key)?.map_or(Ok(String::new()), spelled)
}

fn label(choices: &[Choice], name: String) -> String {
    let found = choices.iter().find(|choice| choice.name == name);
    found.map_or(name, |choice| choice.label.clone())
}

/// Dollars, as the original does without a setting, with two decimals.
fn money(spelling: String) -> String {
    let Some(number) = Decimal::parse(&spelling) else {
        return spelling;
    };
    let rounded = match number.limited(2, Rounding::Round) {
        Ok(Some(rounded)) => rounded,
        _ => number,
    };
    let text = rounded.with_decimals(2);
    match text.strip_prefix('-') {
        Some(amount) => format!("-${amount}"),
        None => format!("${text}"),
    }
}
