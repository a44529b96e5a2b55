//! An article as the JSON of an OData item.
//!
//! Navision refuses a number or a date that is sent as text, and knows no null in text; so each column's type decides.
//! What an article does not have is sent as empty, so that what was taken from it here is taken from it there.

use jiff::civil::Date;
use jsonb::{Damaged, Kind, Value, escape_into};

use crate::exports::{Column, Mapping, Shape};
use crate::kinds::export::sheet::plain_number;

/// The bodies of one article.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bodies {
    /// To change the item; it has no key, which would rename it.
    pub(super) patch: Vec<u8>,
    /// To make the item.
    pub(super) post: Vec<u8>,
}

/// The bodies, or the sentence that says which value cannot be sent.
pub(super) fn of_article(
    mapping: &Mapping,
    id: &str,
    body: Value<'_>,
) -> Result<Result<Bodies, String>, Damaged> {
    let mut fields = Vec::new();
    for column in mapping.columns().iter().filter(|column| !column.is_key()) {
        fields.push(b',');
        escape_into(&mut fields, &column.odata_name());
        fields.push(b':');
        if let Err(value) = push_value(column, body.get(&column.field)?, &mut fields)? {
            let shown: String = value.chars().take(80).collect();
            let kind = if column.shape == Shape::Date {
                "date"
            } else {
                "number"
            };
            return Ok(Err(format!(
                "{} ({}) is not a {kind}: {shown:?}",
                column.field, column.name
            )));
        }
    }
    let mut post = vec![b'{'];
    escape_into(&mut post, &mapping.key().odata_name());
    post.push(b':');
    escape_into(&mut post, id);
    post.extend_from_slice(&fields);
    post.push(b'}');
    let mut patch = vec![b'{'];
    patch.extend_from_slice(fields.get(1..).unwrap_or_default());
    patch.push(b'}');
    Ok(Ok(Bodies { patch, post }))
}

/// Appends a value; with the text that cannot be one of this column if it cannot.
fn push_value(
    column: &Column,
    value: Option<Value<'_>>,
    out: &mut Vec<u8>,
) -> Result<Result<(), String>, Damaged> {
    let text = match value {
        None => String::new(),
        Some(value) => match value.kind() {
            Kind::Null => String::new(),
            Kind::Text => value.as_str()?.unwrap_or_default().into_owned(),
            Kind::Int | Kind::Float if column.shape == Shape::Decimal => {
                out.extend_from_slice(value.number_spelling()?.unwrap_or_default().as_bytes());
                return Ok(Ok(()));
            }
            Kind::Int | Kind::Float => plain_number(&value.number_spelling()?.unwrap_or_default()),
            _ => value.to_text()?,
        },
    };
    let trimmed = text.trim();
    match column.shape {
        Shape::Text => escape_into(out, &text),
        Shape::Decimal | Shape::Date if trimmed.is_empty() => out.extend_from_slice(b"null"),
        Shape::Decimal => match decimal(trimmed) {
            Some(number) => out.extend_from_slice(number.as_bytes()),
            None => return Ok(Err(text)),
        },
        Shape::Date => match date(trimmed) {
            Some(date) => escape_into(out, &date),
            None => return Ok(Err(text)),
        },
    }
    Ok(Ok(()))
}

/// A European number in JSON's spelling: `1.248,28` is `1248.28`. Points are taken between groups of three only.
fn decimal(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once(',').unwrap_or((digits, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let mut groups = whole.split('.');
    let first = groups.next().filter(|first| are_digits(first))?;
    let mut all = first.to_owned();
    for group in groups {
        if first.len() > 3 || group.len() != 3 || !are_digits(group) {
            return None;
        }
        all.push_str(group);
    }
    if !are_digits(fraction) {
        return None;
    }
    let whole = match all.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    match fraction.trim_end_matches('0') {
        "" => Some(format!("{sign}{whole}")),
        fraction => Some(format!("{sign}{whole}.{fraction}")),
    }
}

/// `dd/mm/yyyy` as `yyyy-mm-dd`.
fn date(text: &str) -> Option<String> {
    let mut parts = text.split('/').map(|part| part.parse::<i16>().ok());
    let (day, month, year) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || text.bytes().any(|b| !b.is_ascii_digit() && b != b'/') {
        return None;
    }
    let date = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    Some(date.to_string())
}

#[cfg(test)]
mod tests {
    use jsonb::{Jsonb, Limits};

    use super::{Bodies, date, decimal, of_article};
    use crate::exports::Mapping;

    fn bodies(text: &str) -> Result<(String, String), String> {
        let body = Jsonb::parse(text.as_bytes(), &Limits::default()).unwrap();
        let made = of_article(&Mapping::default(), "O'1", body.root()).unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        made.map(|Bodies { patch, post }| (text(patch), text(post)))
    }

    #[test]
    fn values_are_what_odata_expects() {
        let (patch, post) = bodies(
            r#"{"F_1":"O'1","F_3":7,"F_80000":"a \"b\"","F_80004":"1.248,50","F_80006":"02/06/2022","C_75000":null}"#,
        )
        .unwrap();
        let fields = concat!(
            r#""No_2":"7","Description":"a \"b\"","Description_2":"","Unit_Price":1248.5,"#,
            r#""Last_Date_Modified":"2022-06-02","Item_Category_Code":"","Product_Group_Code":""}"#,
        );
        assert_eq!(patch, format!("{{{fields}"));
        assert_eq!(post, format!(r#"{{"No":"O'1",{fields}"#));
        assert!(serde_json::from_str::<serde_json::Value>(&post).is_ok());
    }

    #[test]
    fn what_cannot_be_sent_is_named() {
        assert_eq!(
            bodies(r#"{"F_1":"1","F_80004":"cheap"}"#),
            Err(r#"F_80004 (Unit Price) is not a number: "cheap""#.to_owned())
        );
        assert_eq!(
            bodies(r#"{"F_1":"1","F_80006":"31/02/2022"}"#),
            Err(r#"F_80006 (Last Date Modified) is not a date: "31/02/2022""#.to_owned())
        );
        assert!(
            bodies(r#"{"F_1":"1","F_80004":1.5e3,"F_80006":""}"#)
                .unwrap()
                .0
                .contains(":1.5e3,")
        );
    }

    #[test]
    fn european_numbers() {
        for (text, number) in [
            ("248,28", Some("248.28")),
            ("-1.234.567,80", Some("-1234567.8")),
            ("+007", Some("7")),
            ("0,00", Some("0")),
            ("248.28", None),
            ("1234.567", None),
            ("1.23", None),
            ("", None),
            ("1,", None),
            (",5", None),
            ("1,2,3", None),
            ("1e2", None),
        ] {
            assert_eq!(decimal(text).as_deref(), number, "{text}");
        }
    }

    #[test]
    fn dates() {
        assert_eq!(date("2/6/2022").as_deref(), Some("2022-06-02"));
        for text in [
            "2022-06-02",
            "30/02/2022",
            "1/1",
            "1/1/2022/1",
            "+1/1/2022",
            "a/b/c",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
