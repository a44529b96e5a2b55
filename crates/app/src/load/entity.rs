//! Entities.

use super::action;
use super::audit;
use super::desk::{At, Map, distinct};
use super::features::can_be_indexed;
use super::field::{Around, Place, fields};
use super::fits::Subject;
use super::relationship::texts;
use super::script::Functions;
use super::types::{can_be_label, label};
use crate::{App, Entity, EntityKind, Field, FieldType, Index, LabelRule};

const KEYS: &[&str] = &[
    "name",
    "label",
    "type",
    "recordLabel",
    "auditLogs",
    "lookupFields",
    "indexes",
    "fields",
    "validations",
    "actions",
];

/// Most indexes of an entity.
const MAX_INDEXES: usize = 64;
/// Most fields of an index.
const MAX_PARTS: usize = 8;

/// An entity without anything, for one that cannot be read.
pub(super) fn blank(name: &str) -> Entity {
    Entity {
        name: name.to_owned(),
        label: name.to_owned(),
        kind: EntityKind::Data,
        record_label: LabelRule::None,
        audit: crate::Audit::default(),
        lookup_fields: Vec::new(),
        indexes: Vec::new(),
        fields: crate::Fields::default(),
        validations: None,
        actions: Vec::new(),
        script: None,
    }
}

/// The entity of a file. What cannot be read is left out of it.
pub(super) fn entity(at: &At<'_>, full: &str, functions: &Functions, script: Option<&str>) -> Option<Entity> {
    let map = at.map(KEYS)?;
    let short = full.rsplit('.').next().unwrap_or(full);
    super::same_name(&map, short);
    let around = Around {
        entity: full,
        functions,
        subject: Subject::records(full),
        place: Place::Entity,
    };
    let list = map.need("fields").map(At::list);
    if !matches!(list, Some(Some(_))) {
        at.unread(full);
    }
    let kinds = [
        ("data", EntityKind::Data),
        ("enum", EntityKind::Enum),
        ("calculated", EntityKind::Calculated),
    ];
    Some(Entity {
        name: full.to_owned(),
        label: map.label(short),
        kind: map.get("type").and_then(|at| at.word(&kinds)).unwrap_or_default(),
        record_label: record_label(&map, full, functions),
        audit: map.get("auditLogs").map(audit::audit).unwrap_or_default(),
        lookup_fields: lookup_fields(&map, full),
        indexes: indexes(&map, full),
        fields: fields(&list.flatten().unwrap_or_default(), &around),
        validations: map.get("validations").and_then(|at| functions.name(at)),
        actions: action::actions(&map, &around),
        script: script.map(str::to_owned),
    })
}

fn record_label(map: &Map<'_>, full: &str, functions: &Functions) -> LabelRule {
    let Some(at) = map.get("recordLabel") else {
        return LabelRule::None;
    };
    let rule = label(at, functions).unwrap_or_default();
    if let LabelRule::Field(name) = &rule {
        let (entity, name) = (full.to_owned(), name.clone());
        at.later(full, move |app| {
            of(app, &entity, |entity| can_be_label(&entity.fields, &name))
        });
    }
    rule
}

/// Runs a check on an entity, which is there unless that is told elsewhere.
fn of(app: &App, name: &str, check: impl FnOnce(&Entity) -> Result<(), String>) -> Result<(), String> {
    app.entity(name).map_or(Ok(()), |entity| check(entity))
}

fn lookup_fields(map: &Map<'_>, full: &str) -> Vec<String> {
    let names = texts(&map.list("lookupFields"));
    for (at, name) in &names {
        let (entity, name) = (full.to_owned(), name.clone());
        at.later(full, move |app| {
            of(app, &entity, |entity| match entity.fields.get(&name) {
                None => Err(format!("there is no field `{name}`")),
                Some(field) if !field.unique || field.many => Err(format!("`{name}` is not unique")),
                Some(field) if field.sensitive => Err(format!("`{name}` is sensitive")),
                Some(_) => Ok(()),
            })
        });
    }
    names.into_iter().map(|(_, name)| name).collect()
}

fn indexes(map: &Map<'_>, full: &str) -> Vec<Index> {
    let items = map.list("indexes");
    if let Some(beyond) = items.get(MAX_INDEXES) {
        beyond.complain(format!("there are more than {MAX_INDEXES} indexes"));
        return Vec::new();
    }
    let read: Vec<_> = items
        .iter()
        .filter_map(|at| Some((at.clone(), index(at, full)?)))
        .collect();
    distinct(
        read.iter()
            .map(|(at, index)| (at.clone(), index.fields.join(", "))),
    );
    read.into_iter().map(|(_, index)| index).collect()
}

fn index(at: &At<'_>, full: &str) -> Option<Index> {
    let map = at.map(&["fields", "unique"])?;
    let list = map.need("fields")?;
    let paths = texts(&list.list()?);
    if paths.is_empty() || paths.len() > MAX_PARTS {
        list.complain(format!("must hold 1 to {MAX_PARTS} fields, not {}", paths.len()));
        return None;
    }
    let (alone, unique) = (paths.len() == 1, map.flag("unique"));
    for (at, path) in &paths {
        let (entity, path) = (full.to_owned(), path.clone());
        at.later(full, move |app| {
            of(app, &entity, |entity| {
                let aggregate = entity.fields.at(&path).is_some_and(Field::is_aggregate);
                match unique && aggregate {
                    true => Err(format!("`{path}` is an aggregate, which cannot be unique")),
                    false => can_be_part(entity, &path, alone),
                }
            })
        });
    }
    Some(Index {
        fields: paths.into_iter().map(|(_, path)| path).collect(),
        unique,
    })
}

fn can_be_part(entity: &Entity, path: &str, alone: bool) -> Result<(), String> {
    let field = entity
        .fields
        .at(path)
        .ok_or_else(|| format!("there is no field `{path}`"))?;
    if field.transient {
        return Err(format!("`{path}` is never stored"));
    }
    if !can_be_indexed(&field.kind) {
        return Err(format!(
            "`{path}` is {}, which cannot be indexed",
            field.kind.name()
        ));
    }
    if !alone && holds_many(entity, path) {
        return Err(format!(
            "`{path}` holds many values; only an index by itself takes it"
        ));
    }
    Ok(())
}

/// Whether a path leads through or to something that holds many values.
fn holds_many(entity: &Entity, path: &str) -> bool {
    let mut fields = Some(&entity.fields);
    path.split('.').any(|name| {
        let field: Option<&Field> = fields.and_then(|fields| fields.get(name));
        fields = match field.map(|field| &field.kind) {
            Some(FieldType::Nested { fields, .. }) => Some(fields),
            _ => None,
        };
        field.is_some_and(|field| field.many)
    })
}
