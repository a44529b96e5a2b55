//! Changes of the app while references are brought up to date.

use serde_json::json;

use crate::support::{Bed, defined};

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
