//! Files, and what holds for the definition as a whole.

use app::{Source, load_source};

use super::{Row, complaints, refused, table};

#[test]
fn the_sound_definition_is_taken() {
    assert_eq!(complaints("README.md", "# about"), Vec::<String>::new());
}

#[test]
fn files() {
    refused(
        "entities/a b.yaml",
        "x: 1",
        &["entities/a b.yaml: `a b` is not a name: letters, digits and underscores, a letter first"],
    );
    refused(
        "entities/a.yml",
        "x: 1",
        &["entities/a.yml: must be called entities/a.yaml"],
    );
    refused(
        "entites/a.yaml",
        "x: 1",
        &["entites/a.yaml: is in no place of a definition: there are app.yaml, entities, groups, listeners"],
    );
    refused(
        "groups/a/b.yaml",
        "x: 1",
        &["groups/a/b.yaml: is too deep: groups have no folders"],
    );
    refused(
        "groups/a.js",
        "",
        &["groups/a.js: is in no place of a definition: there are app.yaml, entities, groups, listeners"],
    );
    refused(
        "entities/sys/users.yaml",
        "x: 1",
        &["entities/sys/users.yaml: the name sys is taken"],
    );
    refused(
        "entities/lost.js",
        "",
        &["entities/lost.js: there is no entities/lost.yaml that it belongs to"],
    );
    refused("entities/a.yaml", "", &["entities/a.yaml: is empty"]);
    refused(
        "entities/a.yaml",
        "- 1",
        &["entities/a.yaml:1: must be a map, not a list"],
    );
    refused(
        "entities/a.yaml",
        "name: a\nfields: [",
        &["entities/a.yaml:3: is not YAML: while parsing a node, did not find expected node content"],
    );
    refused(
        "entities/a.yaml",
        "name: a\nname: b",
        &["entities/a.yaml:2: the key `name` is there twice"],
    );
    refused(
        "entities/a.yaml",
        "name: &x a",
        &["entities/a.yaml:1: anchors (`&name`) are not allowed"],
    );
    let none = load_source(&Source::default()).expect_err("nothing is no definition");
    assert_eq!(none[0].to_string(), "app.yaml: is missing");
}

const SETTINGS: &[Row] = &[
    ("label: x", &["1: name: is missing"]),
    (
        "name: 5",
        &["1: name: must be a text, not a number; put it in quotes"],
    ),
    (
        "name: a-b",
        &["1: name: `a-b` is not a name: letters, digits and underscores, a letter first"],
    ),
    ("name: a\nlabel:", &["2: label: has no value; leave the key out"]),
    (
        "name: a\nversion: 2",
        &[
            "2: version: there is no such key here; there are name, label, environment, timezone, dynamicEntities",
        ],
    ),
    (
        "name: a\nenvironment: test",
        &["2: environment: `test` is none of dev, staging, prod"],
    ),
    (
        "name: a\ntimezone: Mars/Olympus",
        &["2: timezone: there is no time zone `Mars/Olympus`"],
    ),
    (
        "name: a\ndynamicEntities: yes",
        &["2: dynamicEntities: must be true or false, not a text"],
    ),
];

#[test]
fn settings() {
    table("app.yaml", "", SETTINGS);
}

#[test]
fn everything_is_told_at_once_and_one_mistake_once() {
    // The type of `state` cannot be read, so what other files say about it is not judged.
    let mut source = Source::default();
    let files = [
        ("app.yaml", "name: test\nzone: UTC"),
        (
            "entities/a.yaml",
            "name: a\nfields:\n  - {name: state, type: chioce}\nrecordLabel: fields/state\n",
        ),
        (
            "groups/g.yaml",
            "name: g\nentityPermissions:\n  - {entity: a, read: {state: open}}\n  - {entity: b}\n",
        ),
    ];
    for (path, text) in files {
        source.files.insert(path.to_owned(), text.to_owned());
    }
    let found: Vec<String> = load_source(&source)
        .expect_err("refused")
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        found,
        [
            "app.yaml:2: zone: there is no such key here; there are name, label, environment, timezone, dynamicEntities",
            "entities/a.yaml:3: fields.state.type: there is no type `chioce`",
            "groups/g.yaml:4: entityPermissions.b.entity: there is no entity `b`",
        ]
    );
}
