//! Copies of other records' fields in references.
//!
//! A reference shows the id and label of the other record, whoever sees the reference. A copy is another entity's value
//! in this entity's record, and nobody asks there which record it is of; so it is shown, and for queries, only to whom
//! the field is shown on every record that it may come from.

use super::fields::{is_open, is_within, shows};
use crate::{App, Entity, FieldType, Fields, RelationshipRules, Rule};

/// How many references deep copies of copies are told apart; what lies deeper is not shown.
const DEPTH: usize = 8;

/// Somebody in these groups, who may be past groups.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker<'a> {
    pub(super) app: &'a App,
    pub(super) groups: &'a [String],
    pub(super) developer: bool,
}

/// The copies in the references of an entity that the asker may not see: the path of the relationship, and of the copy
/// below it.
pub(super) fn hidden(asker: Asker<'_>, entity: &Entity) -> Vec<(String, String)> {
    let mut hidden = Vec::new();
    of_fields(asker, &entity.fields, "", 0, &mut |relationship, copy| {
        hidden.push((relationship.to_owned(), copy.to_owned()));
    });
    hidden
}

fn of_fields(
    asker: Asker<'_>,
    fields: &Fields,
    under: &str,
    depth: usize,
    found: &mut dyn FnMut(&str, &str),
) {
    for field in fields {
        let path = format!("{under}{}", field.name);
        match &field.kind {
            FieldType::Nested { fields, .. } => of_fields(asker, fields, &format!("{path}."), depth, found),
            FieldType::Relationship(rules) => {
                of_copies(asker, rules, depth, &mut |copy| found(&path, copy));
            }
            _ => {}
        }
    }
}

/// The paths below a reference by these rules that are hidden.
fn of_copies(asker: Asker<'_>, rules: &RelationshipRules, depth: usize, found: &mut dyn FnMut(&str)) {
    let Some(target) = asker.app.entity(&rules.entity) else {
        return;
    };
    for copy in &rules.copied {
        if depth >= DEPTH || !asker.sees_everywhere(target, copy) {
            found(copy);
            continue;
        }
        match target.fields.at(copy).map(|field| &field.kind) {
            Some(FieldType::Relationship(rules)) => {
                of_copies(asker, rules, depth + 1, &mut |inner| {
                    found(&format!("{copy}.{inner}"))
                });
            }
            Some(FieldType::Nested { fields, .. }) => {
                let under = format!("{copy}.");
                of_fields(asker, fields, &under, depth + 1, &mut |path, inner| {
                    found(&format!("{path}.{inner}"));
                });
            }
            _ => {}
        }
    }
}

impl Asker<'_> {
    /// Whether a field of an entity, with all that lies in it, is shown on every record.
    fn sees_everywhere(&self, entity: &Entity, path: &str) -> bool {
        let mut groups = self
            .groups
            .iter()
            .filter_map(|name| self.app.group(name)?.entity(&entity.name));
        is_open(&entity.fields, path)
            && (self.developer || groups.any(|group| group.read == Rule::Always && shows(group, path)))
    }
}

/// Whether a path leads to or through one of these copies; none does that ends at the relationship or before it.
pub(super) fn leads_to(hidden: &[(String, String)], path: &str) -> bool {
    hidden.iter().any(|(relationship, copy)| {
        let below = path
            .strip_prefix(relationship.as_str())
            .and_then(|rest| rest.strip_prefix('.'));
        below.is_some_and(|below| is_within(below, copy) || is_within(copy, below))
    })
}
