//! Values of new records that say nothing: `$currentDate`, `$currentUser`, `js/name`, or the value itself.

use super::desk::{At, spelled};
use super::json;
use super::script::Functions;
use super::yaml::{Node, Value};
use crate::{DefaultValue, Field, FieldType, USERS};

/// A default that fits the type.
pub(super) fn default_value(at: &At<'_>, field: &Field, functions: &Functions) -> Option<DefaultValue> {
    match &at.node().value {
        Value::Text(text) if text.starts_with("js/") => functions.name(at).map(DefaultValue::Script),
        Value::Text(text) if text == "$currentDate" => at.take(current_date(&field.kind)),
        Value::Text(text) if text == "$currentUser" => at.take(current_user(&field.kind)),
        Value::Text(text) if text.starts_with('$') => {
            at.complain(format!(
                "{} is neither $currentDate nor $currentUser",
                spelled(at.node())
            ));
            None
        }
        _ => {
            at.take(check_default(field, at.node()))?;
            let value = json::of(at.node());
            at.take(crate::values::check(field, &value).map_err(|why| format!("cannot be {why}")))?;
            Some(DefaultValue::Value(value))
        }
    }
}

fn current_date(kind: &FieldType) -> Result<DefaultValue, String> {
    use FieldType as T;
    match kind {
        T::Date(_)
        | T::DateTime(_)
        | T::DateTimeNoTimezone(_)
        | T::YearMonth(_)
        | T::MonthDay(_)
        | T::Time(_) => Ok(DefaultValue::CurrentDate),
        _ => Err(format!("$currentDate is no value of {}", kind.name())),
    }
}

fn current_user(kind: &FieldType) -> Result<DefaultValue, String> {
    match kind {
        FieldType::Relationship(rules) if rules.entity == USERS => Ok(DefaultValue::CurrentUser),
        _ => Err(format!(
            "$currentUser is a value of relationships to {USERS} only"
        )),
    }
}

/// Whether a value is of the kind that a definition spells values of this type with; rules are checked afterwards.
fn check_default(field: &Field, node: &Node) -> Result<(), String> {
    let kind = &field.kind;
    match &node.value {
        Value::List(items) if field.many => items.iter().try_for_each(|item| one(kind, item)),
        _ if field.many => Err(format!(
            "must be a list, as the field holds many values, not {}",
            spelled(node)
        )),
        _ => one(kind, node),
    }
}

fn one(kind: &FieldType, node: &Node) -> Result<(), String> {
    use FieldType as T;
    let must = |what: &str| Err(format!("must be {what}, not {}", spelled(node)));
    match (kind, &node.value) {
        (T::Boolean, Value::Bool(_)) => Ok(()),
        (T::Boolean, _) => must("true or false"),
        (T::Choice(choices) | T::DynamicChoice(choices), Value::Text(text)) => {
            match choices.is_empty() || choices.iter().any(|choice| choice.name == *text) {
                true => Ok(()),
                false => must("one of the possible values"),
            }
        }
        (T::Integer(range) | T::Duration(range) | T::DateTime(range), Value::Number(text)) => {
            match text.parse::<i64>() {
                Ok(number) if range.min.is_some_and(|min| number < min) => must("within the bounds"),
                Ok(number) if range.max.is_some_and(|max| number > max) => must("within the bounds"),
                Ok(_) => Ok(()),
                Err(_) => must("a whole number"),
            }
        }
        (T::Integer(_) | T::Duration(_), _) => must("a whole number"),
        (T::DateTime(_), _) => must("milliseconds since 1970"),
        (T::BigNumber(rules), Value::Number(text) | Value::Text(text)) if super::yaml::is_number(text) => {
            within(rules, text).or_else(|()| must("within the bounds"))
        }
        (T::Decimal(rules) | T::Money(rules) | T::Percentage(rules), Value::Number(text)) => {
            within(rules, text).or_else(|()| must("within the bounds"))
        }
        (T::Decimal(_) | T::Money(_) | T::Percentage(_) | T::BigNumber(_), _) => must("a number"),
        (T::GeoPoint, Value::Map(_))
        | (T::Relationship(_) | T::Group { .. }, Value::Map(_) | Value::Text(_)) => Ok(()),
        (T::GeoPoint, _) => must("a map of latitude and longitude"),
        (_, Value::Text(_)) => Ok(()),
        _ => must("a text"),
    }
}

fn within(rules: &crate::DecimalRules, text: &str) -> Result<(), ()> {
    let number: f64 = text.parse().map_err(|_| ())?;
    let bound = |bound: &Option<String>| bound.as_ref().and_then(|bound| bound.parse::<f64>().ok());
    let low = bound(&rules.range.min).is_some_and(|min| number < min);
    let high = bound(&rules.range.max).is_some_and(|max| number > max);
    if low || high { Err(()) } else { Ok(()) }
}
