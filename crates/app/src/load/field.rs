//! Fields: of entities, within fields, and as parameters of actions.

use super::calculation;
use super::default;
use super::desk::{At, Map, distinct_names};
use super::expression::rule;
use super::features;
use super::fits::Subject;
use super::script::Functions;
use super::types;
use crate::{Field, Fields, FunctionName, Rule};

/// Where fields are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In an entity.
    Entity,
    /// In a field.
    Nested,
    /// In an action.
    Parameter,
}

/// What reading a field needs to know of what is around it.
#[derive(Clone)]
pub(super) struct Around<'a> {
    /// Full name of the entity.
    pub(super) entity: &'a str,
    /// The functions beside it.
    pub(super) functions: &'a Functions,
    /// What conditions are about.
    pub(super) subject: Subject,
    /// Where the fields are.
    pub(super) place: Place,
}

/// Most fields in one list.
const MAX_FIELDS: usize = 1_000;

/// Names that records have already, in this place.
fn taken(place: Place) -> &'static [&'static str] {
    match place {
        Place::Entity => &["id", "version", "label", "entity"],
        Place::Nested => &["id", "label"],
        Place::Parameter => &[],
    }
}

/// The fields of a list. Those that cannot be read are left out, and the entity counts as not read.
pub(super) fn fields(items: &[At<'_>], around: &Around<'_>) -> Fields {
    if let Some(beyond) = items.get(MAX_FIELDS) {
        beyond.complain(format!("there are more than {MAX_FIELDS} fields"));
        return Fields::default();
    }
    let read: Vec<_> = items.iter().map(|at| (at, field(at, around))).collect();
    if read.iter().any(|(_, field)| field.is_none())
        && let Some((at, _)) = read.first()
    {
        at.unread(around.entity);
    }
    distinct_names(&read, |field| &field.name);
    Fields(read.into_iter().filter_map(|(_, field)| field).collect())
}

const KEYS: &[&str] = &[
    "name",
    "label",
    "type",
    "multiplicity",
    "required",
    "unique",
    "indexable",
    "transient",
    "sensitiveData",
    "defaultValue",
    "valueCalculation",
    "readAccess",
    "writeAccess",
    "validation",
    "typeRules",
    "nestedFields",
];

fn field(at: &At<'_>, around: &Around<'_>) -> Option<Field> {
    let map = at.map(KEYS)?;
    let name = name(&map, around.place);
    let kind = types::field_type(&map, around);
    let (name, kind) = (name?, kind?);
    let word = |key: &str, otherwise| access(&map, key, around).unwrap_or(otherwise);
    let mut field = Field {
        label: map.label(name),
        name: name.to_owned(),
        many: map
            .get("multiplicity")
            .and_then(|at| at.word(&[("one", false), ("many", true)]))
            .unwrap_or_default(),
        required: word("required", Rule::Never),
        unique: map.flag("unique"),
        indexable: map.flag("indexable"),
        transient: map.flag("transient"),
        sensitive: map.flag("sensitiveData"),
        default: None,
        calculation: map
            .get("valueCalculation")
            .and_then(|at| calculation::calculation(at, (name, &kind), around)),
        read_access: word("readAccess", Rule::Always),
        write_access: word("writeAccess", Rule::Always),
        validation: validation(&map, around.functions),
        kind,
    };
    field.default = map
        .get("defaultValue")
        .and_then(|at| default::default_value(at, &field, around.functions));
    features::check(&map, &field, around.place);
    Some(field)
}

fn name<'d>(map: &Map<'d>, place: Place) -> Option<&'d str> {
    let at = map.need("name")?;
    let name = at.name()?;
    if taken(place).contains(&name) {
        at.complain(format!("`{name}` is taken: every record has it"));
        return None;
    }
    Some(name)
}

fn access(map: &Map<'_>, key: &str, around: &Around<'_>) -> Option<Rule> {
    rule(map.get(key)?, Some(around.functions), &around.subject)
}

fn validation(map: &Map<'_>, functions: &Functions) -> Option<FunctionName> {
    functions.name(map.get("validation")?)
}
