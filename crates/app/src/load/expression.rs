//! Rules and conditions of a definition: `always`, `never`, `js/name`, or a map in the query language.
//!
//! In a map all entries must hold; `_or: {…}` is one of them, `_and: {…}` all. As a map cannot hold a key twice, both
//! also take a list of maps. A value is a JSON value, a list of them (any of them), or a text in the language of
//! queries: `notEquals(closed)`. `currentUser(path)` stands for a field of the user who asks.

use super::desk::At;
use super::fits::{self, Subject};
use super::json;
use super::script::Functions;
use super::yaml::Value;
use crate::{Condition, Literal, Operator, Rule};

/// Whether a rule may be a function, and of which file.
pub(super) type Scripts<'f> = Option<&'f Functions>;

/// A rule: one of the words, a function, or a condition on the subject.
pub(super) fn rule(at: &At<'_>, scripts: Scripts<'_>, subject: &Subject) -> Option<Rule> {
    match &at.node().value {
        Value::Text(text) if text == "always" => Some(Rule::Always),
        Value::Text(text) if text == "never" => Some(Rule::Never),
        Value::Text(text) if text.starts_with("js/") => match scripts {
            Some(functions) => functions.name(at).map(Rule::Script),
            None => {
                at.complain("cannot be a function here");
                None
            }
        },
        Value::Map(_) => condition(at, subject).map(Rule::When),
        _ => {
            let function = if scripts.is_some() { ", js/… " } else { " " };
            at.complain(format!("must be always, never{function}or an expression"));
            None
        }
    }
}

/// A condition on the subject.
pub(super) fn condition(at: &At<'_>, subject: &Subject) -> Option<Condition> {
    let entries = at.entries()?;
    if entries.is_empty() {
        at.complain("is empty; say always");
        return None;
    }
    several(&entries, subject).map(Condition::And)
}

fn several(entries: &[(&str, At<'_>)], subject: &Subject) -> Option<Vec<Condition>> {
    let conditions: Vec<_> = entries.iter().map(|(key, at)| entry(key, at, subject)).collect();
    conditions.into_iter().collect()
}

fn entry(key: &str, at: &At<'_>, subject: &Subject) -> Option<Condition> {
    match key {
        "_or" => branches(at, subject).map(Condition::Or),
        "_and" => branches(at, subject).map(Condition::And),
        _ => leaf(key, at, subject),
    }
}

/// What `_or` and `_and` hold.
fn branches(at: &At<'_>, subject: &Subject) -> Option<Vec<Condition>> {
    let found = match at.node().value {
        Value::List(_) => {
            let each: Vec<_> = at.list()?.iter().map(|item| condition(item, subject)).collect();
            each.into_iter().collect()
        }
        _ => several(&at.entries()?, subject),
    };
    if found.as_ref().is_some_and(Vec::is_empty) {
        at.complain("is empty");
        return None;
    }
    found
}

fn leaf(path: &str, at: &At<'_>, subject: &Subject) -> Option<Condition> {
    let path = path.to_owned();
    let condition = match &at.node().value {
        Value::Map(_) => Condition::Element {
            path,
            fields: element(at)?,
        },
        Value::List(_) => {
            let items = at.list()?;
            let values: Vec<_> = items.iter().map(literal).collect();
            let values: Vec<Literal> = values.into_iter().collect::<Option<_>>()?;
            Condition::Test {
                path,
                operator: Operator::Equals,
                values,
            }
        }
        Value::Text(text) => {
            let (operator, values) = at.take(crate::language::value::value(text))?;
            Condition::Test {
                path,
                operator,
                values,
            }
        }
        _ => Condition::Test {
            path,
            operator: Operator::Equals,
            values: vec![literal(at)?],
        },
    };
    let (subject, checked) = (subject.clone(), condition.clone());
    at.later(&subject.entity.clone(), move |app| {
        fits::check(app, &subject, &checked)
    });
    Some(condition)
}

fn element(at: &At<'_>) -> Option<Vec<(String, Literal)>> {
    let entries = at.entries()?;
    if entries.is_empty() {
        at.complain("is empty");
        return None;
    }
    let fields: Vec<_> = entries
        .iter()
        .map(|(key, at)| Some(((*key).to_owned(), literal(at)?)))
        .collect();
    fields.into_iter().collect()
}

/// A value as such.
fn literal(at: &At<'_>) -> Option<Literal> {
    match &at.node().value {
        Value::Text(text) => Some(of_text(text)),
        Value::Bool(_) | Value::Number(_) => Some(Literal::Json(json::of(at.node()))),
        Value::Null => {
            at.complain("has no value; write \"empty()\"");
            None
        }
        _ => {
            at.complain("must be a text, a number, true or false");
            None
        }
    }
}

fn of_text(text: &str) -> Literal {
    let path = text
        .strip_prefix("currentUser(")
        .and_then(|rest| rest.strip_suffix(')'));
    match path {
        Some(path) => Literal::CurrentUser(path.trim().to_owned()),
        None => Literal::Text(text.to_owned()),
    }
}
