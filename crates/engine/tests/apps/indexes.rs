//! Indexes that come and go with definitions.

use model::job::Status;
use serde_json::json;

use crate::support::{Bed, defined, end};

const PLAIN: &str = "fields: [{name: code, type: text}, {name: kind, type: text}]";
const UNIQUE: &str = "fields: [{name: code, type: text, unique: true}, {name: kind, type: text}]";

#[tokio::test]
async fn values_that_are_not_unique_are_named_and_can_be_put_right() {
    let bed = Bed::new().await;
    bed.force(&defined(&[("things", PLAIN)])).await;
    let first = bed.create("things", &json!({"code": "a"})).await;
    let second = bed.create("things", &json!({"code": "a"})).await;
    let unique = defined(&[("things", UNIQUE)]);
    let job = bed.change(&unique).await;
    assert_eq!(end(&job), (Status::Finished, 1, 1));
    assert!(job.results.as_deref().unwrap().contains("code of things"));
    let errors = bed.errors(&job).await;
    assert_eq!(errors[0]["records"], json!([first, second]));
    assert!(
        errors[0]["error"].as_str().unwrap().contains("cannot be unique"),
        "{errors:?}"
    );
    assert!(bed.picture().await.contains("Building"));
    // Still under way, so it is not relied on, but what it knows of is refused.
    bed.create("things", &json!({"code": "c"})).await;
    assert!(bed.app.engine.plan_app(&unique).await.unwrap().unfinished);
    bed.update("things", &second, &json!({"code": "b"}))
        .await
        .unwrap();
    let job = bed.change(&unique).await;
    assert_eq!(end(&job), (Status::Finished, 0, 0));
    assert!(!bed.picture().await.contains("Building"));
    assert!(
        bed.update("things", &second, &json!({"code": "a"}))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_value_that_another_record_has_after_its_conversion_is_taken_out() {
    let bed = Bed::new().await;
    bed.force(&defined(&[("things", UNIQUE)])).await;
    let first = bed.create("things", &json!({"code": "1", "kind": "x"})).await;
    let second = bed.create("things", &json!({"code": "01", "kind": "y"})).await;
    let job = bed
        .change(&defined(&[("things", &UNIQUE.replacen("text", "integer", 1))]))
        .await;
    assert_eq!(end(&job), (Status::Finished, 2, 1));
    let errors = bed.errors(&job).await;
    assert_eq!(
        (&errors[0]["field"], &errors[0]["records"]),
        (&json!("code"), &json!([second]))
    );
    assert_eq!(bed.read("things", &first).await, json!({"code": 1, "kind": "x"}));
    assert_eq!(bed.read("things", &second).await, json!({"kind": "y"}));
}

#[tokio::test]
async fn indexes_over_several_fields_are_built_from_keys_made_anew() {
    let with = |indexes: &str| format!("{PLAIN}\nindexes: [{indexes}]");
    let bed = Bed::new().await;
    bed.force(&defined(&[("things", PLAIN)])).await;
    let id = bed.create("things", &json!({"code": "a", "kind": "k"})).await;
    bed.create("things", &json!({"code": "a", "kind": "l"})).await;
    let job = bed
        .change(&defined(&[(
            "things",
            &with("{fields: [code, kind], unique: true}"),
        )]))
        .await;
    assert_eq!(end(&job), (Status::Finished, 2, 0));
    assert!(bed.update("things", &id, &json!({"kind": "l"})).await.is_err());
    // The first index now stands for other fields under its old name.
    let job = bed
        .change(&defined(&[("things", &with("{fields: [kind, code]}"))]))
        .await;
    assert_eq!(end(&job), (Status::Finished, 2, 0));
    let picture = bed.picture().await;
    assert!(
        picture.contains(r#""ix0":"[\"k\",\"a\"]""#) || picture.contains("ix0"),
        "{picture}"
    );
    bed.update("things", &id, &json!({"kind": "l"})).await.unwrap();
    bed.change(&defined(&[("things", PLAIN)])).await;
    let picture = bed.picture().await;
    assert!(!picture.contains("ix0"), "{picture}");
}
