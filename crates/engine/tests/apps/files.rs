//! Files of fields and entities that go: nothing holds them any longer.

use std::time::Duration;

use engine::upkeep::sweep;
use model::Error;
use serde_json::{Value as Json, json};

use crate::support::{Bed, defined};

const OLD: &str = "fields: [{name: f, type: text}, {name: logo, type: fileUpload}, {name: kept, type: fileUpload}, {name: \
                   parts, type: nestedFields, multiplicity: many, nestedFields: [{name: papers, type: fileUpload, \
                   multiplicity: many}]}]";
const NEW: &str = "fields: [{name: f, type: text}, {name: kept, type: fileUpload}]";
const PLAIN: &str = "fields: [{name: f, type: text}]";

fn content() -> Json {
    json!({"name": "a.txt", "contentType": "text/plain", "content": "aGVsbG8="})
}

/// The records that hold a file.
async fn holders(bed: &Bed, file: &Json) -> Vec<String> {
    let file = file["id"].as_str().unwrap().to_owned();
    let read = bed
        .app
        .engine
        .store()
        .read(move |tx| Ok::<_, Error>(tx.file_holders(&file, 9)?));
    let held = read.await.unwrap().into_iter();
    held.map(|holder| holder.record).collect()
}

/// A record with four files, as it is stored, and its id.
async fn record(bed: &Bed, entity: &str) -> (Json, String) {
    let body = json!({"logo": content(), "kept": content(), "parts": [{"papers": [content(), content()]}]});
    let id = bed.create(entity, &body).await;
    (bed.stored(entity, &id).await, id)
}

/// The files of a record that are to go.
fn lost(record: &Json) -> Vec<Json> {
    let papers = record["parts"][0]["papers"].as_array().unwrap().iter();
    papers.chain([&record["logo"]]).cloned().collect()
}

#[tokio::test]
async fn files_of_fields_that_go_are_let_go_and_others_stay() {
    let bed = Bed::new().await;
    bed.force(&defined(&[("things", OLD)])).await;
    bed.app.run_jobs().await;
    let (one, one_id) = record(&bed, "things").await;
    let (two, two_id) = record(&bed, "things").await;
    let job = bed.force(&defined(&[("things", NEW)])).await.job.unwrap();
    // One is written by a client before the job comes to it.
    bed.update("things", &one_id, &json!({"f": "x"})).await.unwrap();
    for file in lost(&one) {
        assert!(holders(&bed, &file).await.is_empty());
    }
    for file in lost(&two) {
        assert_eq!(holders(&bed, &file).await, std::slice::from_ref(&two_id));
    }
    bed.app.run_jobs().await;
    assert_eq!(bed.job(&job).await.counts.failed, 0);
    for file in lost(&two) {
        assert!(holders(&bed, &file).await.is_empty());
    }
    for (record, id) in [(&one, &one_id), (&two, &two_id)] {
        assert_eq!(holders(&bed, &record["kept"]).await, std::slice::from_ref(id));
    }
}

#[tokio::test]
async fn files_that_a_cascade_finds_in_a_field_that_went_are_let_go() {
    let bed = Bed::new().await;
    let people = "recordLabel: fields/name\nfields: [{name: name, type: text}]";
    let things = |more: &str| {
        format!("fields: [{{name: who, type: relationship, typeRules: {{entity: people}}}}{more}]")
    };
    let (old, new) = (things(", {name: logo, type: fileUpload}"), things(""));
    bed.force(&defined(&[("people", people), ("things", &old)])).await;
    bed.app.run_jobs().await;
    let person = bed.create("people", &json!({"name": "Ann"})).await;
    let thing = bed
        .create("things", &json!({"who": person, "logo": content()}))
        .await;
    let logo = bed.stored("things", &thing).await["logo"].clone();
    bed.update("people", &person, &json!({"name": "Eve"}))
        .await
        .unwrap();
    // The job of the new name is first in line.
    bed.force(&defined(&[("people", people), ("things", &new)])).await;
    assert_eq!(holders(&bed, &logo).await, [thing]);
    bed.app.run_jobs().await;
    assert!(holders(&bed, &logo).await.is_empty());
}

#[tokio::test]
async fn files_of_entities_that_go_are_let_go_and_their_content_goes() {
    let bed = Bed::new().await;
    let both = [("gone", OLD), ("things", OLD)];
    bed.force(&defined(&both)).await;
    bed.app.run_jobs().await;
    let (gone, _) = record(&bed, "gone").await;
    let (kept, id) = record(&bed, "things").await;
    bed.change(&defined(&[("things", OLD)])).await;
    for file in lost(&gone).iter().chain([&gone["kept"]]) {
        assert!(holders(&bed, file).await.is_empty());
    }
    assert_eq!(holders(&bed, &kept["logo"]).await, [id]);
    let day = Duration::from_secs(86_400);
    bed.app.clock.advance(2 * day);
    sweep(&bed.app.engine, day).await.unwrap();
    let (gone, kept) = (gone["logo"]["id"].clone(), kept["logo"]["id"].clone());
    let there = bed.app.engine.store().read(move |tx| {
        let mut there = |id: &Json| tx.uploaded_file(id.as_str().unwrap_or_default());
        Ok::<_, Error>((there(&gone)?.is_some(), there(&kept)?.is_some()))
    });
    assert_eq!(there.await.unwrap(), (false, true));
}

#[tokio::test]
async fn an_entity_that_comes_back_holds_nothing_and_the_upkeep_does_without_the_job() {
    let bed = Bed::new().await;
    let both = defined(&[("gone", OLD), ("things", PLAIN)]);
    let one = defined(&[("things", PLAIN)]);
    bed.force(&both).await;
    bed.app.run_jobs().await;
    let (first, _) = record(&bed, "gone").await;
    bed.force(&one).await;
    assert_eq!(holders(&bed, &first["logo"]).await.len(), 1);
    bed.force(&both).await;
    assert!(holders(&bed, &first["logo"]).await.is_empty());
    let (second, id) = record(&bed, "gone").await;
    let hour = Duration::from_secs(3_600);
    sweep(&bed.app.engine, hour).await.unwrap();
    assert_eq!(holders(&bed, &second["logo"]).await, [id]);
    bed.force(&one).await;
    sweep(&bed.app.engine, hour).await.unwrap();
    assert!(holders(&bed, &second["logo"]).await.is_empty());
}
