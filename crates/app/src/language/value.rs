//! The value of a filter: `CA,CO`, `"ACME, Inc"`, `greater(5)`, `currentUser(id)`.
//!
//! Double quotes protect everything up to the closing quote. A word that begins in lower case and is directly followed by
//! parentheses is meant as an operator; one that does not exist is refused rather than searched for as text.

use crate::{Literal, Operator};

use super::quoted;

/// Reads a value: its operator (`equals` unless it says otherwise) and operands.
///
/// # Errors
/// A text that says what cannot be read.
pub fn value(text: &str) -> Result<(Operator, Vec<Literal>), String> {
    let text = text.trim();
    if let Some((name, arguments)) = call(text)
        && name != CURRENT_USER
    {
        let Some(operator) = named(name) else {
            let known: Vec<&str> = Operator::ALL.iter().map(|(_, name)| *name).collect();
            let known = known.join(", ");
            return Err(format!(
                "there is no operator `{name}` (there are {known}); text with parentheses needs double quotes"
            ));
        };
        let values = list(arguments)?;
        return count(operator, name, values).map(|values| (operator, values));
    }
    if let Some((name, _)) = text.split_once('(')
        && named(name).is_some()
    {
        return Err(format!("`{name}` has no closing parenthesis at the end"));
    }
    let values = some_or_empty(list(text)?);
    Ok((Operator::Equals, values))
}

/// How a literal of the current user is written.
const CURRENT_USER: &str = "currentUser";

/// The operator of this name.
fn named(name: &str) -> Option<Operator> {
    Operator::ALL
        .iter()
        .find(|(_, known)| *known == name)
        .map(|(operator, _)| *operator)
}

/// `name(arguments)`, if the text is that.
fn call(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once('(')?;
    let word = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|char| char.is_ascii_alphanumeric());
    Some((name, rest.strip_suffix(')').filter(|_| word)?))
}

/// The operands between commas; empty ones are left out.
fn list(text: &str) -> Result<Vec<Literal>, String> {
    let mut values = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        if let Some(opened) = rest.strip_prefix('"') {
            let Some((inner, behind)) = quoted::rest(opened, '"') else {
                return Err("a double quote is not closed".to_owned());
            };
            values.push(Literal::Text(inner));
            rest = behind.trim_start();
            if !rest.is_empty() && !rest.starts_with(',') {
                return Err("between a closing double quote and the next comma there is text".to_owned());
            }
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            let item = rest[..end].trim();
            if !item.is_empty() {
                values.push(literal(item));
            }
            rest = &rest[end..];
        }
        match rest.strip_prefix(',') {
            Some(behind) => rest = behind,
            None => return Ok(values),
        }
    }
}

fn literal(item: &str) -> Literal {
    match call(item) {
        Some((CURRENT_USER, path)) => Literal::CurrentUser(path.trim().to_owned()),
        _ => Literal::Text(item.to_owned()),
    }
}

/// Nothing at all stands for the empty value.
fn some_or_empty(values: Vec<Literal>) -> Vec<Literal> {
    match values.is_empty() {
        true => vec![Literal::Text(String::new())],
        false => values,
    }
}

/// Checks how many operands there are.
fn count(operator: Operator, name: &str, values: Vec<Literal>) -> Result<Vec<Literal>, String> {
    let (least, most, wanted) = match operator {
        Operator::Equals | Operator::NotEquals => return Ok(some_or_empty(values)),
        Operator::Empty | Operator::NotEmpty => (0, 0, "no value"),
        Operator::Between => (2, 2, "two values, `between(from,to)`"),
        Operator::Near => (2, 4, "two to four values, `near(latitude,longitude,least,most)`"),
        _ => (1, 1, "one value; text with a comma needs double quotes"),
    };
    match values.len() {
        found if (least..=most).contains(&found) => Ok(values),
        found => Err(format!("`{name}` takes {wanted}, found {found}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Operator::*;

    fn texts(values: &[&str]) -> Vec<Literal> {
        let text = |value: &&str| match value.strip_prefix('$') {
            Some(path) => Literal::CurrentUser(path.to_owned()),
            None => Literal::Text((*value).to_owned()),
        };
        values.iter().map(text).collect()
    }

    #[test]
    fn values_are_read() {
        let cases: &[(&str, Operator, &[&str])] = &[
            ("Blogpad", Equals, &["Blogpad"]),
            ("Blogpad, Jazzy ", Equals, &["Blogpad", "Jazzy"]),
            (r#""ACME, Inc""#, Equals, &["ACME, Inc"]),
            (r#""ACME, Inc",Jazzy"#, Equals, &["ACME, Inc", "Jazzy"]),
            (r#""greater(5)""#, Equals, &["greater(5)"]),
            (r#""a \"b\" \\ \d""#, Equals, &[r#"a "b" \ \d"#]),
            (r#"5" pipe"#, Equals, &[r#"5" pipe"#]),
            ("", Equals, &[""]),
            (r#""""#, Equals, &[""]),
            (",", Equals, &[""]),
            ("CA,,CO,", Equals, &["CA", "CO"]),
            ("equals(a,b)", Equals, &["a", "b"]),
            ("equals()", Equals, &[""]),
            ("notEquals( closed )", NotEquals, &["closed"]),
            ("like(/^a.*b$/)", Like, &["/^a.*b$/"]),
            ("like(logo (1).png)", Like, &["logo (1).png"]),
            (r#"like("a,b")"#, Like, &["a,b"]),
            (r#"like("a)")"#, Like, &["a)"]),
            ("between(1,2)", Between, &["1", "2"]),
            ("greater(-5)", Greater, &["-5"]),
            ("greaterOrEquals(5)", GreaterOrEquals, &["5"]),
            ("less(5)", Less, &["5"]),
            ("lessOrEquals(5)", LessOrEquals, &["5"]),
            ("empty()", Empty, &[]),
            ("notEmpty( )", NotEmpty, &[]),
            ("near(1,2)", Near, &["1", "2"]),
            ("near(1,2,3,4)", Near, &["1", "2", "3", "4"]),
            ("currentUserField(email)", CurrentUserField, &["email"]),
            ("currentUser(email)", Equals, &["$email"]),
            ("a,currentUser(groups)", Equals, &["a", "$groups"]),
            ("notEquals(currentUser(id),b)", NotEquals, &["$id", "b"]),
            (r#""currentUser(id)""#, Equals, &["currentUser(id)"]),
            ("Acme(US)", Equals, &["Acme(US)"]),
            ("the (old) one", Equals, &["the (old) one"]),
            ("a(b", Equals, &["a(b"]),
        ];
        for (text, operator, values) in cases {
            assert_eq!(value(text), Ok((*operator, texts(values))), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let cases = [
            ("contains(a)", "there is no operator `contains`"),
            ("in(a,b)", "there is no operator `in`"),
            ("greater()", "`greater` takes one value"),
            ("greater(1,2)", "found 2"),
            ("between(1)", "`between` takes two values"),
            ("between(,1)", "`between` takes two values"),
            ("empty(1)", "`empty` takes no value, found 1"),
            ("near(1)", "`near` takes two to four values"),
            ("like(a,b)", "needs double quotes, found 2"),
            ("like(a", "`like` has no closing parenthesis"),
            (r#""open"#, "a double quote is not closed"),
            (r#"like("a)"#, "a double quote is not closed"),
            (r#""a"b"#, "there is text"),
        ];
        for (text, why) in cases {
            let found = value(text).expect_err(text);
            assert!(found.contains(why), "{text}: {found}");
        }
    }
}
