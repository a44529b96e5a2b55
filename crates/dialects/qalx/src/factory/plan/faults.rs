//! Walking a plan with the path of where one is, and gathering what is wrong.

use std::fmt::Display;

use yaml_serde::{Mapping, Value};

/// What was found wrong, each with its path.
#[derive(Default)]
pub(super) struct Faults(Vec<String>);

impl Faults {
    pub(super) fn add(&mut self, path: &str, fault: impl Display) {
        self.0.push(format!("{path}: {fault}"));
    }

    pub(super) fn into_list(self) -> Vec<String> {
        self.0
    }
}

/// A value of the plan and the way to it.
pub(super) struct Node<'a> {
    pub(super) path: String,
    pub(super) value: &'a Value,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        let path = "plan".to_owned();
        Self { path, value }
    }

    /// The last part of the path.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    fn child(&self, name: &str, value: &'a Value) -> Self {
        let path = match self.path.as_str() {
            "plan" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        Self { path, value }
    }

    /// A member that must be there.
    pub(super) fn required(&self, name: &str, members: &'a Mapping, faults: &mut Faults) -> Option<Self> {
        let found = self.optional(name, members);
        if found.is_none() {
            faults.add(&self.path, format_args!("{name} is required"));
        }
        found
    }

    /// A member that may be there; null is as good as nothing.
    pub(super) fn optional(&self, name: &str, members: &'a Mapping) -> Option<Self> {
        let value = members.get(name).filter(|value| !value.is_null())?;
        Some(self.child(name, value))
    }

    pub(super) fn object(&self, faults: &mut Faults) -> Option<&'a Mapping> {
        let found = self.value.as_mapping();
        if found.is_none() {
            self.expected("a mapping", faults);
        }
        found
    }

    /// The members of an object, each under its name.
    pub(super) fn members(&self, faults: &mut Faults) -> Vec<Self> {
        let mut found = Vec::new();
        for (key, value) in self.object(faults).into_iter().flatten() {
            match key.as_str() {
                Some(name) => found.push(self.child(name, value)),
                None => faults.add(&self.path, format_args!("the key {} is not text", shown(key))),
            }
        }
        found
    }

    /// [`Node::members`] of an object that must have some.
    pub(super) fn some_members(&self, faults: &mut Faults) -> Vec<Self> {
        if self.value.as_mapping().is_some_and(Mapping::is_empty) {
            faults.add(&self.path, "at least one is required");
        }
        self.members(faults)
    }

    pub(super) fn elements(&self, faults: &mut Faults) -> Vec<Self> {
        let Some(elements) = self.value.as_sequence() else {
            self.expected("a list", faults);
            return Vec::new();
        };
        let numbered = elements.iter().enumerate();
        numbered
            .map(|(number, value)| Self {
                path: format!("{}[{number}]", self.path),
                value,
            })
            .collect()
    }

    pub(super) fn text(&self, faults: &mut Faults) -> Option<&'a str> {
        match self.value.as_str() {
            Some("") => {
                faults.add(&self.path, "must not be empty");
                None
            }
            Some(text) => Some(text),
            None => {
                self.expected("text", faults);
                None
            }
        }
    }

    pub(super) fn truth(&self, faults: &mut Faults) {
        if !self.value.is_bool() {
            self.expected("true or false", faults);
        }
    }

    pub(super) fn expected(&self, what: &str, faults: &mut Faults) {
        faults.add(
            &self.path,
            format_args!("expected {what}, got {}", shown(self.value)),
        );
    }
}

/// A value as a complaint repeats it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("{:?}", text.chars().take(100).collect::<String>()),
        Value::Sequence(_) => "a list".to_owned(),
        Value::Mapping(_) => "a mapping".to_owned(),
        Value::Tagged(_) => "a value with a tag".to_owned(),
    }
}
