//! Sensitive values: they are kept in records, and repeated nowhere else.

use engine::records::{DeleteOptions, ListQuery, Selection};
use model::Error;
use serde_json::json;

use crate::support::{Bed, body, code, faults};

const ENTITY: &str = r#"
name: companies
label: Companies
recordLabel: fields/name
auditLogs: true
fields:
  - {name: name, label: Name, type: text}
  - {name: code, label: Code, type: text, unique: true, sensitiveData: true, typeRules: {maxLength: 8}}
  - {name: pin, label: Pin, type: integer, sensitiveData: true}
  - {name: friend, label: Friend, type: relationship, sensitiveData: true, typeRules: {entity: companies}}
  - name: parts
    label: Parts
    type: nestedFields
    multiplicity: many
    nestedFields:
      - {name: day, label: Day, type: date, sensitiveData: true}
      - {name: plain, label: Plain, type: integer}
"#;

async fn bed() -> Bed {
    Bed::of(&[("entities/companies.yaml", ENTITY)]).await
}

fn filter(value: &serde_json::Value) -> app::Condition {
    app::language::map::map(body(&value.to_string()).root()).unwrap()
}

#[tokio::test]
async fn errors_do_not_repeat_them() {
    let bed = bed().await;
    bed.create(r#"{"name":"A","code":"hush1"}"#).await.unwrap();
    let missing = "ab".repeat(12);
    let sent = format!(
        r#"{{"code":"hush1","pin":"hush2","friend":"{missing}","parts":[{{"day":"hush3","plain":"open"}}]}}"#
    );
    let refused = bed.create(&sent).await.unwrap_err();
    let text = format!("{refused:?}");
    assert!(!text.contains("hush") && !text.contains(&missing), "{text}");
    let told = faults::<()>(Err(refused));
    let told: Vec<_> = told
        .iter()
        .map(|(field, _, rejected)| (field.as_str(), rejected.as_deref()))
        .collect();
    let masked = Some("***");
    assert_eq!(
        told,
        [
            ("pin", masked),
            ("parts[0].day", masked),
            ("parts[0].plain", Some("open")),
            ("friend", masked),
            ("code", masked),
        ]
    );
    let first = bed.create(r#"{"name":"B"}"#).await.unwrap();
    let gone = bed.create(r#"{"name":"C"}"#).await.unwrap();
    let (first, gone) = (first["id"].as_str().unwrap(), gone["id"].as_str().unwrap());
    bed.update(first, &format!(r#"{{"friend":"{gone}"}}"#))
        .await
        .unwrap();
    let engine = &bed.app.engine;
    engine
        .delete_record(&bed.developer, &bed.companies, gone)
        .await
        .unwrap();
    let refused = bed.update(first, r#"{"name":"D"}"#).await.unwrap_err();
    let text = format!("{refused:?}");
    assert!(text.contains("friend") && !text.contains(gone), "{text}");
}

#[tokio::test]
async fn queries_do_not_repeat_them() {
    let bed = bed().await;
    for (field, value) in [("pin", "hush"), ("parts.day", "hush")] {
        let query = ListQuery {
            filter: Some(filter(&json!({field: value}))),
            ..ListQuery::default()
        };
        let refused = bed.list(&bed.developer, &query).await.unwrap_err();
        let text = format!("{refused:?}");
        assert!(text.contains(field) && !text.contains("hush"), "{text}");
    }
}

#[tokio::test]
async fn jobs_do_not_keep_them() {
    let bed = bed().await;
    let id = bed.create(r#"{"name":"A","code":"hush1"}"#).await.unwrap()["id"].clone();
    bed.create(r#"{"name":"B","code":"hush2"}"#).await.unwrap();
    let engine = &bed.app.engine;
    let which = Selection::Filter(Some(filter(&json!({"_or": {"code": "hush1", "pin": 7}}))));
    let job = engine
        .submit_delete(&bed.developer, &bed.companies, &which, DeleteOptions::default())
        .await
        .unwrap();
    assert!(!format!("{job:?}").contains("hush"), "{job:?}");
    bed.app.run_jobs().await;
    let seq = job.seq;
    let read = engine.store().read(move |tx| {
        let items = tx.items_from(seq, &[], 0, 100)?;
        Ok::<_, Error>((tx.job(seq)?, items))
    });
    let done = format!("{:?}", read.await.unwrap());
    assert!(
        done.contains(id.as_str().unwrap()) && !done.contains("hush"),
        "{done}"
    );
    assert_eq!(
        bed.list(&bed.developer, &ListQuery::default())
            .await
            .unwrap()
            .total,
        1
    );
    assert_eq!(
        code(bed.read(&bed.developer, id.as_str().unwrap()).await),
        "not-found"
    );
}
