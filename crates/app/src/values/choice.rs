//! Choices: of the definition, and of the record itself.
//!
//! The latter are kept with what may be chosen: `{"options":[{"label","name"}],"selectedValue":"AZ"}`. Written as plain
//! text, the options stay what they were; of a new record they are those of the definition, if it has any. Without a
//! selection such a field is empty.

use std::borrow::Cow;

use jsonb::{Damaged, Jsonb, Value};

use crate::Choice;
use crate::fault::{NOT_A_CHOICE, Problem};
use crate::values::input::{Input, damaged};

/// Most options of a record's own.
const MAX_OPTIONS: usize = 1_000;

/// The name of a choice.
pub(crate) fn choice<'i>(choices: &[Choice], input: &'i Input<'_>) -> Result<&'i str, Problem> {
    match input {
        Input::Text(text) if choices.iter().any(|choice| choice.name == **text) => Ok(text),
        _ => Err(input.invalid(NOT_A_CHOICE)),
    }
}

/// The choice that people mean: by name, then by label, upper and lower case alike unless that leaves a doubt.
pub(crate) fn meant<'c>(choices: &'c [Choice], text: &str) -> Option<&'c Choice> {
    let alike = |left: &str| left.to_lowercase() == text.to_lowercase();
    let exact = choices.iter().find(|choice| choice.name == text);
    exact
        .or_else(|| choices.iter().find(|choice| alike(&choice.name)))
        .or_else(|| choices.iter().find(|choice| alike(&choice.label)))
}

/// A choice of the record's own; `old` is what the record has so far.
pub(crate) fn dynamic(
    choices: &[Choice],
    input: &Input<'_>,
    old: Option<Value<'_>>,
) -> Result<Option<Jsonb>, Problem> {
    match input {
        Input::Text(name) => plain(choices, name, input, old).map(Some),
        Input::Object(value) => from_object(*value, input),
        _ => Err(input.invalid(NOT_A_CHOICE)),
    }
}

fn plain(
    choices: &[Choice],
    name: &str,
    input: &Input<'_>,
    old: Option<Value<'_>>,
) -> Result<Jsonb, Problem> {
    let old = match old {
        Some(old) => options(old).map_err(damaged)?,
        None => None,
    };
    let options = old.filter(|options| !options.is_empty()).unwrap_or_else(|| {
        let own = |choice: &Choice| (Cow::Owned(choice.label.clone()), Cow::Owned(choice.name.clone()));
        choices.iter().map(own).collect()
    });
    build(&options, name, input)
}

fn from_object(value: Value<'_>, input: &Input<'_>) -> Result<Option<Jsonb>, Problem> {
    let malformed = || input.invalid("Must have options, each with name and label, and a selectedValue");
    for entry in value.entries() {
        let (key, _) = entry.map_err(damaged)?;
        if key != "options" && key != "selectedValue" {
            return Err(malformed());
        }
    }
    let options = options(value).map_err(damaged)?.ok_or_else(malformed)?;
    if options.len() > MAX_OPTIONS {
        return Err(input.invalid(format!("Must not have more than {MAX_OPTIONS} options")));
    }
    match value
        .get("selectedValue")
        .map_err(damaged)?
        .map_or(Ok(Input::Empty), Input::of)?
    {
        Input::Empty => Ok(None),
        Input::Text(name) => build(&options, &name, input).map(Some),
        _ => Err(malformed()),
    }
}

type Options<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// Labels and names of the options; none when they are malformed.
fn options(value: Value<'_>) -> Result<Option<Options<'_>>, Damaged> {
    let Some(list) = value.get("options")? else {
        return Ok(Some(Vec::new()));
    };
    let mut options = Vec::new();
    for option in list.elements() {
        let option = option?;
        let text = |key: &str| option.get(key)?.map_or(Ok(None), Value::as_str);
        let Some(name) = text("name")?.filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        options.push((text("label")?.unwrap_or_else(|| name.clone()), name));
    }
    Ok(matches!(list.kind(), jsonb::Kind::Array | jsonb::Kind::Null).then_some(options))
}

fn build(options: &Options<'_>, selected: &str, input: &Input<'_>) -> Result<Jsonb, Problem> {
    if !options.is_empty() && !options.iter().any(|(_, name)| name == selected) {
        return Err(input
            .invalid(NOT_A_CHOICE)
            .of(selected.chars().take(200).collect::<String>()));
    }
    let mut list = jsonb::array();
    for (label, name) in options {
        list = list.item_body(
            &jsonb::object()
                .field_str("label", label)
                .field_str("name", name)
                .finish(),
        );
    }
    let list = list.finish();
    Ok(jsonb::object()
        .field_body("options", &list)
        .field_str("selectedValue", selected)
        .finish())
}

/// What is selected.
pub(crate) fn selected(stored: Value<'_>) -> Result<Option<Cow<'_, str>>, Damaged> {
    stored.get("selectedValue")?.map_or(Ok(None), Value::as_str)
}

/// What people read of the selected.
pub(crate) fn selected_label(stored: Value<'_>) -> Result<Option<Cow<'_, str>>, Damaged> {
    let Some(selected) = selected(stored)? else {
        return Ok(None);
    };
    let options = options(stored)?.unwrap_or_default();
    let found = options.into_iter().find(|(_, name)| *name == selected);
    Ok(Some(found.map_or(selected, |(label, _)| label)))
}
