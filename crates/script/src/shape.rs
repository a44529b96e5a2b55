//! What the wrappers of a record need to know about its fields.
//!
//! The app's own types say far more; a shape is made from them once per app version and shared by all calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::argument::quote;

/// The fields of an entity, or of an action's parameters. Cloning shares.
#[derive(Clone, Debug)]
pub struct Shape {
    pub(crate) id: u64,
    pub(crate) text: Arc<str>,
}

/// One field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name.
    pub name: String,
    /// How its values are seen.
    pub kind: FieldKind,
    /// Whether it holds a list.
    pub many: bool,
}

/// How values are stored and seen.
#[derive(Clone, Debug)]
pub enum FieldKind {
    /// As they are: texts, numbers, durations, times without zone, points.
    Plain,
    /// Never empty.
    Boolean,
    /// A day, seen as a date at midnight.
    Date,
    /// Milliseconds, seen as a date.
    DateTime,
    /// A name with a label; names and labels in order.
    Choice(Vec<(String, String)>),
    /// A choice whose options lie in the value.
    DynamicChoice,
    /// Fields within.
    Nested(Vec<Field>),
    /// Another record; the fields are those that are copied from it.
    Relationship {
        /// The other entity.
        entity: String,
        /// Copied fields.
        copied: Vec<Field>,
    },
    /// A group of users.
    Group,
    /// A file.
    File,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

impl Shape {
    /// The shape of the records of the entity `owner`, or of the parameters of the action `owner`.
    #[must_use]
    pub fn new(owner: &str, fields: &[Field]) -> Self {
        let mut text = String::from("{\"owner\":");
        quote(&mut text, owner);
        text.push_str(",\"entity\":");
        quote(&mut text, owner);
        push_fields(&mut text, fields);
        text.push('}');
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            text: text.into(),
        }
    }
}

fn push_fields(text: &mut String, fields: &[Field]) {
    text.push_str(",\"fields\":{");
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        quote(text, &field.name);
        text.push_str(":{\"name\":");
        quote(text, &field.name);
        text.push_str(if field.many {
            ",\"many\":true"
        } else {
            ",\"many\":false"
        });
        push_kind(text, &field.kind);
        text.push('}');
    }
    text.push('}');
}

fn push_kind(text: &mut String, kind: &FieldKind) {
    let name = match kind {
        FieldKind::Plain => "plain",
        FieldKind::Boolean => "boolean",
        FieldKind::Date => "date",
        FieldKind::DateTime => "dateTime",
        FieldKind::Choice(_) => "choice",
        FieldKind::DynamicChoice => "dynamicChoice",
        FieldKind::Nested(_) => "nested",
        FieldKind::Relationship { .. } => "relationship",
        FieldKind::Group => "group",
        FieldKind::File => "file",
    };
    text.push_str(",\"kind\":");
    quote(text, name);
    match kind {
        FieldKind::Choice(options) => push_options(text, options),
        FieldKind::Nested(fields) => push_fields(text, fields),
        FieldKind::Group => push_fields(text, &[]),
        FieldKind::Relationship { entity, copied } => {
            text.push_str(",\"entity\":");
            quote(text, entity);
            push_fields(text, copied);
        }
        _ => {}
    }
}

fn push_options(text: &mut String, options: &[(String, String)]) {
    text.push_str(",\"options\":{");
    for (at, (name, label)) in options.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        quote(text, name);
        text.push(':');
        quote(text, label);
    }
    text.push('}');
}
