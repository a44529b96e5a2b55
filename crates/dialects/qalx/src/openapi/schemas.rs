//! What goes over the wire: the schemas of bodies and answers.

use engine::entities::EntityKind;
use serde_json::{Map, Value, json};

use crate::noun::{NOUNS, Noun};

/// The name of a kind's schema.
pub(super) fn name(noun: &Noun) -> &'static str {
    match noun.kind {
        EntityKind::Item => "Item",
        EntityKind::Set => "Set",
        EntityKind::Group => "Group",
        EntityKind::Bot => "Bot",
        EntityKind::Queue => "Queue",
        EntityKind::Blueprint => "Blueprint",
        EntityKind::Factory => "Factory",
    }
}

/// A reference to a schema.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Every schema.
pub(super) fn schemas() -> Value {
    let mut all = shared();
    for noun in &NOUNS {
        all.insert(name(noun).to_owned(), entity(noun));
        all.insert(format!("{}List", name(noun)), list(noun));
    }
    Value::Object(all)
}

fn entity(noun: &Noun) -> Value {
    let mut properties = Map::new();
    properties.insert("guid".to_owned(), reference("Guid"));
    for field in noun.fields {
        properties.insert((*field).to_owned(), own(noun.kind, field));
    }
    if noun.kind == EntityKind::Bot {
        let workers = json!({ "type": "array", "readOnly": true, "items": reference("Worker") });
        properties.insert("workers".to_owned(), workers);
    }
    properties.insert("meta".to_owned(), object("Metadata."));
    properties.insert(
        "tags".to_owned(),
        json!({ "type": "array", "items": reference("Tag") }),
    );
    properties.insert("info".to_owned(), reference("Info"));
    // An answer may be narrowed down to any field; what must be sent is said where it is.
    json!({ "type": "object", "properties": properties })
}

/// What must be sent of an entity that is to be made.
pub(super) fn required(kind: EntityKind) -> &'static [&'static str] {
    match kind {
        EntityKind::Bot => &["name", "config"],
        EntityKind::Queue => &["name", "parameters"],
        EntityKind::Blueprint => &["name", "schema", "entity_type"],
        EntityKind::Factory => &["name", "plan", "stage"],
        _ => &[],
    }
}

fn own(kind: EntityKind, field: &str) -> Value {
    match (kind, field) {
        (_, "name" | "stage") => json!({ "type": "string" }),
        (_, "file" | "plan") => reference("File"),
        (_, "items" | "sets") => json!({ "type": "object", "additionalProperties": reference("Guid"),
            "description": "Guids by key; as text or as extended JSON." }),
        (_, "entity_type") => json!({ "type": "string", "enum": ["item", "set"] }),
        (_, "schema") => object("A JSON Schema."),
        (EntityKind::Bot, "status") => reference("Status"),
        (_, "status") => {
            json!({ "type": "string", "enum": ["deploying", "deployed", "updating", "deleting"] })
        }
        (_, "state") => json!({ "type": "string", "enum": ["idle", "active", "stopped", "terminated"] }),
        (_, "bots") => json!({ "type": "array", "items": { "type": "object", "properties": {
            "bot": reference("Guid"), "code": reference("Guid") }, "required": ["bot", "code"] } }),
        (_, "data") => object("Data."),
        (_, "parameters") => reference("QueueParameters"),
        _ => object("Settings."),
    }
}

fn object(description: &str) -> Value {
    json!({ "type": "object", "additionalProperties": true, "description": description })
}

fn list(noun: &Noun) -> Value {
    json!({
        "type": "object",
        "properties": {
            "query": reference("ListQuery"),
            "data": { "type": "array", "items": reference(name(noun)) },
        },
        "required": ["query", "data"],
    })
}

/// The schemas that are not those of one kind.
fn shared() -> Map<String, Value> {
    let text = include_str!("schemas.json");
    serde_json::from_str(text).expect("the file is a JSON object")
}
