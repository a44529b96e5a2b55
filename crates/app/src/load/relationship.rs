//! Rules of relationships and of fields that hold permission groups.

use super::desk::{At, Map, distinct};
use super::expression::condition;
use super::field::Around;
use super::fits::{Subject, fields_of};
use super::types::Rules;
use crate::{App, DeletePolicy, Field, FieldType, RelationshipRules, USERS};

/// A relationship.
pub(super) fn relationship(field: &Map<'_>, rules: &Rules<'_>, around: &Around<'_>) -> Option<FieldType> {
    let at = rules.need("entity", field)?;
    let entity = at.text()?.to_owned();
    let name = entity.clone();
    at.later(around.entity, move |app| {
        if name == USERS || app.entity(&name).is_some() {
            Ok(())
        } else {
            Err(format!("there is no entity `{name}`"))
        }
    });
    let filter = rules
        .get("filter")
        .map(|at| condition(at, &Subject::records(&entity)));
    let policies = [
        ("none", DeletePolicy::None),
        ("remove", DeletePolicy::Remove),
        ("delete", DeletePolicy::Delete),
    ];
    Some(FieldType::Relationship(Box::new(RelationshipRules {
        copied: copied(rules, &entity),
        filter: match filter {
            Some(filter) => Some(filter?),
            None => None,
        },
        on_delete: rules
            .get("deletePolicy")
            .and_then(|at| at.word(&policies))
            .unwrap_or_default(),
        follows_label: rules.flag("labelUpdatePolicy").unwrap_or(true),
        entity,
    })))
}

fn copied(rules: &Rules<'_>, entity: &str) -> Vec<String> {
    let paths = names(rules, "copiedFields");
    for (at, path) in &paths {
        let (entity, path) = (entity.to_owned(), path.clone());
        at.later(&entity.clone(), move |app| can_be_copied(app, &entity, &path));
    }
    paths.into_iter().map(|(_, path)| path).collect()
}

fn can_be_copied(app: &App, entity: &str, path: &str) -> Result<(), String> {
    let Some(fields) = fields_of(app, entity) else {
        return Ok(());
    };
    match fields.at(path) {
        None => Err(format!("{entity} has no field `{path}`")),
        Some(field) if field.transient => Err(format!("`{path}` of {entity} is never stored")),
        Some(field) if field.is_aggregate() => Err(format!("`{path}` of {entity} is an aggregate")),
        Some(field) => match sensitive(field) {
            true => Err(format!("`{path}` of {entity} is sensitive")),
            false => Ok(()),
        },
    }
}

/// Whether a field is sensitive, or one within it: copies would not be masked.
fn sensitive(field: &Field) -> bool {
    match &field.kind {
        FieldType::Nested { fields, .. } => fields.iter().any(sensitive),
        _ => field.sensitive,
    }
}

/// The groups that a field may hold.
pub(super) fn groups(rules: &Rules<'_>) -> Vec<String> {
    let groups = names(rules, "groups");
    for (at, name) in &groups {
        let name = name.clone();
        at.later("", move |app| {
            app.group(&name)
                .map(|_| ())
                .ok_or_else(|| format!("there is no group `{name}`"))
        });
    }
    groups.into_iter().map(|(_, name)| name).collect()
}

/// The texts of a list, each once.
fn names<'d>(rules: &Rules<'d>, key: &str) -> Vec<(At<'d>, String)> {
    texts(&rules.list(key))
}

/// The texts of these items, each once.
pub(super) fn texts<'d>(items: &[At<'d>]) -> Vec<(At<'d>, String)> {
    let named: Vec<_> = items
        .iter()
        .filter_map(|at| Some((at.clone(), at.text()?.to_owned())))
        .collect();
    distinct(named.clone());
    named
}
