//! What a change or a deletion means for records that refer to the one that was changed.

use engine::records::{Call, DeleteOptions, EntityRef, ListQuery, Selection, Shape};
use serde_json::{Value as Json, json};

use crate::support::{Bed, COMPANIES, GROUP, body, code, json as tree};

const CONTACTS: &str = r#"
name: contacts
label: Contacts
recordLabel: fields/company
auditLogs: true
fields:
  - {name: company, label: Company, type: relationship,
     typeRules: {entity: companies, copiedFields: [type], deletePolicy: remove}}
  - {name: boss, label: Boss, type: relationship, typeRules: {entity: companies, deletePolicy: delete, labelUpdatePolicy: false}}
  - name: jobs
    label: Jobs
    type: nestedFields
    multiplicity: many
    nestedFields:
      - {name: at, label: At, type: relationship, multiplicity: many, typeRules: {entity: companies, deletePolicy: remove}}
"#;

const NOTES: &str = r#"
name: notes
label: Notes
fields:
  - {name: about, label: About, type: relationship, typeRules: {entity: contacts, deletePolicy: delete}}
"#;

async fn bed() -> Bed {
    Bed::of(&[
        ("entities/companies.yaml", COMPANIES),
        ("entities/contacts.yaml", CONTACTS),
        ("entities/notes.yaml", NOTES),
        ("groups/sales.yaml", GROUP),
    ])
    .await
}

fn entity(bed: &Bed, name: &str) -> EntityRef {
    bed.app.engine.record_entity(name).unwrap()
}

async fn make(bed: &Bed, name: &str, text: &str) -> String {
    let made = bed
        .app
        .engine
        .create_record(&bed.developer, &entity(bed, name), body(text))
        .await
        .unwrap();
    tree(&made)["id"].as_str().unwrap().to_owned()
}

async fn read(bed: &Bed, call: &Call, name: &str, id: &str) -> Result<Json, model::Error> {
    let shape = Shape::default();
    let read = bed
        .app
        .engine
        .read_record(call, &entity(bed, name), id, &shape)
        .await?;
    Ok(tree(&read))
}

#[tokio::test]
async fn labels_and_copies_follow_and_so_do_labels_made_of_them() {
    let bed = bed().await;
    let company = bed.company("Old", r#","type":"t""#).await;
    let sent = format!(r#"{{"company":"{company}","boss":"{company}","jobs":[{{"at":["{company}"]}}]}}"#);
    let contact = make(&bed, "contacts", &sent).await;
    let note = make(&bed, "notes", r#"{"about":{"label":"Old"}}"#).await;
    bed.update(&company, r#"{"employees":1}"#).await.unwrap();
    bed.app.run_jobs().await;
    assert_eq!(
        read(&bed, &bed.developer, "contacts", &contact).await.unwrap()["version"],
        0
    );
    bed.update(&company, r#"{"name":"New","type":"u"}"#)
        .await
        .unwrap();
    bed.app.run_jobs().await;
    let now = read(&bed, &bed.developer, "contacts", &contact).await.unwrap();
    assert_eq!(
        (&now["company"], &now["label"]),
        (
            &json!({"id": company, "label": "New", "type": "u"}),
            &json!("New")
        )
    );
    assert_eq!(
        (&now["boss"]["label"], &now["jobs"][0]["at"][0]["label"]),
        (&json!("Old"), &json!("New"))
    );
    assert_eq!(
        read(&bed, &bed.developer, "notes", &note).await.unwrap()["about"]["label"],
        "New"
    );
}

#[tokio::test]
async fn deletions_take_references_out_or_records_along() {
    let bed = bed().await;
    let company = bed.company("A", "").await;
    let other = bed.company("B", "").await;
    let mut kept = Vec::new();
    for _ in 0..120 {
        kept.push(
            make(
                &bed,
                "contacts",
                &format!(r#"{{"company":"{company}","jobs":[{{"at":["{other}","{company}"]}}]}}"#),
            )
            .await,
        );
    }
    let gone = make(
        &bed,
        "contacts",
        &format!(r#"{{"boss":"{company}","company":"{other}"}}"#),
    )
    .await;
    let note = make(&bed, "notes", &format!(r#"{{"about":"{gone}"}}"#)).await;
    bed.app
        .engine
        .delete_record(&bed.developer, &bed.companies, &company)
        .await
        .unwrap();
    bed.app.run_jobs().await;
    for id in &kept {
        let now = read(&bed, &bed.developer, "contacts", id).await.unwrap();
        assert!(now.get("company").is_none());
        assert_eq!(
            (
                now["jobs"][0]["at"].as_array().unwrap().len(),
                &now["jobs"][0]["at"][0]["label"]
            ),
            (1, &json!("B"))
        );
    }
    assert_eq!(
        code(read(&bed, &bed.developer, "contacts", &gone).await),
        "not-found"
    );
    assert_eq!(
        code(read(&bed, &bed.developer, "notes", &note).await),
        "not-found"
    );
}

#[tokio::test]
async fn many_are_deleted_each_with_its_own_outcome() {
    let bed = bed().await;
    let (one, two) = (bed.company("1", "").await, bed.company("2", "").await);
    let missing = "0".repeat(24);
    let which = Selection::Ids(vec![two.clone(), missing.clone(), one.clone(), two.clone()]);
    let engine = &bed.app.engine;
    let done = engine
        .delete_records(&bed.developer, &bed.companies, &which, DeleteOptions::default())
        .await
        .unwrap();
    let told: Vec<_> = done
        .iter()
        .map(|(id, outcome)| (id.clone(), outcome.is_ok()))
        .collect();
    assert_eq!(told, [(two, true), (missing, false), (one, true)]);
    bed.company("3", r#","type":"x""#).await;
    bed.company("4", "").await;
    let filter = app::language::map::map(body(r#"{"type":"x"}"#).root()).unwrap();
    let done = engine
        .delete_records(
            &bed.developer,
            &bed.companies,
            &Selection::Filter(Some(filter)),
            DeleteOptions::default(),
        )
        .await
        .unwrap();
    assert_eq!(done.len(), 1);
    assert_eq!(
        bed.list(&bed.developer, &ListQuery::default())
            .await
            .unwrap()
            .total,
        1
    );
}

#[tokio::test]
async fn without_cascades_references_stay() {
    let bed = bed().await;
    let company = bed.company("A", "").await;
    let contact = make(&bed, "contacts", &format!(r#"{{"company":"{company}"}}"#)).await;
    let options = DeleteOptions {
        cascade: false,
        ..DeleteOptions::default()
    };
    let which = Selection::Ids(vec![company.clone()]);
    bed.app
        .engine
        .delete_records(&bed.developer, &bed.companies, &which, options)
        .await
        .unwrap();
    bed.app.run_jobs().await;
    assert_eq!(
        read(&bed, &bed.developer, "contacts", &contact).await.unwrap()["company"]["id"],
        company.as_str()
    );
}

#[tokio::test]
async fn a_job_deletes_what_a_filter_names_with_an_item_for_each() {
    let bed = bed().await;
    for number in 0..120 {
        let kind = if number % 2 == 0 { "even" } else { "odd" };
        let sent = format!(r#"{{"name":"{number}","state":null,"type":"{kind}"}}"#);
        let id = tree(
            &bed.app
                .engine
                .create_record(&bed.developer, &bed.companies, body(&sent))
                .await
                .unwrap(),
        );
        assert!(id.get("state").is_none() || id["state"] == "pending");
        let id = id["id"].as_str().unwrap().to_owned();
        bed.update(&id, r#"{"state":null}"#).await.unwrap();
    }
    let filter = app::language::map::map(body(r#"{"type":"even"}"#).root()).unwrap();
    let engine = &bed.app.engine;
    let which = Selection::Filter(Some(filter));
    let job = engine
        .submit_delete(&bed.developer, &bed.companies, &which, DeleteOptions::default())
        .await
        .unwrap();
    bed.app.run_jobs().await;
    let seq = job.seq;
    let (job, failed) = engine
        .store()
        .read(move |tx| {
            Ok::<_, model::Error>((tx.job(seq)?.unwrap(), tx.items_from(seq, &[], 0, 1000)?.len()))
        })
        .await
        .unwrap();
    assert_eq!(
        (job.status, job.counts.processed, failed),
        (model::job::Status::Finished, 60, 60)
    );
    let results: Json = serde_json::from_str(&job.results.unwrap()).unwrap();
    assert_eq!(results.as_object().unwrap().len(), 60);
    assert_eq!(
        bed.list(&bed.developer, &ListQuery::default())
            .await
            .unwrap()
            .total,
        60
    );
    let refused = engine
        .submit_delete(&bed.seller, &bed.companies, &which, DeleteOptions::default())
        .await;
    assert_eq!(code(refused), "forbidden");
}
