//! Entities and their actions.

use super::{Row, refused, table};

const ENTITIES: &[Row] = &[
    (
        "type: dataa",
        &["4: type: `dataa` is none of data, enum, calculated"],
    ),
    (
        "recordLabel: name",
        &["4: recordLabel: must be `fields/name` or `js/name`, not `name`"],
    ),
    (
        "recordLabel: fields/y",
        &["4: recordLabel: there is no field `y`"],
    ),
    (
        "recordLabel: js/f",
        &["4: recordLabel: there is no entities/a.js to hold the function `f`"],
    ),
    (
        "validations: f",
        &["4: validations: must be a function, as in `js/name`, not `f`"],
    ),
    ("lookupFields: [x]", &["4: lookupFields[0]: `x` is not unique"]),
    (
        "lookupFields: [y]",
        &["4: lookupFields[0]: there is no field `y`"],
    ),
    (
        "lookupFields: x",
        &["4: lookupFields: must be a list, not a text"],
    ),
    (
        "indexes:\n  - {fields: [y]}",
        &["5: indexes[0].fields[0]: there is no field `y`"],
    ),
    (
        "indexes:\n  - {unique: true}",
        &["5: indexes[0].fields: is missing"],
    ),
    (
        "indexes:\n  - {fields: []}",
        &["5: indexes[0].fields: must hold 1 to 8 fields, not 0"],
    ),
    (
        "indexes:\n  - {fields: [x, x]}",
        &["5: indexes[0].fields[1]: `x` is there twice"],
    ),
    (
        "indexes:\n  - {fields: [x]}\n  - {fields: [x]}",
        &["6: indexes[1]: `x` is there twice"],
    ),
    ("auditLogs: 1", &["4: auditLogs: must be a map, not a number"]),
    (
        "auditLogs: {userContext: {created: true}}",
        &[
            "4: auditLogs.userContext.created: there is no such key here; there are recordCreated, recordChanged, recordDeleted, actionExecuted",
        ],
    ),
    (
        "auditLogs: {expiration: {policy: years, value: 0}}",
        &[
            "4: auditLogs.expiration.policy: `years` is none of days, weeks, months",
            "4: auditLogs.expiration.value: must be a whole number from 1 to 1200, not 0",
        ],
    ),
    (
        "extends: b",
        &[
            "4: extends: there is no such key here; there are name, label, type, recordLabel, auditLogs, lookupFields, indexes, fields, validations, actions",
        ],
    ),
];

#[test]
fn entities() {
    let head = "name: a\nfields:\n  - {name: x, type: text}\n";
    table("entities/a.yaml", head, ENTITIES);
    refused(
        "entities/b.yaml",
        "name: a\nfields: []",
        &["entities/b.yaml:1: name: must be `b`, as the file is called, not `a`"],
    );
    refused(
        "entities/b.yaml",
        "name: b",
        &["entities/b.yaml:1: fields: is missing"],
    );
}

const ACTIONS: &[Row] = &[
    ("  - {name: go}", &["4: actions.go.actions: is missing"]),
    (
        "  - {name: go, actions: js/go}",
        &["4: actions.go.actions: there is no entities/a.js to hold the function `go`"],
    ),
];

const ACTIONS_2: &[Row] = &[
    (
        "  - {name: go, actions: js/go}",
        &["4: actions.go.actions: entities/things.js has no `function go(`"],
    ),
    (
        "  - {name: export, actions: js/poke}",
        &["4: actions.export.name: `export` means something else in an address"],
    ),
    (
        "  - {name: go, actions: js/poke}\n  - {name: go, actions: js/poke}",
        &["5: actions.go: `go` is there twice"],
    ),
    (
        "  - {name: go, type: all, actions: js/poke}",
        &["4: actions.go.type: `all` is none of oneRecord, manyRecords, global"],
    ),
    (
        "  - {name: go, type: global, precondition: {x: a}, actions: js/poke}",
        &["4: actions.go.precondition: a global action has no record that could meet an expression"],
    ),
    (
        "  - {name: go, precondition: {y: a}, actions: js/poke}",
        &["4: actions.go.precondition.y: there is no field `y`"],
    ),
    (
        "  - {name: go, actions: js/poke, parameters: [{name: p, type: text, unique: true}]}",
        &["4: actions.go.parameters.p.unique: a parameter cannot have it"],
    ),
    (
        "  - {name: go, actions: js/poke, parameters: [{name: p, type: rank}]}",
        &["4: actions.go.parameters.p.type: rank is for fields of entities only"],
    ),
    (
        "  - {name: go, actions: js/poke, parameters: [{name: p, type: text, required: {x: a}}]}",
        &["4: actions.go.parameters.p.required.x: there is no field `x`"],
    ),
];

#[test]
fn actions() {
    let head = "name: a\nfields: [{name: x, type: text}]\nactions:\n";
    table("entities/a.yaml", head, ACTIONS);
    let head = "name: things\nfields: [{name: x, type: text}]\nactions:\n";
    table("entities/things.yaml", head, ACTIONS_2);
}
