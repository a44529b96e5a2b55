//! What applying a definition would do, before it is done.
//!
//! A plan compares two definitions, not data: whether a field that goes has values is for the engine to see. Nothing is
//! taken for renamed; an old name goes and a new one comes. Applying the same definition again is an empty plan.

mod fields;
mod functions;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::{App, Entity, FieldType, Fields, Index, indexes};

/// What applying a definition would do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Entities that are there afterwards and were not before.
    pub added: Vec<Arc<Entity>>,
    /// Entities that are there before and after, and differ.
    pub changed: Vec<EntityChange>,
    /// Entities that go, with their records.
    pub removed: Vec<String>,
    /// Groups.
    pub groups: Names,
    /// Listeners.
    pub listeners: Names,
    /// Whether `app.yaml` says something else.
    pub settings: bool,
}

/// Names of what comes, changes and goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// What comes.
    pub added: Vec<String>,
    /// What changes.
    pub changed: Vec<String>,
    /// What goes.
    pub removed: Vec<String>,
}

/// How an entity changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntityChange {
    /// Its full name.
    pub entity: String,
    /// Its fields, those within fields too, in the order of the new definition; those that go come last.
    pub fields: Vec<FieldChange>,
    /// Indexes to build.
    pub indexes_added: Vec<Index>,
    /// Indexes to drop.
    pub indexes_removed: Vec<Index>,
    /// What must be done to every record; empty: nothing.
    pub conversions: Vec<Conversion>,
    /// Whether anything else differs: labels, history, actions, functions.
    pub behaviour: bool,
}

/// How a field changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Its path.
    pub path: String,
    /// What becomes of it.
    pub kind: FieldChangeKind,
}

/// What becomes of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldChangeKind {
    /// It is new, of this type.
    Added(&'static str),
    /// It goes, with its values.
    Removed,
    /// Its values get another type.
    Retyped {
        /// The old type.
        from: String,
        /// The new one.
        to: String,
    },
    /// It holds many values now and held one, or the other way round.
    Multiplicity {
        /// Whether it holds many now.
        many: bool,
    },
    /// Its label or rules differ.
    Rules,
}

/// What must be done to every record of an entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conversion {
    /// The values at this path go.
    Drop(String),
    /// The values at this path are read as text in the new type; those that cannot be are dropped.
    Retype(String),
    /// The value at this path becomes a list of one.
    ToMany(String),
    /// Of the values at this path the first stays.
    ToOne(String),
    /// The field at this path cannot be empty and gets its first value: false, or the record's own dates.
    Fill(String),
    /// Records are numbered or ranked in this field, in the order of their creation.
    Number(String),
    /// What is kept of the other record is copied again.
    Copy(String),
    /// The value is computed.
    Calculate(String),
    /// The label is made anew; none is that of the record, else that of the nested fields at this path.
    Label(Option<String>),
    /// The keys of indexes over several fields are made anew.
    Keys,
}

impl Conversion {
    /// The path of the field that it is about, if it is about one.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Drop(path)
            | Self::Retype(path)
            | Self::ToMany(path)
            | Self::ToOne(path)
            | Self::Fill(path)
            | Self::Number(path)
            | Self::Copy(path)
            | Self::Calculate(path)
            | Self::Label(Some(path)) => Some(path),
            Self::Label(None) | Self::Keys => None,
        }
    }
}

impl Plan {
    /// What leads from one definition to another; without an old one everything is new.
    #[must_use]
    pub fn between(old: Option<&App>, new: &App) -> Self {
        let empty = App::default();
        let before = old.unwrap_or(&empty);
        let mut plan = Self {
            groups: names(&before.groups, &new.groups),
            listeners: names(&before.listeners, &new.listeners),
            settings: old.is_some_and(|old| settings(old) != settings(new)),
            ..Self::default()
        };
        for (name, entity) in &new.entities {
            match before.entity(name) {
                None => plan.added.push(Arc::clone(entity)),
                Some(was) => plan.changed.push(entity_change(was, entity)),
            }
        }
        let gone = before
            .entities
            .keys()
            .filter(|name| !new.entities.contains_key(*name));
        plan.removed = gone.cloned().collect();
        copy_again(&mut plan.changed, new);
        plan.changed.retain(|change| !change.is_empty());
        plan
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an entity or a field goes: what it holds would be lost.
    #[must_use]
    pub fn is_destructive(&self) -> bool {
        !self.removed.is_empty() || !self.losses().is_empty()
    }

    /// The fields that go, by entity and path. Entities that go are [`Plan::removed`].
    #[must_use]
    pub fn losses(&self) -> Vec<(&str, &str)> {
        let fields = self
            .changed
            .iter()
            .flat_map(|change| change.fields.iter().map(move |field| (change, field)));
        fields
            .filter(|(_, field)| field.kind == FieldChangeKind::Removed)
            .map(|(change, field)| (change.entity.as_str(), field.path.as_str()))
            .collect()
    }
}

impl EntityChange {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self
            == Self {
                entity: self.entity.clone(),
                ..Self::default()
            }
    }

    fn convert(&mut self, conversion: Conversion) {
        if !self.conversions.contains(&conversion) {
            self.conversions.push(conversion);
        }
    }
}

fn settings(app: &App) -> (&str, &str, Option<&str>, &str, bool) {
    (
        &app.name,
        &app.label,
        app.environment.as_deref(),
        &app.timezone,
        app.dynamic_entities,
    )
}

fn names<T: PartialEq>(old: &BTreeMap<String, T>, new: &BTreeMap<String, T>) -> Names {
    let pick = |from: &BTreeMap<String, T>, test: &dyn Fn(&str, &T) -> bool| {
        from.iter()
            .filter(|(name, value)| test(name, value))
            .map(|(name, _)| name.clone())
            .collect()
    };
    Names {
        added: pick(new, &|name, _| !old.contains_key(name)),
        changed: pick(new, &|name, value| old.get(name).is_some_and(|was| was != value)),
        removed: pick(old, &|name, _| !new.contains_key(name)),
    }
}

fn entity_change(old: &Entity, new: &Entity) -> EntityChange {
    let mut change = EntityChange {
        entity: new.name.clone(),
        ..EntityChange::default()
    };
    fields::compare(&mut change, "", &old.fields, &new.fields);
    let (before, after) = (indexes::of(old), indexes::of(new));
    change.indexes_added = after
        .iter()
        .filter(|index| !before.contains(index))
        .cloned()
        .collect();
    change.indexes_removed = before
        .iter()
        .filter(|index| !after.contains(index))
        .cloned()
        .collect();
    if composed(old) != composed(new) {
        change.convert(Conversion::Keys);
    }
    if old.record_label != new.record_label {
        change.convert(Conversion::Label(None));
    }
    functions::compare(&mut change, old, new);
    change.behaviour |= behaviour(old) != behaviour(new);
    change
}

/// The indexes over several fields, whose keys records hold.
fn composed(entity: &Entity) -> Vec<&Index> {
    entity
        .indexes
        .iter()
        .filter(|index| index.fields.len() > 1)
        .collect()
}

/// An entity without what is compared by itself.
fn behaviour(entity: &Entity) -> Entity {
    Entity {
        fields: Fields::default(),
        indexes: Vec::new(),
        ..entity.clone()
    }
}

/// Has references copy again what they keep of fields whose form changes.
fn copy_again(changes: &mut [EntityChange], new: &App) {
    let reformed: BTreeSet<(String, String)> = changes
        .iter()
        .flat_map(|change| change.fields.iter().map(move |field| (change, field)))
        .filter(|(_, field)| field.kind != FieldChangeKind::Rules)
        .map(|(change, field)| (change.entity.clone(), field.path.clone()))
        .collect();
    for change in changes {
        let Some(entity) = new.entity(&change.entity) else {
            continue;
        };
        let mut paths = Vec::new();
        stale(&entity.fields, "", &reformed, &mut paths);
        paths
            .into_iter()
            .for_each(|path| change.convert(Conversion::Copy(path)));
    }
}

/// The relationships that keep something of fields whose form changes.
fn stale(fields: &Fields, prefix: &str, reformed: &BTreeSet<(String, String)>, out: &mut Vec<String>) {
    for field in fields {
        let path = format!("{prefix}{}", field.name);
        match &field.kind {
            FieldType::Nested { fields, .. } => stale(fields, &format!("{path}."), reformed, out),
            FieldType::Relationship(rules) => {
                let touches = |(entity, changed): &(String, String)| {
                    *entity == rules.entity && rules.copied.iter().any(|copied| overlap(copied, changed))
                };
                if reformed.iter().any(touches) {
                    out.push(path);
                }
            }
            _ => {}
        }
    }
}

/// Whether one path leads to or through the other.
#[must_use]
pub fn overlap(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    within(one, other) || within(other, one)
}
