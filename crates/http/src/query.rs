//! Query parameters, read strictly: every complaint names the parameter and its value.
//!
//! A parameter given twice is refused unless it is a list, an escape that decodes to no text is refused instead of
//! replaced, and what the handler's type does not know is refused if the type says `deny_unknown_fields`.

pub(crate) mod percent;
mod value;

use axum::extract::FromRequestParts;
use http::request::Parts;
use model::{Code, Error};
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;

use crate::fault::Fault;
use crate::mount::shorten;
use crate::query::value::{Failure, Name, Values};

/// Extracts the query parameters.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        Ok(Self(parse_query(parts.uri.query().unwrap_or_default())?))
    }
}

/// Reads `name=value&…` into a type; also for forms.
pub fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    let groups = group(query_pairs(query)?);
    let entries = groups
        .into_iter()
        .map(|(name, values)| (Name(name.clone()), Values { name, values }));
    T::deserialize(MapDeserializer::<_, Failure>::new(entries)).map_err(|failure| failure.0)
}

/// The decoded pairs of a query in their order, for handlers that take parameters with names of the client's choice.
pub fn query_pairs(query: &str) -> Result<Vec<(String, String)>, Error> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(pair)
        .collect()
}

fn pair(part: &str) -> Result<(String, String), Error> {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    let decode = |text: &str, what: &str| {
        percent::decode_form(text).map_err(|complaint| {
            let message = format!("{what} {complaint}: {:?}", shorten(text));
            Error::of_field(Code::BadRequest, shorten(name), message)
        })
    };
    let decoded = decode(name, "a parameter name in the query")?;
    let value = decode(value, &format!("the parameter {}", shorten(&decoded)))?;
    Ok((decoded, value))
}

/// Gathers the values of each name, in the order of first appearance.
fn group(pairs: Vec<(String, String)>) -> Vec<(String, Vec<String>)> {
    let mut places = std::collections::HashMap::new();
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in pairs {
        let place = *places.entry(name.clone()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, values)) => values.push(value),
            None => groups.push((name, vec![value])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use model::Code;
    use serde::Deserialize;

    use super::parse_query;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct List {
        page: Option<u32>,
        #[serde(default)]
        tag: Vec<String>,
        #[serde(default)]
        order: Order,
        exact: Option<bool>,
        q: Option<String>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Order {
        #[default]
        Up,
        Down,
    }

    #[test]
    fn parameters_are_decoded_and_typed() {
        let list: List = parse_query("page=3&tag=a&q=a+b%20%C3%A9&tag=b&order=down&exact=true&").unwrap();
        let expected = List {
            page: Some(3),
            tag: vec!["a".to_owned(), "b".to_owned()],
            order: Order::Down,
            exact: Some(true),
            q: Some("a b é".to_owned()),
        };
        assert_eq!(list, expected);
        assert!(parse_query::<List>("").is_ok());
    }

    #[test]
    fn complaints_name_parameter_and_value() {
        for (query, code, field, message) in [
            (
                "page=x",
                Code::BadValue,
                "page",
                r#"page: expected a whole number from 0 to 4294967295, got "x""#,
            ),
            (
                "page=-1",
                Code::BadValue,
                "page",
                r#"page: expected a whole number from 0 to 4294967295, got "-1""#,
            ),
            (
                "page=",
                Code::BadValue,
                "page",
                r#"page: expected a whole number from 0 to 4294967295, got """#,
            ),
            (
                "page=1&page=2",
                Code::BadValue,
                "page",
                "page: given 2 times, once is allowed",
            ),
            (
                "exact=yes",
                Code::BadValue,
                "exact",
                r#"exact: expected true or false, got "yes""#,
            ),
            (
                "order=side",
                Code::BadValue,
                "order",
                r#"order: expected one of up, down, got "side""#,
            ),
            (
                "colour=1",
                Code::UnknownField,
                "colour",
                "the parameter colour is not known",
            ),
            (
                "q=%zz",
                Code::BadRequest,
                "q",
                r#"the parameter q has an incomplete escape: "%zz""#,
            ),
            (
                "q=%C3",
                Code::BadRequest,
                "q",
                r#"the parameter q is not valid UTF-8: "%C3""#,
            ),
            (
                "q=%00",
                Code::BadRequest,
                "q",
                r#"the parameter q has a NUL character: "%00""#,
            ),
        ] {
            let error = parse_query::<List>(query).unwrap_err();
            assert_eq!(
                (error.code(), error.field(), error.message()),
                (code, Some(field), message),
                "{query}"
            );
        }
    }

    #[test]
    fn a_parameter_that_is_required_is_named() {
        #[derive(Debug, Deserialize)]
        struct Needs {
            #[expect(dead_code, reason = "only read")]
            name: String,
        }
        let error = parse_query::<Needs>("x=1").unwrap_err();
        assert_eq!((error.code(), error.field()), (Code::MissingField, Some("name")));
    }
}
