//! Changes of the app while references are brought up to date.

use serde_json::json;

use crate::support::{Bed, defined, end, with_functions};

const PEOPLE: &str = "recordLabel: fields/name\nfields: [{name: name, type: text}]";

#[tokio::test]
async fn references_follow_without_keeping_a_record_from_its_new_form() {
    let bed = Bed::new().await;
    let things = |rest: &str| {
        let who = "{name: who, type: relationship, typeRules: {entity: people}}";
        let boss = "{name: boss, type: relationship, typeRules: {entity: people}}";
        format!("auditLogs: true\nfields: [{who}, {boss}, {rest}]")
    };
    let (old, new) = (
        things("{name: f, type: text}"),
        things("{name: f, type: integer}"),
    );
    bed.force(&defined(&[("people", PEOPLE), ("things", &old)])).await;
    let person = bed.create("people", &json!({"name": "Ann"})).await;
    let thing = bed
        .create("things", &json!({"who": person, "boss": person, "f": "12"}))
        .await;
    bed.update("people", &person, &json!({"name": "Eve"}))
        .await
        .unwrap();
    // The job of the new name is first in line.
    bed.force(&defined(&[("people", PEOPLE), ("things", &new)])).await;
    bed.app.run_jobs().await;
    let stored = bed.stored("things", &thing).await;
    assert_eq!(
        (&stored["f"], &stored["who"]["label"], &stored["boss"]["label"]),
        (&json!(12), &json!("Eve"), &json!("Eve")),
        "{stored}"
    );
    // It says which form it has, however it came to it.
    assert_eq!(stored["~"]["~"], 2, "{stored}");
}

#[tokio::test]
async fn functions_are_called_again_on_records_whose_references_are_made_anew() {
    let bed = Bed::new().await;
    let companies = |label: &str| {
        format!(
            "recordLabel: fields/{label}\nfields: [{{name: name, type: text}}, {{name: code, type: text}}]"
        )
    };
    let contacts = "recordLabel: js/label\nfields: [{name: at, type: relationship, typeRules: {entity: companies}}, \
                    {name: size, type: integer, valueCalculation: js/size}]";
    let notes =
        "fields: [{name: about, type: relationship, typeRules: {entity: contacts, copiedFields: [size]}}]";
    let functions = "function label(record) { return 'at ' + record.field('at').label(); }\n\
                     function size(record) { return record.field('at').label().length; }\n";
    let app = |label: &str| {
        let companies = companies(label);
        let entities = [
            ("companies", companies.as_str()),
            ("contacts", contacts),
            ("notes", notes),
        ];
        with_functions(&entities, "contacts", functions)
    };
    bed.force(&app("name")).await;
    bed.app.run_jobs().await;
    let company = bed
        .create("companies", &json!({"name": "Blogpad", "code": "B1"}))
        .await;
    let mut ids = Vec::new();
    for _ in 0..250 {
        ids.push(bed.create("contacts", &json!({"at": company})).await);
    }
    let note = bed.create("notes", &json!({"about": ids[249]})).await;
    let job = bed.change(&app("code")).await;
    assert_eq!(end(&job).2, 0, "{:?}", job.error);
    for id in [&ids[0], &ids[249]] {
        let stored = bed.stored("contacts", id).await;
        assert_eq!(
            (&stored["label"], &stored["size"]),
            (&json!("at B1"), &json!(2)),
            "{stored}"
        );
    }
    let about = &bed.stored("notes", &note).await["about"];
    assert_eq!(*about, json!({"id": ids[249], "label": "at B1", "size": 2}));
}
