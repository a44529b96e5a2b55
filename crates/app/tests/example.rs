//! The example of this repository is a definition, and says what its files say.

use std::path::Path;

use app::{Calculation, Condition, DefaultValue, FieldType, LabelRule, Literal, Operator, Rule, Trigger};

fn example() -> app::Loaded {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/crm");
    app::load(&folder).unwrap_or_else(|complaints| {
        let lines: Vec<String> = complaints.iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"))
    })
}

#[test]
fn the_example_loads() {
    let app = example().app;
    assert_eq!(
        app.entities.keys().collect::<Vec<_>>(),
        ["companies", "contacts", "crm.opportunities", "files"]
    );
    assert_eq!(
        app.groups.keys().collect::<Vec<_>>(),
        ["managers", "readers", "sales"]
    );
    assert_eq!(
        (app.name.as_str(), app.environment.as_deref()),
        ("crm", Some("prod"))
    );
    let companies = app.entity("companies").expect("there");
    let names: Vec<&str> = companies.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(
        names[..5],
        ["name", "state", "type", "numberOfEmployees", "isCustomer"]
    );
    assert_eq!(names.len(), 17);
    assert_eq!(companies.record_label, LabelRule::Field("name".to_owned()));
    assert!(companies.audit.users.deleted && companies.audit.scripts.actions && companies.audit.system);
    let zip = companies.fields.at("addresses.zipCode").expect("there");
    let FieldType::Text(rules) = &zip.kind else {
        panic!("a text")
    };
    assert_eq!(
        (rules.regex.as_deref(), rules.regex_hint.as_deref()),
        (Some("\\d{5}"), Some("five digits"))
    );
    assert!(matches!(
        companies.fields.at("isCustomer").expect("there").default,
        Some(DefaultValue::Value(_))
    ));
}

#[test]
fn rules_and_references_are_read() {
    let app = example().app;
    let companies = app.entity("companies").expect("there");
    let count = companies.fields.get("contactsCount").expect("there");
    assert!(
        matches!(&count.calculation, Some(Calculation::Aggregate { entity, by, .. }) if entity == "contacts" && by == "company")
    );
    let FieldType::Relationship(parent) = &companies.fields.get("parent").expect("there").kind else {
        panic!()
    };
    assert_eq!(parent.copied, ["type"]);
    let closed = Condition::And(vec![Condition::Test {
        path: "state".to_owned(),
        operator: Operator::NotEquals,
        values: vec![Literal::Text("closed".to_owned())],
    }]);
    assert_eq!(companies.actions[0].precondition, Rule::When(closed.clone()));
    let sales = app.group("sales").expect("there");
    assert_eq!(
        sales.entity("companies").expect("there").update,
        Rule::When(closed)
    );
    assert_eq!(sales.sessions.idle_ms, Some(8 * 3_600_000));
    assert!(app.group("managers").expect("there").impersonates);
    let readers = app.group("readers").expect("there");
    let Rule::When(Condition::And(rule)) = &readers.entity("contacts").expect("there").read else {
        panic!()
    };
    assert!(matches!(&rule[0], Condition::Or(two) if two.len() == 2));
    let listener = app.listeners.get("onActivated").expect("there");
    assert!(
        matches!(&listener.trigger, Trigger::Data { entity, events } if entity == "companies" && events.len() == 1)
    );
}

#[test]
fn the_source_is_all_that_must_be_kept() {
    let loaded = example();
    assert_eq!(app::load_source(&loaded.source).expect("good"), loaded.app);
    assert_eq!(loaded.source.hash(), example().source.hash());
    let mut other = loaded.source.clone();
    other.files.get_mut("app.yaml").expect("there").push('\n');
    assert_ne!(other.hash(), loaded.source.hash());
}
