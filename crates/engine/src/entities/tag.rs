//! Tags: a name and a value, by which entities are grouped and, through projects, shown or hidden.

use jsonb::{Damaged, Jsonb, Value};
use model::Error;

/// The longest name and value, in characters.
const MAX_TEXT: usize = 255;
/// The most tags on one entity or project.
const MAX_TAGS: usize = 100;

/// A tag. Name and value are kept in lower case without space around them, as the clients send them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    name: String,
    value: String,
}

impl Tag {
    /// A tag of this name and value.
    ///
    /// # Errors
    /// `bad-value` for a text that is empty, too long or has control characters; the field is `name` or `value`.
    pub fn new(name: &str, value: &str) -> Result<Self, Error> {
        Ok(Self {
            name: text("name", name)?,
            value: text("value", value)?,
        })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value.
    pub fn value(&self) -> &str {
        &self.value
    }

    pub(super) fn of_pair((name, value): &(String, String)) -> Self {
        let (name, value) = (name.clone(), value.clone());
        Self { name, value }
    }

    pub(super) fn to_pair(&self) -> (String, String) {
        (self.name.clone(), self.value.clone())
    }

    /// Whether `stored`, an element of an entity's tags, is this one.
    pub(super) fn is(&self, stored: Value<'_>) -> Result<bool, Damaged> {
        let is = |key, text: &str| -> Result<bool, Damaged> {
            let found = stored.get(key)?.map(Value::as_str).transpose()?.flatten();
            Ok(found.as_deref() == Some(text))
        };
        Ok(is("name", &self.name)? && is("value", &self.value)?)
    }
}

fn text(field: &'static str, given: &str) -> Result<String, Error> {
    let text = given.trim().to_lowercase();
    let length = text.chars().count();
    let complaint = match length {
        0 => format!("the {field} of a tag must not be empty"),
        _ if length > MAX_TEXT => {
            format!("the {field} of a tag must not be longer than {MAX_TEXT} characters, got {length}")
        }
        _ if text.chars().any(char::is_control) => {
            format!("the {field} of a tag must not have control characters: {text:?}")
        }
        _ => return Ok(text),
    };
    Err(Error::bad_value(field, complaint))
}

/// Refuses more tags than one thing may have.
pub(super) fn check_count(tags: &[Tag]) -> Result<(), Error> {
    if tags.len() <= MAX_TAGS {
        return Ok(());
    }
    let message = format!("at most {MAX_TAGS} tags are taken, got {}", tags.len());
    Err(Error::bad_value("tags", message))
}

/// Tags as they are stored, each once.
pub(super) fn to_body(tags: &[Tag]) -> Jsonb {
    let mut list = jsonb::array();
    for (at, tag) in tags.iter().enumerate() {
        if !tags[..at].contains(tag) {
            let tag = jsonb::object()
                .field_str("name", &tag.name)
                .field_str("value", &tag.value);
            list = list.item_body(&tag.finish());
        }
    }
    list.finish()
}

#[cfg(test)]
mod tests {
    use super::{Tag, to_body};

    #[test]
    fn texts_are_tidied_and_checked() {
        let tag = Tag::new(" Project ", "ÄB1").unwrap();
        assert_eq!((tag.name(), tag.value()), ("project", "äb1"));
        for (name, value, field) in [("", "v", "name"), ("n", " ", "value"), ("n", "a\u{7}", "value")] {
            assert_eq!(Tag::new(name, value).unwrap_err().field(), Some(field));
        }
        assert!(Tag::new("n", &"v".repeat(256)).is_err());
    }

    #[test]
    fn each_is_stored_once() {
        let (one, two) = (Tag::new("a", "1").unwrap(), Tag::new("b", "1").unwrap());
        let body = to_body(&[one.clone(), two, one.clone()]);
        assert_eq!(body.root().len().unwrap(), 2);
        assert!(one.is(body.root().index(0).unwrap().unwrap()).unwrap());
        assert!(!one.is(body.root().index(1).unwrap().unwrap()).unwrap());
    }
}
