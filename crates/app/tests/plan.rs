//! What applying one definition over another would do, and how that reads.

use app::plan::Conversion;
use app::{App, Plan, Source, load_source};

const HEAD: &str = "name: things\nfields:\n";

fn app(entities: &[(&str, &str)]) -> App {
    let mut source = Source::default();
    source
        .files
        .insert("app.yaml".to_owned(), "name: test".to_owned());
    for (path, text) in entities {
        source.files.insert((*path).to_owned(), (*text).to_owned());
    }
    load_source(&source).unwrap_or_else(|complaints| panic!("{complaints:?}"))
}

/// An app of one entity with these fields.
fn things(fields: &str) -> App {
    let script = "function f() {}\nfunction g() {}";
    app(&[
        ("entities/things.yaml", &format!("{HEAD}{fields}")),
        ("entities/things.js", script),
    ])
}

fn plan(old: &str, new: &str) -> Plan {
    Plan::between(Some(&things(old)), &things(new))
}

const A: &str = "  - {name: a, type: text}\n";

#[test]
fn the_first_plan_adds_everything() {
    let new = things("  - {name: a, type: text, unique: true}\n  - {name: b, type: integer}\n");
    let plan = Plan::between(None, &new);
    assert_eq!(plan.to_string(), "+ entity things (2 fields, 1 index)\n");
    assert!(!plan.is_empty() && !plan.is_destructive());
}

#[test]
fn the_same_definition_changes_nothing() {
    let plan = plan(A, A);
    assert!(plan.is_empty());
    assert_eq!(plan.to_string(), "nothing changes\n");
}

/// Rows of old fields, new fields, what is read, whether something is lost.
const ROWS: &[(&str, &str, &str, bool)] = &[
    (
        A,
        "  - {name: a, type: text}\n  - {name: b, type: date}\n",
        "    + field b: date\n",
        false,
    ),
    (
        "  - {name: a, type: text}\n  - {name: b, type: date}\n",
        A,
        "    - field b, with its values\n    every record is rewritten:\n      b is dropped\n",
        true,
    ),
    (
        A,
        "  - {name: a, type: integer}\n",
        "    ~ field a: text becomes integer\n    every record is rewritten:\n      a is converted; what cannot be is dropped\n",
        false,
    ),
    (
        A,
        "  - {name: a, type: text, multiplicity: many}\n",
        "    ~ field a: one value becomes many\n    every record is rewritten:\n      a becomes a list\n",
        false,
    ),
    (
        "  - {name: a, type: text, multiplicity: many}\n",
        A,
        "    ~ field a: many values become one\n    every record is rewritten:\n      of a the first value stays\n",
        false,
    ),
    (
        A,
        "  - {name: a, type: text, typeRules: {maxLength: 3}}\n",
        "    ~ field a: label or rules\n",
        false,
    ),
    (
        A,
        "  - {name: a, type: text, defaultValue: x}\n",
        "    ~ field a: label or rules\n",
        false,
    ),
    (
        A,
        "  - {name: a, type: text, unique: true}\n",
        "    ~ field a: label or rules\n    + unique index on a\n",
        false,
    ),
    (
        "  - {name: a, type: text, indexable: true}\n",
        A,
        "    ~ field a: label or rules\n    - index on a\n",
        false,
    ),
    (
        A,
        "  - {name: a, type: text}\n  - {name: n, type: autoIncrement}\n",
        "    + field n: autoIncrement\n    every record is rewritten:\n      n is counted up in the order of creation\n",
        false,
    ),
    (
        A,
        "  - {name: a, type: text}\n  - {name: b, type: boolean}\n",
        "    + field b: boolean\n    every record is rewritten:\n      b gets its first value\n",
        false,
    ),
    (
        A,
        "  - {name: a, type: text}\n  - {name: c, type: text, valueCalculation: js/f}\n",
        "    + field c: text\n    every record is rewritten:\n      c is computed\n",
        false,
    ),
    (
        "  - {name: c, type: text, valueCalculation: js/f}\n",
        "  - {name: c, type: text, valueCalculation: js/g}\n",
        "    ~ field c: label or rules\n    every record is rewritten:\n      c is computed\n",
        false,
    ),
    (
        A,
        "  - {name: a, type: text, transient: true}\n",
        "    - field a, with its values\n    every record is rewritten:\n      a is dropped\n",
        true,
    ),
    (
        "  - {name: a, type: text}\n  - {name: b, type: date}\n",
        "  - {name: b, type: date}\n  - {name: a, type: text}\n",
        "    ~ labels, order, history, actions or functions\n",
        false,
    ),
    (
        "  - {name: n, type: nestedFields, nestedFields: [{name: x, type: text}, {name: y, type: text}]}\n",
        "  - {name: n, type: nestedFields, typeRules: {recordLabel: fields/x}, nestedFields: [{name: x, type: email}, {name: z, type: boolean}]}\n",
        "    ~ field n.x: text becomes email\n    + field n.z: boolean\n    - field n.y, with its values\n    ~ field n: label or rules\n    \
         every record is rewritten:\n      n.x is converted; what cannot be is dropped\n      n.z gets its first value\n      \
         n.y is dropped\n      the labels of n are made anew\n",
        true,
    ),
    (
        "  - {name: r, type: relationship, typeRules: {entity: sys.users}}\n",
        "  - {name: r, type: relationship, typeRules: {entity: things}}\n",
        "    ~ field r: relationship to sys.users becomes relationship to things\n    every record is rewritten:\n      \
         r is converted; what cannot be is dropped\n",
        false,
    ),
    (
        "  - {name: r, type: relationship, typeRules: {entity: sys.users}}\n",
        "  - {name: r, type: relationship, typeRules: {entity: sys.users, copiedFields: [email]}}\n",
        "    ~ field r: label or rules\n    every record is rewritten:\n      r copies the other record again\n",
        false,
    ),
];

#[test]
fn changes_of_fields_read_well() {
    for (old, new, text, lost) in ROWS {
        let plan = plan(old, new);
        assert_eq!(plan.to_string(), format!("~ entity things\n{text}"), "{old}{new}");
        assert_eq!(plan.is_destructive(), *lost, "{old}{new}");
    }
}

#[test]
fn indexes_and_labels_have_records_rewritten() {
    let two = "  - {name: a, type: text}\n  - {name: b, type: date}\n";
    let plan = plan(
        two,
        &format!("{two}recordLabel: fields/a\nindexes:\n  - {{fields: [a, b], unique: true}}\n"),
    );
    assert_eq!(
        plan.to_string(),
        "~ entity things\n    + unique index on a, b\n    ~ labels, order, history, actions or functions\n    \
         every record is rewritten:\n      its keys in indexes over several fields are made anew\n      its label is made anew\n"
    );
    assert_eq!(
        plan.changed[0].conversions,
        [Conversion::Keys, Conversion::Label(None)]
    );
}

#[test]
fn other_functions_have_what_they_give_computed_anew() {
    let fields = "  - {name: a, type: text, required: js/f, defaultValue: js/f}\n";
    let given = "  - {name: c, type: text, valueCalculation: js/f}\n  - {name: t, type: text, transient: true, \
                 valueCalculation: js/f}\n  - {name: n, type: nestedFields, typeRules: {recordLabel: js/g}, nestedFields: \
                 [{name: d, type: text, valueCalculation: js/f}]}\nrecordLabel: js/g\n";
    let with = |fields: &str, script: &str| {
        app(&[
            ("entities/things.yaml", &format!("{HEAD}{fields}")),
            ("entities/things.js", script),
        ])
    };
    let (old, new) = (
        "function f() {}\nfunction g() {}",
        "function f() { return 1; }\nfunction g() {}",
    );
    let between = |fields: &str| Plan::between(Some(&with(fields, old)), &with(fields, new)).to_string();
    let changed = "~ entity things\n    ~ labels, order, history, actions or functions\n";
    assert_eq!(between(fields), changed);
    assert_eq!(
        between(&format!("{fields}{given}")),
        format!(
            "{changed}    every record is rewritten:\n      c is computed\n      n.d is computed\n      the labels of n are \
             made anew\n      its label is made anew\n"
        )
    );
}

#[test]
fn every_index_that_is_kept_is_told_and_each_once() {
    let refers = format!("{A}  - {{name: r, type: relationship, typeRules: {{entity: things}}}}\n");
    assert_eq!(
        plan(A, &refers).to_string(),
        "~ entity things\n    + field r: relationship\n    + index on r\n"
    );
    let indexed = refers.replace("typeRules", "indexable: true, typeRules");
    let app = things(&format!("{indexed}indexes:\n  - {{fields: [a, r]}}\n"));
    let entity = app.entity("things").expect("there");
    let stored: Vec<_> = app::indexes::stored(entity).into_iter().collect();
    let paths: Vec<_> = stored
        .iter()
        .map(|index| (index.path.as_str(), index.missing))
        .collect();
    let wanted = [
        ("label", false),
        ("r.id", true),
        ("r.label", true),
        ("~.ix0", false),
    ];
    assert_eq!(paths, wanted);
    let known: Vec<_> = app::indexes::of(entity)
        .into_iter()
        .map(|index| index.fields)
        .collect();
    assert_eq!(known, [vec!["r"], vec!["a", "r"]]);
}

#[test]
fn a_copy_follows_the_form_of_its_field() {
    let owner = "name: owners\nfields:\n  - {name: thing, type: relationship, typeRules: {entity: things, copiedFields: [a]}}\n";
    let with = |fields: &str| {
        app(&[
            ("entities/things.yaml", &format!("{HEAD}{fields}")),
            ("entities/owners.yaml", owner),
        ])
    };
    let plan = Plan::between(Some(&with(A)), &with("  - {name: a, type: integer}\n"));
    let owners = plan
        .changed
        .iter()
        .find(|change| change.entity == "owners")
        .expect("it changes");
    assert_eq!(owners.conversions, [Conversion::Copy("thing".to_owned())]);
    assert!(owners.fields.is_empty());
}

#[test]
fn entities_groups_and_listeners_come_and_go() {
    let thing = format!("{HEAD}{A}");
    let old = app(&[
        ("entities/things.yaml", &thing),
        ("groups/g.yaml", "name: g"),
        ("groups/h.yaml", "name: h"),
    ]);
    let listener = "name: l\ntype: time\ncron: 0 0 3 * * *\naction: js/l\n";
    let new = app(&[
        ("app.yaml", "name: test\ntimezone: Europe/Berlin"),
        (
            "entities/crm/others.yaml",
            "name: others\nfields:\n  - {name: a, type: text}\n",
        ),
        ("groups/g.yaml", "name: g\nlabel: G"),
        ("listeners/l.yaml", listener),
        ("listeners/l.js", "function l() {}"),
    ]);
    let plan = Plan::between(Some(&old), &new);
    assert_eq!(
        plan.to_string(),
        "~ settings of the app\n+ entity crm.others (1 field, 0 indexes)\n- entity things, with all its records\n\
         ~ group g\n- group h\n+ listener l\n"
    );
    assert!(plan.is_destructive());
    assert_eq!(plan.removed, ["things"]);
}
