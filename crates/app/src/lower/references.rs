//! Equality of relationships, groups and files: an id, or what people call the other thing.

use jsonb::Jsonb;

use crate::{FieldType, group_id};

use super::test::Test;
use super::{document, operands};

/// Operands by what they are compared with.
#[derive(Default)]
struct Sorted {
    ids: Vec<Jsonb>,
    names: Vec<Jsonb>,
}

/// One of the operands is the id or the name of the other thing; or none is.
pub(super) fn equality(test: &Test<'_>, kind: &FieldType, negated: bool) -> Jsonb {
    let mut sorted = Sorted::default();
    for literal in test.literals {
        if operands::is_nothing(literal) {
            // Who has no id has nothing at all.
            sorted.ids.push(document::null());
            continue;
        }
        sorted.take(test, kind, operands::text(literal).trim());
    }
    let called = if matches!(kind, FieldType::File) {
        "name"
    } else {
        "label"
    };
    let parts = [("id", sorted.ids), (called, sorted.names)];
    let parts = parts.into_iter().filter(|(_, values)| !values.is_empty());
    let parts: Vec<Jsonb> = parts
        .map(|(name, values)| {
            let condition = match negated {
                true => document::none_of(&values),
                false => document::any_of(&values),
            };
            document::at(&document::dotted(&test.target.inner(name)), &condition)
        })
        .collect();
    match (parts.is_empty(), negated) {
        (true, true) => document::all(),
        (true, false) => document::none(),
        (false, true) => document::list("$and", parts),
        (false, false) => document::list("$or", parts),
    }
}

impl Sorted {
    fn take(&mut self, test: &Test<'_>, kind: &FieldType, text: &str) {
        if operands::is_record_id(text) {
            self.ids.push(document::text(&text.to_ascii_lowercase()));
            return;
        }
        let group = match kind {
            FieldType::Group { .. } => test.frame.app.group(text),
            _ => None,
        };
        // Before the label of a group its name counts.
        match group {
            Some(group) => self.ids.push(document::text(&group_id(&group.name))),
            None => self.names.push(document::text(text)),
        }
    }
}
