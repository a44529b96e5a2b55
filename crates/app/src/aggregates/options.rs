//! Reading the objects that operations are described by.

use jsonb::{Kind, Value};

use super::building::shown;

/// The named options of an operation.
pub(super) struct Options<'v>(Vec<(String, Value<'v>)>);

impl<'v> Options<'v> {
    /// Reads an object that has no other keys.
    pub(super) fn read(value: Value<'v>, known: &[&str]) -> Result<Self, String> {
        if value.kind() != Kind::Object {
            return Err(format!(
                "must be an object with {}, found {}",
                known.join(", "),
                shown(value)
            ));
        }
        let mut options = Vec::new();
        for entry in value.entries() {
            let (name, value) = entry.map_err(|damaged| damaged.to_string())?;
            if !known.contains(&&*name) {
                return Err(format!(
                    "has no option `{}`; there are {}",
                    query::cut(&name),
                    known.join(", ")
                ));
            }
            options.push((name.into_owned(), value));
        }
        Ok(Self(options))
    }

    /// An option that is not null.
    pub(super) fn get(&self, name: &str) -> Option<Value<'v>> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| *value)
            .filter(|value| value.kind() != Kind::Null)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, String> {
        self.get(name)
            .map(|value| text(value).map_err(|why| format!("`{name}` {why}")))
            .transpose()
    }

    pub(super) fn needs_text(&self, name: &str) -> Result<String, String> {
        self.text(name)?.ok_or_else(|| format!("needs `{name}`"))
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<f64>, String> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let number = match value.kind() {
            Kind::Text => text(value)?.trim().parse().ok(),
            _ => value.as_f64().map_err(|damaged| damaged.to_string())?,
        };
        match number.filter(|number: &f64| number.is_finite()) {
            Some(number) => Ok(Some(number)),
            None => Err(format!("`{name}` must be a number, found {}", shown(value))),
        }
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, String> {
        let Some(value) = self.get(name) else {
            return Ok(false);
        };
        let flag = value.as_bool().map_err(|damaged| damaged.to_string())?;
        flag.ok_or_else(|| format!("`{name}` must be true or false, found {}", shown(value)))
    }
}

/// A text that is not empty.
pub(super) fn text(value: Value<'_>) -> Result<String, String> {
    let found = value.as_str().map_err(|damaged| damaged.to_string())?;
    match found.as_deref().map(str::trim) {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(format!("must be a text, found {}", shown(value))),
    }
}

/// Names between commas, or a list of names.
pub(super) fn names(value: Value<'_>) -> Result<Vec<String>, String> {
    if value.kind() != Kind::Array {
        let found = value.as_str().map_err(|damaged| damaged.to_string())?;
        let found = found.ok_or_else(|| format!("must be names between commas, found {}", shown(value)))?;
        return Ok(found
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect());
    }
    let one =
        |element: Result<Value<'_>, jsonb::Damaged>| text(element.map_err(|damaged| damaged.to_string())?);
    value.elements().map(one).collect()
}
