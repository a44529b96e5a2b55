//! Blueprints: schemas that hold water, names that are unique.

use crate::support::{Bed, Blueprint, complaint};

fn blueprint(name: &str, schema: &str) -> String {
    format!(r#"{{"name":"{name}","schema":{schema},"entity_type":"item"}}"#)
}

#[tokio::test]
async fn schemas_are_held_against_their_meta_schema() {
    let bed = Bed::new().await;
    let good = [
        "{}",
        r#"{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"a":{"type":"number"}}}"#,
        r#"{"$id":"https://x.example/y","properties":{"items":{"properties":{"k":{"type":"string","enum":["b"]}}}}}"#,
        r##"{"$defs":{"n":{"minimum":1.50}},"$ref":"#/$defs/n"}"##,
        r#"{"$ref":"https://elsewhere.example/never-fetched"}"#,
    ];
    for (number, schema) in good.into_iter().enumerate() {
        let made = bed
            .create(Blueprint, &blueprint(&number.to_string(), schema))
            .await
            .unwrap();
        assert!(
            made.body
                .to_text()
                .unwrap()
                .contains(&format!("\"schema\":{schema}")),
            "{schema}"
        );
    }
    let bad = [
        (r#"{"type":"numbr"}"#, "schema.type"),
        (
            r#"{"properties":{"a":{"minimum":"1"}}}"#,
            "schema.properties.a.minimum",
        ),
        (r#"{"required":"a"}"#, "schema.required"),
        (r#"[]"#, "schema"),
        (r#""x""#, "schema"),
    ];
    for (schema, field) in bad {
        let refused = bed.create(Blueprint, &blueprint("bad", schema)).await;
        assert_eq!(complaint(refused), ("bad-value", field.to_owned()), "{schema}");
    }
    let unknown = r#"{"$schema":"https://nobody.example/schema"}"#;
    let refused = bed.create(Blueprint, &blueprint("bad", unknown)).await;
    assert_eq!(complaint(refused).0, "bad-value");
}

#[tokio::test]
async fn names_are_unique_also_after_changes() {
    let bed = Bed::new().await;
    let first = bed.create(Blueprint, &blueprint("one", "{}")).await.unwrap();
    let taken = ("already-exists", "name".to_owned());
    assert_eq!(
        complaint(bed.create(Blueprint, &blueprint("one", "{}")).await),
        taken
    );
    let second = bed.create(Blueprint, &blueprint("two", "{}")).await.unwrap();
    let renamed = bed.change(Blueprint, &second, r#"{"name":"one"}"#).await;
    assert_eq!(complaint(renamed), taken);
    // Its own name is no hindrance, and a freed one can be had.
    bed.change(Blueprint, &first, r#"{"name":"one","schema":{"type":"object"}}"#)
        .await
        .unwrap();
    bed.app
        .engine
        .delete_entity(&bed.admin, Blueprint, first.guid)
        .await
        .unwrap();
    bed.change(Blueprint, &second, r#"{"name":"one"}"#).await.unwrap();
    let refused = bed.change(Blueprint, &second, r#"{"schema":{"type":1}}"#).await;
    assert_eq!(complaint(refused).1, "schema.type");
}
