//! Labels and values that functions make of references, when the records change that are referred to.

use engine::records::EntityRef;
use model::job::{Job, Status};
use serde_json::{Value as Json, json};

use crate::support::{Bed, body, json as tree};

const COMPANIES: &str = r#"
name: companies
label: Companies
recordLabel: js/label
fields:
  - {name: name, label: Name, type: text}
  - {name: parent, label: Parent, type: relationship, typeRules: {entity: companies, deletePolicy: remove}}
"#;

const CONTACTS: &str = r#"
name: contacts
label: Contacts
recordLabel: js/label
auditLogs: true
fields:
  - {name: name, label: Name, type: text}
  - {name: company, label: Company, type: relationship,
     typeRules: {entity: companies, copiedFields: [name], deletePolicy: remove}}
  - {name: where, label: Where, type: text, valueCalculation: js/where}
  - {name: count, label: Count, type: integer}
"#;

const NOTES: &str = r#"
name: notes
label: Notes
fields:
  - {name: about, label: About, type: relationship, typeRules: {entity: contacts, copiedFields: [where]}}
"#;

const OF_COMPANIES: &str = r#"
function label(record) {
  var parent = record.field('parent');
  return record.field('name').val() + (parent.isEmpty() ? '' : '+' + parent.label());
}
"#;

const OF_CONTACTS: &str = r#"
function label(record) {
  var company = record.field('company');
  return record.field('name').val() + (company.isEmpty() ? '' : ' of ' + company.label());
}
function where(record) {
  var company = record.field('company');
  if (company.isEmpty()) return null;
  if (company.label() === 'Bad') sys.exceptions.throwException('invalidState', 'no bad company');
  return 'at ' + company.field('name').val();
}
"#;

async fn bed() -> Bed {
    Bed::of(&[
        ("entities/companies.yaml", COMPANIES),
        ("entities/companies.js", OF_COMPANIES),
        ("entities/contacts.yaml", CONTACTS),
        ("entities/contacts.js", OF_CONTACTS),
        ("entities/notes.yaml", NOTES),
    ])
    .await
}

fn entity(bed: &Bed, name: &str) -> EntityRef {
    bed.app.engine.record_entity(name).unwrap()
}

async fn make(bed: &Bed, name: &str, sent: Json) -> String {
    let (entity, sent) = (entity(bed, name), body(&sent.to_string()));
    let made = bed.app.engine.create_record(&bed.developer, &entity, sent).await;
    tree(&made.unwrap())["id"].as_str().unwrap().to_owned()
}

async fn stored(bed: &Bed, name: &str, id: &str) -> Json {
    let (collection, id) = (entity(bed, name).collection(), id.to_owned());
    let read = bed.app.engine.store().record_body(collection, &id);
    tree(&read.await.unwrap().unwrap().1)
}

/// The jobs that carried changes over.
async fn cascades(bed: &Bed) -> Vec<Job> {
    let read = bed
        .app
        .engine
        .store()
        .read(|tx| Ok::<_, model::Error>(tx.job_entries(model::JobSeq(0), u64::MAX)?));
    let jobs = read.await.unwrap().into_iter().map(|entry| entry.job);
    jobs.filter(|job| job.kind == "records.cascade").collect()
}

#[tokio::test]
async fn functions_are_called_again_on_records_that_refer_to_a_changed_one() {
    let bed = bed().await;
    let company = bed.company("Old", "").await;
    let mut contacts = Vec::new();
    for number in 0..120 {
        let sent = json!({"name": format!("C{number}"), "company": company, "count": number});
        contacts.push(make(&bed, "contacts", sent).await);
    }
    let note = make(&bed, "notes", json!({"about": contacts[7]})).await;
    bed.update(&company, r#"{"name":"New"}"#).await.unwrap();
    bed.app.run_jobs().await;
    for (number, contact) in contacts.iter().enumerate() {
        let now = stored(&bed, "contacts", contact).await;
        assert_eq!(now["label"], format!("C{number} of New"));
        assert_eq!(
            (&now["where"], &now["count"], &now["version"]),
            (&json!("at New"), &json!(number), &json!(1))
        );
    }
    assert_eq!(
        stored(&bed, "notes", &note).await["about"],
        json!({"id": contacts[7], "label": "C7 of New", "where": "at New"})
    );
    bed.app
        .engine
        .delete_record(&bed.developer, &bed.companies, &company)
        .await
        .unwrap();
    bed.app.run_jobs().await;
    let now = stored(&bed, "contacts", &contacts[7]).await;
    assert_eq!((&now["label"], now.get("where")), (&json!("C7"), None));
    assert_eq!(stored(&bed, "notes", &note).await["about"]["label"], "C7");
}

#[tokio::test]
async fn a_record_that_a_function_fails_on_follows_in_part_and_is_told() {
    let bed = bed().await;
    let company = bed.company("Good", "").await;
    let contact = make(&bed, "contacts", json!({"name": "Ann", "company": company})).await;
    bed.update(&company, r#"{"name":"Bad"}"#).await.unwrap();
    bed.app.run_jobs().await;
    let now = stored(&bed, "contacts", &contact).await;
    assert_eq!(
        (&now["company"]["label"], &now["label"], &now["where"]),
        (&json!("Bad"), &json!("Ann of Good"), &json!("at Good"))
    );
    let jobs = cascades(&bed).await;
    let [job] = jobs.as_slice() else {
        panic!("{jobs:?}")
    };
    assert_eq!((job.status, job.counts.failed), (Status::Finished, 1));
    let seq = job.seq;
    let items = bed
        .app
        .engine
        .store()
        .read(move |tx| Ok::<_, model::Error>(tx.items_from(seq, &[], 0, 10)?));
    let detail = items.await.unwrap()[0].detail.clone().unwrap();
    assert!(
        detail.contains(&contact) && detail.contains("no bad company"),
        "{detail}"
    );
}

#[tokio::test]
async fn labels_that_grow_in_a_circle_come_to_an_end() {
    let bed = bed().await;
    let one = bed.company("A", "").await;
    let two = bed.company("B", &format!(r#","parent":"{one}""#)).await;
    bed.update(&one, &format!(r#"{{"parent":"{two}"}}"#))
        .await
        .unwrap();
    bed.app.run_jobs().await;
    let jobs = cascades(&bed).await;
    assert_eq!(jobs.len(), 100);
    let failed: Vec<u64> = jobs.iter().map(|job| job.counts.failed).collect();
    assert_eq!((failed.iter().sum::<u64>(), failed.last()), (1, Some(&1)));
}
