//! The parameters of operations.

use serde_json::{Value, json};

/// A parameter of a path.
pub(super) fn path(name: &str) -> Value {
    let (schema, description) = match name {
        "env" => (
            json!({ "type": "string", "enum": ["dev", "staging", "prod"] }),
            "The environment that the server is.",
        ),
        "entity" => (text(), "The full name of an entity, with dots for folders."),
        "ids" => (text(), "One id, or several separated by commas."),
        "user" => (text(), "Id, mail address, or id in another system."),
        "users" => (text(), "One of those, or several separated by commas."),
        _ => (text(), "Its id."),
    };
    json!({ "name": name, "in": "path", "required": true, "schema": schema, "description": description })
}

/// Parameters of the query, by name.
pub(super) fn query(name: &str) -> Value {
    let (schema, description) = of_language(name).unwrap_or_else(|| of_listing(name));
    json!({ "name": name, "in": "query", "required": false, "schema": schema, "description": description })
}

fn of_language(name: &str) -> Option<(Value, &'static str)> {
    Some(match name {
        "_query" => (
            text(),
            "A combination of filters: or(…), and(…), filter('field','value').",
        ),
        "_fields" => (
            text(),
            "What is to be shown, separated by commas; id, version and label always are.",
        ),
        "_relationshipsToFetch" => (text(), "Relationships whose records are shown in their place."),
        "_format" => (words(&["native", "plainText"]), "How values are written."),
        "_formatForUser" => (
            text(),
            "Id or mail address of the user whose zone texts are for; the caller when nobody says.",
        ),
        "_useFieldNames" => (
            boolean(),
            "Whether columns have names of fields instead of labels.",
        ),
        "_fileFormat" => (
            words(&["csv", "ndjson"]),
            "The form of the file; CSV when nobody says.",
        ),
        "_neutralizeFormulas" => (
            boolean(),
            "Whether cells that begin with = + - @ get an apostrophe in front, so that no spreadsheet computes them.",
        ),
        "lowPriority" => (boolean(), "The job runs only when there is room."),
        "dryRun" => (boolean(), "Nothing is written but the report."),
        "updateCalculatedFields" => (
            boolean(),
            "Whether calculated fields are computed; true when nobody says.",
        ),
        "updateRelationships" => (
            boolean(),
            "Whether records that refer to changed ones get the new label; true when nobody says.",
        ),
        "performValidations" => (
            boolean(),
            "Whether values must keep the rules of their types; true when nobody says.",
        ),
        "filterByAccessRules" => (
            boolean(),
            "Whether access rules of fields are asked; true when nobody says.",
        ),
        "performSecurityChecks" => (boolean(), "Whether permissions are asked; true when nobody says."),
        "triggerEvents" => (boolean(), "Whether listeners hear of it; true when nobody says."),
        "setDefaultValues" => (
            boolean(),
            "Whether new records get default values; true when nobody says.",
        ),
        "supportTransientFields" => (
            boolean(),
            "Whether fields that are never stored are taken; true when nobody says.",
        ),
        "cascadeOperations" => (
            boolean(),
            "Whether copies of changed fields follow; true when nobody says.",
        ),
        "skipRecordsWithInvalidFields" => (
            boolean(),
            "Whether a record with a value that does not fit is left out; when false it is stored without that value. \
             True when nobody says.",
        ),
        "_sortField" => (text(), "The field to sort by; the id when nobody says."),
        "_sortType" => (words(&["asc", "desc"]), "Which way; descending when nobody says."),
        "_async" => (boolean(), "Hands in a job and answers where it is."),
        "_lowPriority" => (boolean(), "The job runs only when there is room."),
        "_triggerEvents" => (boolean(), "Whether listeners hear of it."),
        "_cascadeOperations" => (
            boolean(),
            "Whether records that refer to the deleted ones follow.",
        ),
        _ => return None,
    })
}

fn of_listing(name: &str) -> (Value, &'static str) {
    match name {
        "_size" | "size" => (
            json!({ "type": "integer", "minimum": 1, "maximum": 1000 }),
            "How many on a page.",
        ),
        "_offset" | "offset" => (text(), "What the page before answered with as its offset."),
        "type" => (text(), "Types, separated by commas."),
        "status" => (text(), "Statuses, separated by commas."),
        "level" => (text(), "Levels, separated by commas: DEBUG, INFO, WARN, ERROR."),
        "period" => (
            text(),
            "`3h 30m`, `today` or `yesterday`; takes the place of from and to.",
        ),
        "message" => (text(), "A part of the message."),
        "userEmail" | "email" => (text(), "A part of the mail address."),
        "firstName" | "lastName" | "fullName" => (text(), "A part of the name."),
        "groups" => (text(), "Parts of labels of groups, separated by commas."),
        "eventTypes" => (text(), "Sorts of events, separated by commas."),
        "identityProvider" => (text(), "The system whose id of the user the path has."),
        "hasErrors" | "developer" => (boolean(), "Only with it, or only without."),
        "ttl" => (
            json!({ "type": "integer", "minimum": 0, "default": 3_600_000 }),
            "For how many milliseconds; 0 for ever.",
        ),
        _ => (
            json!({ "type": "integer" }),
            "Milliseconds since 1970, inclusive.",
        ),
    }
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn boolean() -> Value {
    json!({ "type": "boolean" })
}

fn words(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}
