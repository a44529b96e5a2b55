//! Expressions.

use super::{Row, refused, table};

const EXPRESSIONS: &[Row] = &[
    (
        "maybe",
        &["4: entityPermissions.things.read: must be always, never or an expression"],
    ),
    (
        "js/f",
        &["4: entityPermissions.things.read: cannot be a function here"],
    ),
    ("{}", &["4: entityPermissions.things.read: is empty; say always"]),
    (
        "{colour: red}",
        &["4: entityPermissions.things.read.colour: there is no field `colour`"],
    ),
    (
        "{parts.weight: 1}",
        &["4: entityPermissions.things.read.parts.weight: there is no field `weight`"],
    ),
    (
        "{title.a: 1}",
        &["4: entityPermissions.things.read.title.a: `title` has no inner fields"],
    ),
    (
        "{state: opn}",
        &["4: entityPermissions.things.read.state: `opn` is not a possible value of `state`"],
    ),
    (
        "{state: [open, shut]}",
        &["4: entityPermissions.things.read.state: `shut` is not a possible value of `state`"],
    ),
    (
        "{state: like(o)}",
        &["4: entityPermissions.things.read.state: `state` is choice, which cannot be tested with like"],
    ),
    (
        "{state: is(o)}",
        &[
            "4: entityPermissions.things.read.state: there is no operator `is` (there are equals, notEquals, like, between, greater, greaterOrEquals, less, lessOrEquals, empty, notEmpty, near, currentUserField); text with parentheses needs double quotes",
        ],
    ),
    (
        "{count: many}",
        &["4: entityPermissions.things.read.count: `many` is not a value of `count`, which is integer"],
    ),
    (
        "{count: \"between(1)\"}",
        &["4: entityPermissions.things.read.count: `between` takes two values, `between(from,to)`, found 1"],
    ),
    (
        "{done: greater(false)}",
        &["4: entityPermissions.things.read.done: `done` is boolean, which cannot be tested with greater"],
    ),
    (
        "{place: \"1,2\"}",
        &["4: entityPermissions.things.read.place: `place` is geoPoint, which cannot be tested with equals"],
    ),
    (
        "{secret: like(a)}",
        &[
            "4: entityPermissions.things.read.secret: `secret` is a sensitive field, which cannot be tested with like",
        ],
    ),
    (
        "{parts: {weight: 1}}",
        &["4: entityPermissions.things.read.parts: there is no field `weight`"],
    ),
    (
        "{title: {a: 1}}",
        &["4: entityPermissions.things.read.title: `title` has no inner fields"],
    ),
    (
        "{title:}",
        &["4: entityPermissions.things.read.title: has no value; write \"empty()\""],
    ),
    ("{_or: []}", &["4: entityPermissions.things.read._or: is empty"]),
    (
        "{_or: {state: opn, _and: {count: x}}}",
        &[
            "4: entityPermissions.things.read._or._and.count: `x` is not a value of `count`, which is integer",
            "4: entityPermissions.things.read._or.state: `opn` is not a possible value of `state`",
        ],
    ),
    (
        "{owner.firstName: x}",
        &[
            "4: entityPermissions.things.read.owner.firstName: `owner` keeps no `firstName`: it is not among its copiedFields",
        ],
    ),
    (
        "{owner: currentUser(salary)}",
        &["4: entityPermissions.things.read.owner: a user has no field `salary`"],
    ),
];

#[test]
fn expressions() {
    let head = "name: g\nentityPermissions:\n  - entity: things\n    read: ";
    table("groups/g.yaml", head, EXPRESSIONS);
}

#[test]
fn sound_expressions_are_taken() {
    let head = "name: g\nentityPermissions:\n  - entity: things\n    read: ";
    for text in [
        "{state: [open, closed], _or: [{count: greater(5)}, {count: \"empty()\"}]}",
        "{owner: currentUser(id), owner.email: \"like(/x)\", parts: {size: 5}, parts.size: \"between(1,2)\"}",
        "{id: \"notEquals(0123456789abcdef01234567)\", label: like(a), place: \"near(1,2)\", done: true}",
    ] {
        refused("groups/g.yaml", &format!("{head}{text}"), &[]);
    }
}
