//! The map form of the language: `{state: active, _or: {…, _and: {…}}}`, in definitions and in aggregates.
//!
//! Keys are paths; all must hold. Under `_or` one of the entries must, under `_and` all of them; both may also have a list
//! of maps. A text is read as in the URL form, other values stand for themselves, a list for any of its values.

use jsonb::{Jsonb, Kind, Value};

use crate::{Condition, Literal, Operator};

use super::query_string::{test, together};
use super::{DEEPEST, LanguageError, MOST_CONDITIONS, nested};

/// Reads a map.
///
/// # Errors
/// A [`LanguageError`] that names the key and its value.
pub fn map(map: Value<'_>) -> Result<Condition, LanguageError> {
    if map.kind() != Kind::Object {
        return Err(LanguageError::new(
            "",
            &shown(map),
            "a condition is a map of fields and values",
        ));
    }
    let mut left = MOST_CONDITIONS;
    Ok(together(entries(map, 0, &mut left)?))
}

/// The conditions of a map's entries.
fn entries(map: Value<'_>, depth: usize, left: &mut usize) -> Result<Vec<Condition>, LanguageError> {
    let mut conditions = Vec::new();
    for entry in map.entries() {
        let (key, value) = entry.map_err(|damaged| LanguageError::new("", "", damaged.to_string()))?;
        let refused = |why: String| LanguageError::new(&key, &shown(value), why);
        *left = left
            .checked_sub(1)
            .ok_or_else(|| refused(format!("there are more than {MOST_CONDITIONS} conditions")))?;
        conditions.push(match &*key {
            "_or" => Condition::Or(parts(&key, value, depth, left)?),
            "_and" => Condition::And(parts(&key, value, depth, left)?),
            key if key.starts_with('_') => return Err(refused("there are only `_or` and `_and`".to_owned())),
            "" => return Err(refused("the name of a field is missing".to_owned())),
            key => field(key, value).map_err(refused)?,
        });
    }
    Ok(conditions)
}

/// What stands under `_or` or `_and`.
fn parts(
    key: &str,
    value: Value<'_>,
    depth: usize,
    left: &mut usize,
) -> Result<Vec<Condition>, LanguageError> {
    let refused = |why: String| LanguageError::new(key, &shown(value), why);
    if depth >= DEEPEST {
        return Err(refused(format!("nests deeper than {DEEPEST} levels")));
    }
    let parts = match value.kind() {
        Kind::Object => entries(value, depth + 1, left)?,
        Kind::Array => {
            let mut parts = Vec::new();
            for map in value.elements() {
                let map = map.map_err(|damaged| refused(damaged.to_string()))?;
                if map.kind() != Kind::Object {
                    return Err(refused("must be a map, or a list of maps".to_owned()));
                }
                parts.push(together(entries(map, depth + 1, left)?));
            }
            parts
        }
        _ => return Err(refused("must be a map, or a list of maps".to_owned())),
    };
    match parts.is_empty() {
        true => Err(refused("needs at least one condition".to_owned())),
        false => Ok(parts),
    }
}

fn field(path: &str, value: Value<'_>) -> Result<Condition, String> {
    let values = match value.kind() {
        Kind::Text => return test(path, &nested::string(value)?),
        Kind::Object => return nested::element(path, value),
        Kind::Array => {
            let mut values = Vec::new();
            for one in value.elements() {
                values.push(plain(one.map_err(|damaged| damaged.to_string())?)?);
            }
            values
        }
        _ => vec![plain(value)?],
    };
    Ok(Condition::Test {
        path: path.to_owned(),
        operator: Operator::Equals,
        values,
    })
}

fn plain(value: Value<'_>) -> Result<Literal, String> {
    match value.kind() {
        Kind::Array | Kind::Object => Err("a list must have plain values".to_owned()),
        Kind::Text => nested::string(value).map(Literal::Text),
        _ => Ok(Literal::Json(Jsonb::from_stored(value.as_bytes().to_vec()))),
    }
}

fn shown(value: Value<'_>) -> String {
    query::cut(&value.to_text().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Condition, LanguageError> {
        let limits = jsonb::Limits {
            max_depth: 1000,
            ..jsonb::Limits::default()
        };
        map(Jsonb::parse(text.as_bytes(), &limits).expect("json").root())
    }

    fn equals(path: &str, values: Vec<Literal>) -> Condition {
        Condition::Test {
            path: path.to_owned(),
            operator: Operator::Equals,
            values,
        }
    }

    fn text(text: &str) -> Literal {
        Literal::Text(text.to_owned())
    }

    fn json(value: &str) -> Literal {
        Literal::Json(Jsonb::parse(value.as_bytes(), &jsonb::Limits::default()).expect("json"))
    }

    #[test]
    fn maps_are_read() {
        let a = || equals("a", vec![text("x")]);
        let b = || equals("b", vec![json("5")]);
        let cases = [
            ("{}", Condition::And(vec![])),
            (r#"{"a":"x"}"#, a()),
            (r#"{"a":"x","b":5}"#, Condition::And(vec![a(), b()])),
            (r#"{"a":"x,y"}"#, equals("a", vec![text("x"), text("y")])),
            (
                r#"{"a":["x,y",true,null]}"#,
                equals("a", vec![text("x,y"), json("true"), json("null")]),
            ),
            (r#"{"a":[]}"#, equals("a", vec![])),
            (
                r#"{"a":"currentUser(id)"}"#,
                equals("a", vec![Literal::CurrentUser("id".to_owned())]),
            ),
            (r#"{"_or":{"a":"x","b":5}}"#, Condition::Or(vec![a(), b()])),
            (
                r#"{"_or":[{"a":"x"},{"a":"x","b":5}]}"#,
                Condition::Or(vec![a(), Condition::And(vec![a(), b()])]),
            ),
            (
                r#"{"a":"x","_or":{"b":5,"_and":{"a":"x","b":5}}}"#,
                Condition::And(vec![
                    a(),
                    Condition::Or(vec![b(), Condition::And(vec![a(), b()])]),
                ]),
            ),
            (
                r#"{"g":{"a":"x","b":5}}"#,
                Condition::Element {
                    path: "g".to_owned(),
                    fields: vec![("a".to_owned(), text("x")), ("b".to_owned(), json("5"))],
                },
            ),
        ];
        for (map, wanted) in cases {
            assert_eq!(read(map), Ok(wanted), "{map}");
        }
        let not = Condition::Test {
            path: "a".to_owned(),
            operator: Operator::NotEquals,
            values: vec![text("x")],
        };
        assert_eq!(read(r#"{"a":"notEquals(x)"}"#), Ok(not));
    }

    #[test]
    fn what_cannot_be_read_names_key_and_value() {
        let deep = format!("{}{}{}", r#"{"_or":"#.repeat(40), r#"{"a":1}"#, "}".repeat(40));
        let many = format!(
            "{{{}}}",
            (0..3000)
                .map(|at| format!(r#""a{at}":1"#))
                .collect::<Vec<_>>()
                .join(",")
        );
        let cases = [
            ("[]", "", "a condition is a map"),
            (r#"{"_not":{}}"#, "_not", "only `_or` and `_and`"),
            (r#"{"_or":{}}"#, "_or", "at least one"),
            (r#"{"_or":[]}"#, "_or", "at least one"),
            (r#"{"_or":"a"}"#, "_or", "must be a map"),
            (r#"{"_and":[1]}"#, "_and", "must be a map"),
            (r#"{"a":[[1]]}"#, "a", "plain values"),
            (r#"{"a":{"b":{}}}"#, "a", "plain value"),
            (r#"{"a":{}}"#, "a", "no fields"),
            (r#"{"a":"contains(x)"}"#, "a", "no operator"),
            (r#"{"":1}"#, "", "name of a field"),
            (&deep, "_or", "deeper than 32"),
            (&many, "a2000", "more than 2000"),
        ];
        for (map, key, why) in cases {
            let found = read(map).expect_err(map);
            assert!(
                found.parameter == key && found.why.contains(why),
                "{map}: {found}"
            );
        }
    }
}
