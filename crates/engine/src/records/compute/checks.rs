//! What functions find wrong with a draft: fields that are needed, values and records that are not right.

use app::Rule;
use jsonb::{Kind, Value};
use model::Error;

use super::super::prepare::{Begun, Task};
use super::super::scripts::is_true;
use super::asks;

impl Task {
    pub(super) fn requirements(&self, begun: &mut Begun) -> Result<(), Error> {
        let asks = asks(
            &mut begun.draft,
            &self.entity.fields,
            |field, slot, _| match &field.required {
                Rule::Script(function) if slot.is_empty() && field.is_writable() => Some(function),
                _ => None,
            },
        );
        for ask in asks {
            let needed = self.function(begun, ask.function, &[ask.spot.parent(), None])?;
            if is_true(needed.as_ref())
                && let Some(field) = self.entity.fields.at(&ask.spot.path)
            {
                begun.faults.required(&ask.spot.spelled, field);
            }
        }
        Ok(())
    }

    pub(super) fn validations(&self, begun: &mut Begun) -> Result<(), Error> {
        let asks = asks(&mut begun.draft, &self.entity.fields, |field, slot, _| {
            field.validation.as_ref().filter(|_| !slot.is_empty())
        });
        for ask in asks {
            let places = [ask.spot.parent(), Some(&*ask.spot.spelled), None];
            let told = self.function(begun, ask.function, &places)?;
            if let Some(told) = told.filter(|told| told.root().kind() == Kind::Object) {
                self.tell(begun, &ask.spot.spelled, told.root());
            }
        }
        if let Some(function) = &self.entity.validations {
            let told = self.function(begun, function, &[])?;
            let told = told.unwrap_or_else(|| jsonb::array().finish());
            for item in told.root().elements() {
                let item = item.map_err(Error::internal)?;
                let path = member(item, "path").unwrap_or_default();
                self.tell(begun, &path, item);
            }
        }
        Ok(())
    }

    fn tell(&self, begun: &mut Begun, path: &str, item: Value<'_>) {
        let plain = without_indexes(path);
        let code = member(item, "code").unwrap_or_else(|| "invalid".to_owned());
        let message = member(item, "message").unwrap_or_else(|| "Not a valid value".to_owned());
        begun
            .faults
            .add(path, self.entity.fields.at(&plain), code, message, None);
    }
}

fn member(item: Value<'_>, key: &str) -> Option<String> {
    let value = item.get(key).ok().flatten()?;
    Some(value.as_str().ok().flatten()?.into_owned())
}

/// `addresses[1].city` without the number.
fn without_indexes(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut inside = false;
    for char in path.chars() {
        match char {
            '[' => inside = true,
            ']' => inside = false,
            char if !inside => plain.push(char),
            _ => {}
        }
    }
    plain
}
