//! Actions of entities.

use super::desk::{At, Map, distinct_names};
use super::expression::rule;
use super::field::{Around, Place, fields};
use super::fits::Subject;
use super::yaml::Value;
use crate::{Action, ActionKind, Rule};

/// Names that have a meaning of their own where an action stands in an address.
const TAKEN: &[&str] = &["aggregate", "export", "import", "history", "auditLogs", "files"];

const KEYS: &[&str] = &[
    "name",
    "label",
    "type",
    "precondition",
    "parameters",
    "actions",
    "executeInBackground",
    "resultAsResponse",
    "saveDataBeforeRunning",
];

/// The actions of an entity, each name once.
pub(super) fn actions(map: &Map<'_>, around: &Around<'_>) -> Vec<Action> {
    let items = map.list("actions");
    let read: Vec<_> = items.iter().map(|at| (at, action(at, around))).collect();
    if let Some((at, _)) = read.iter().find(|(_, action)| action.is_none()) {
        at.unread(around.entity);
    }
    distinct_names(&read, |action| &action.name);
    read.into_iter().filter_map(|(_, action)| action).collect()
}

fn action(at: &At<'_>, around: &Around<'_>) -> Option<Action> {
    let map = at.map(KEYS)?;
    let name = map.need("name").and_then(action_name);
    let kinds = [
        ("oneRecord", ActionKind::OneRecord),
        ("manyRecords", ActionKind::ManyRecords),
        ("global", ActionKind::Global),
    ];
    let kind = map.get("type").and_then(|at| at.word(&kinds)).unwrap_or_default();
    let function = map.need("actions").and_then(|at| around.functions.name(at));
    let precondition = map
        .get("precondition")
        .and_then(|at| precondition(at, kind, around));
    let subject = Subject {
        action: name.map(str::to_owned),
        ..around.subject.clone()
    };
    let parameters = fields(
        &map.list("parameters"),
        &Around {
            subject,
            place: Place::Parameter,
            ..around.clone()
        },
    );
    Some(Action {
        label: map.label(name?),
        name: name?.to_owned(),
        kind,
        precondition: precondition.unwrap_or(Rule::Always),
        parameters,
        function: function?,
        in_background: map.flag("executeInBackground"),
        result_as_response: map.flag("resultAsResponse"),
        save_first: map.flag("saveDataBeforeRunning"),
    })
}

fn action_name<'d>(at: &At<'d>) -> Option<&'d str> {
    let name = at.name()?;
    let is_id = name.len() == 24 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id || TAKEN.contains(&name) {
        at.complain(format!("`{name}` means something else in an address"));
        return None;
    }
    Some(name)
}

fn precondition(at: &At<'_>, kind: ActionKind, around: &Around<'_>) -> Option<Rule> {
    if kind == ActionKind::Global && matches!(at.node().value, Value::Map(_)) {
        at.complain("a global action has no record that could meet an expression");
        return None;
    }
    rule(at, Some(around.functions), &around.subject)
}
