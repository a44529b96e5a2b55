//! Imports that listeners hear of: at once and in the background, with rows that they refuse, and runs that are cut off.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jobs::{Hooks, Point, Verdict};
use model::Job;
use serde_json::{Value, json};
use testkit::{TestOptions, definition};

use crate::imports::{import, imported};
use crate::support::{Crm, Who, app_of, serve};

const APP: &str = "name: test\nlabel: Test\nenvironment: prod\ntimezone: UTC\n";

const OWNERS: &str = "
name: owners
recordLabel: fields/name
fields:
  - {name: name, type: text, unique: true, indexable: true}
  - {name: age, type: integer}
";

const NOTES: &str = "
name: notes
recordLabel: fields/text
fields:
  - {name: text, type: text, unique: true, indexable: true}
  - {name: count, type: integer, indexable: true}
  - {name: number, type: autoIncrement}
  - {name: owner, type: relationship, typeRules: {entity: owners}}
";

const LOG: &str = "
name: log
recordLabel: fields/what
fields:
  - {name: what, type: text, indexable: true}
  - {name: number, type: autoIncrement}
";

/// Writes down what is heard, refuses some, makes a note of its own of others, and changes what it hears of.
const HEARS: &str = "
function hears(event, record, oldRecord) {
  var entry = sys.data.createRecord('log'), field = record.entityName() === 'notes' ? 'text' : 'name';
  var text = record.field(field).val();
  entry.field('what').val([event.dataEvent, text, oldRecord ? oldRecord.field(field === 'text' ? 'count' : 'age').val() : '-'].join(' '));
  sys.data.save(entry);
  if (text === 'refused') sys.exceptions.throwException('invalidState', 'it is refused');
  if (text === 'broken') nothing.of.the.kind();
  if (text === 'twin' && !oldRecord) {
    var other = sys.data.createRecord('notes', {text: 'made by twin', count: 7});
    sys.data.save(other);
  }
}
";

fn listener(entity: &str, background: bool) -> String {
    format!(
        "name: {entity}\nlabel: {entity}\ntype: data\nentity: {entity}\nevents: [{{type: recordCreated, sources: \
         [userEvents]}}, {{type: recordChanged, sources: [userEvents]}}]\naction: js/hears\nexecuteInBackground: \
         {background}\n"
    )
}

async fn app(background: bool) -> Crm {
    app_of(&files(
        &listener("notes", background),
        &listener("owners", background),
    ))
    .await
}

fn files<'f>(notes: &'f str, owners: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![
        ("entities/notes.yaml", NOTES),
        ("entities/owners.yaml", OWNERS),
        ("entities/log.yaml", LOG),
        ("listeners/notes.yaml", notes),
        ("listeners/notes.js", HEARS),
        ("listeners/owners.yaml", owners),
        ("listeners/owners.js", HEARS),
    ]
}

/// What was written down, oldest first.
async fn heard(crm: &Crm) -> Vec<String> {
    column(crm, "log", "what").await
}

async fn column(crm: &Crm, entity: &str, field: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    loop {
        let path = format!(
            "/data/{entity}?_size=1000&_sortField=number&_sortType=asc&_offset={}",
            all.len()
        );
        let page = crm.get(&path).await;
        let items = page["items"].as_array().unwrap();
        all.extend(items.iter().map(|item| match &item[field] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }));
        if items.is_empty() || all.len() as u64 == page["total"].as_u64().unwrap() {
            return all;
        }
    }
}

async fn errors(crm: &Crm, job: &Value) -> Vec<String> {
    let path = format!("/status/jobs/{}/logs?level=ERROR", job["id"].as_str().unwrap());
    let lines = crm.get(&path).await;
    let lines = lines["items"].as_array().unwrap().iter();
    lines
        .map(|line| line["message"].as_str().unwrap().to_owned())
        .collect()
}

const ROWS: &str = "text,count,owner.name,owner.age\n\
    a,1,Ann,30\nrefused,2,Bob,40\ntwin,3,Ann,31\nmade by twin,4,Ann,31\nbroken,5,,\na,1,,\n";

#[tokio::test]
async fn what_listeners_do_is_done_with_each_row_and_undone_with_it() {
    let crm = app(false).await;
    let done = imported(&crm, "notes", "", ROWS).await;
    let told = errors(&crm, &done).await;
    assert_eq!(
        done["results"],
        json!({ "rowsImported": 4, "rowsWithErrors": 2 }),
        "{told:?}"
    );
    assert_eq!(told[0], "line 3, it is refused");
    assert!(
        told[1].starts_with("line 6, ") && told[1].contains("nothing"),
        "{told:?}"
    );
    assert_eq!(
        heard(&crm).await,
        [
            "RECORD_CREATED Ann -",
            "RECORD_CREATED a -",
            "RECORD_CHANGED Ann 30",
            "RECORD_CREATED twin -",
            // A later row sees what the function made. Bob, who came with the row that was refused, is nowhere.
            "RECORD_CHANGED made by twin 7",
            "RECORD_CHANGED a 1",
        ]
    );
    assert_eq!(column(&crm, "notes", "text").await, ["a", "twin", "made by twin"]);
    assert_eq!(column(&crm, "notes", "number").await, ["1", "2", "3"]);
    assert_eq!(
        column(&crm, "log", "number").await,
        ["1", "2", "3", "4", "5", "6"]
    );
    let names = crm.get("/data/owners").await;
    assert_eq!(
        (&names["total"], &names["items"][0]["age"]),
        (&json!(1), &json!(31))
    );
    // The ledger says which row, by what code, and how it reads.
    let path = format!("/status/jobs/{}/errors", done["id"].as_str().unwrap());
    let ledger = crm.call(Who::Developer, "GET", &path, Value::Null).await;
    let ledger = ledger.text().to_owned();
    assert!(
        ledger.contains("refused,2,Bob,40,3,,invalidState,it is refused"),
        "{ledger}"
    );
    // What changes nothing is heard by nobody.
    let again = imported(&crm, "notes", "", "text,count\ntwin,3\n").await;
    assert_eq!(again["results"]["rowsImported"], 1);
    assert_eq!(heard(&crm).await.len(), 6);
}

#[tokio::test]
async fn listeners_in_the_background_hear_of_each_record_once() {
    let crm = app(true).await;
    let rows = ROWS
        .replace("refused", "kept")
        .replace("broken", "whole")
        .replace("twin", "two");
    let job = import(&crm, Who::Developer, "notes", "", &rows).await;
    crm.app.run_jobs().await;
    let done = crm.get(&format!("/status/jobs/{job}")).await;
    assert_eq!(done["results"], json!({ "rowsImported": 6, "rowsWithErrors": 0 }));
    let mut all = heard(&crm).await;
    all.sort();
    assert_eq!(
        all,
        [
            "RECORD_CHANGED Ann 30",
            "RECORD_CHANGED a 1",
            "RECORD_CREATED Ann -",
            "RECORD_CREATED Bob -",
            "RECORD_CREATED a -",
            "RECORD_CREATED kept -",
            "RECORD_CREATED made by two -",
            "RECORD_CREATED two -",
            "RECORD_CREATED whole -",
        ]
    );
    let jobs = crm.get("/status/jobs?type=EXECUTE_LISTENER").await;
    assert_eq!(jobs["total"], 9);
}

#[tokio::test]
async fn only_a_developer_can_have_listeners_not_hear() {
    for background in [false, true] {
        let crm = app(background).await;
        let quiet = "?triggerEvents=false";
        let done = imported(&crm, "notes", quiet, "text,count\nrefused,1\n").await;
        assert_eq!(done["results"], json!({ "rowsImported": 1, "rowsWithErrors": 0 }));
        let dry = imported(&crm, "notes", "?dryRun=true", "text,count\nb,1\n").await;
        assert_eq!(dry["results"]["rowsImported"], 1, "{dry}");
        assert_eq!(heard(&crm).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn jobs_of_imports_and_exports_are_heard_by_their_types() {
    let listener = "name: notes\ntype: job\nevents: [{type: jobStarted, jobs: [IMPORT_RECORDS]}, {type: jobFinished, jobs: \
                    [IMPORT_RECORDS, EXPORT_RECORDS]}]\naction: js/hears\n";
    let function = "function hears(event) { var e = sys.data.createRecord('log'); e.field('what').val(event.jobType + ' ' + \
                    event.jobEvent); sys.data.save(e); }";
    let crm = app_of(&[
        ("entities/notes.yaml", NOTES),
        ("entities/owners.yaml", OWNERS),
        ("entities/log.yaml", LOG),
        ("listeners/notes.yaml", listener),
        ("listeners/notes.js", function),
    ])
    .await;
    imported(&crm, "notes", "", "text,count\na,1\n").await;
    crm.expect(Who::Developer, 200, "PUT", "/data/notes/export", json!({}))
        .await;
    crm.app.run_jobs().await;
    let mut all = heard(&crm).await;
    all.sort();
    assert_eq!(
        all,
        [
            "EXPORT_RECORDS FINISHED",
            "IMPORT_RECORDS FINISHED",
            "IMPORT_RECORDS STARTED"
        ]
    );
}

/// Dies at the n-th of all points of imports.
struct DieAt(AtomicU32);

impl Hooks for DieAt {
    fn at(&self, _point: Point, job: &Job) -> Verdict {
        let less = |left: u32| left.checked_sub(1);
        if job.kind != "import-records" {
            return Verdict::Go;
        }
        match self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less) {
            Ok(1) => Verdict::Die,
            _ => Verdict::Go,
        }
    }
}

#[tokio::test]
async fn an_import_that_is_cut_off_is_heard_of_as_if_it_never_was() {
    let rows = (0..60).map(|n| match n % 20 {
        7 => format!("refused,{n}\n"),
        _ => format!("n{n},{n}\n"),
    });
    let csv = format!("text,count\n{}", rows.collect::<String>());
    for background in [false, true] {
        let (notes, owners) = (listener("notes", background), listener("owners", background));
        let loaded = definition(&[&[("app.yaml", APP)], &files(&notes, &owners)[..]].concat());
        for point in [1, 2, 3, 5, 8, 11] {
            let mut test = TestOptions::default();
            test.runner.hooks = Arc::new(DieAt(AtomicU32::new(point)));
            test.engine.sheets.chunk_rows = 16;
            let mut crm = serve(&loaded, test, stockyard_slingr::Options::default()).await;
            let job = import(&crm, Who::Developer, "notes", "", &csv).await;
            crm.app.run_jobs().await;
            crm.app.restart().await;
            crm.app.run_jobs().await;
            let done = crm.get(&format!("/status/jobs/{job}")).await;
            // In the background the first one is stored and the others change it; the listener's own job fails.
            let (stored, failed) = if background { (60, 0) } else { (57, 3) };
            assert_eq!(
                (&done["status"], &done["results"]),
                (
                    &json!("FINISHED"),
                    &json!({ "rowsImported": stored, "rowsWithErrors": failed })
                ),
                "{point} {background}"
            );
            let found = heard(&crm).await.len();
            assert_eq!(found, 57, "{point} {background}");
            if background {
                let jobs = crm.get("/status/jobs?type=EXECUTE_LISTENER&_size=1").await;
                assert_eq!(jobs["total"], 60, "{point}");
            }
        }
    }
}
