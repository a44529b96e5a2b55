//! Imports of rows: rows that have to do with one another, in chunks that others come between.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use engine::Options;
use engine::records::ListQuery;
use engine::sheets::{ImportFlags, SheetOptions};
use futures_util::stream;
use jobs::{Hooks, Point, RunnerOptions, Verdict};
use model::{Error, Job};
use serde_json::{Value as Json, json};
use testkit::TestOptions;

use crate::support::{Bed, COMPANIES, json as tree};

/// What is done before the chunk of this number is committed.
type Work = Box<dyn Fn(u64) + Send>;

/// Does something before a chunk is committed.
#[derive(Default)]
struct Between {
    work: Mutex<Option<Work>>,
    chunks: AtomicU64,
}

impl Hooks for Between {
    fn at(&self, point: Point, job: &Job) -> Verdict {
        if point == Point::BeforeCommit && job.kind == "import-records" {
            let chunk = self.chunks.fetch_add(1, Ordering::Relaxed);
            if let Some(work) = &*self.work.lock().unwrap() {
                work(chunk);
            }
        }
        Verdict::Go
    }
}

async fn bed(chunk_rows: usize, files: &[(&str, &str)]) -> (Bed, Arc<Between>) {
    let between = Arc::new(Between::default());
    let options = TestOptions {
        engine: Options {
            sheets: SheetOptions {
                chunk_rows,
                ..SheetOptions::default()
            },
            ..Options::default()
        },
        runner: RunnerOptions {
            hooks: Arc::clone(&between) as Arc<dyn Hooks>,
            ..RunnerOptions::default()
        },
        ..TestOptions::default()
    };
    (Bed::with(options, files).await, between)
}

/// Imports rows to the end; the job as it is then.
async fn import(bed: &Bed, csv: &str) -> Job {
    let engine = &bed.app.engine;
    let pieces = stream::iter([Ok::<_, Error>(Bytes::from(csv.to_owned()))]);
    let file = engine.store_sheet("rows.csv".to_owned(), pieces).await.unwrap();
    let flags = ImportFlags::default();
    let job = engine
        .submit_sheet(&bed.developer, &bed.companies, file, flags)
        .await
        .unwrap();
    bed.app.run_jobs().await;
    engine.job(&bed.developer.actor, job.seq).await.unwrap()
}

async fn all(bed: &Bed) -> Vec<Json> {
    let query = ListQuery {
        size: 1000,
        sort_direction: query::Direction::Ascending,
        ..ListQuery::default()
    };
    let found = bed.list(&bed.developer, &query).await.unwrap();
    found.items.iter().map(tree).collect()
}

fn results(job: &Job) -> Json {
    serde_json::from_str(job.results.as_deref().unwrap_or("null")).unwrap()
}

fn column<'j>(records: &'j [Json], field: &str) -> Vec<&'j Json> {
    records.iter().map(|record| &record[field]).collect()
}

#[tokio::test]
async fn rows_see_what_rows_before_them_made() {
    for chunk in [1, 2, 3, 100] {
        let (bed, _) = bed(chunk, &[("entities/companies.yaml", COMPANIES)]).await;
        let csv = "name,state,type,parent,employees\n\
                   A,active,x,,1\nB,active,y,A,2\nA,,z,,3\nC,pending,w,B,4\nA,active,x,,5\nD,pending,v,C,6\n";
        let job = import(&bed, csv).await;
        // The last one refers to a record that is not active.
        assert_eq!(
            results(&job),
            json!({ "rowsImported": 5, "rowsWithErrors": 1 }),
            "{chunk}"
        );
        let records = all(&bed).await;
        assert_eq!(column(&records, "name"), ["A", "B", "C"], "{chunk}");
        assert_eq!(column(&records, "number"), [100, 101, 102], "{chunk}");
        assert_eq!(column(&records, "employees"), [5, 2, 4], "{chunk}");
        assert_eq!(records[2]["parent"]["label"], "B", "{chunk}");
        assert_eq!(records[0]["version"], 2, "{chunk}");
    }
}

#[tokio::test]
async fn a_chunk_is_prepared_anew_when_others_come_between() {
    let (bed, between) = bed(4, &[("entities/companies.yaml", COMPANIES)]).await;
    let (parent, taken) = (
        bed.company("P", r#","state":"active","type":"p""#).await,
        "name,parent,type\nA,P,1\nB,P,2\nC,P,3\n",
    );
    let (engine, call, companies) = (
        bed.app.engine.clone(),
        bed.developer.clone(),
        bed.companies.clone(),
    );
    let runtime = tokio::runtime::Handle::current();
    let id = parent.clone();
    *between.work.lock().unwrap() = Some(Box::new(move |chunk| {
        // The first chunk notes where rows begin. Before the second one the parent is changed, and B is made.
        if chunk == 1 {
            runtime.block_on(async {
                let other = crate::support::body(r#"{"type":"q"}"#);
                engine.update_record(&call, &companies, &id, other).await.unwrap();
                let made = crate::support::body(r#"{"name":"B","type":"mine","employees":7}"#);
                engine.create_record(&call, &companies, made).await.unwrap();
            });
        }
    }));
    let job = import(&bed, taken).await;
    assert_eq!(results(&job), json!({ "rowsImported": 3, "rowsWithErrors": 0 }));
    let records = all(&bed).await;
    assert_eq!(column(&records, "name"), ["P", "B", "A", "C"]);
    assert_eq!(column(&records, "number"), [100, 101, 102, 103]);
    assert!(
        records[1..].iter().all(|record| record["parent"]["type"] == "q"),
        "{records:?}"
    );
    assert_eq!(
        (&records[1]["employees"], &records[1]["version"]),
        (&json!(7), &json!(1))
    );
}

#[tokio::test]
async fn rows_come_through_when_others_never_rest() {
    let (bed, between) = bed(3, &[("entities/companies.yaml", COMPANIES)]).await;
    let id = bed.company("P", r#","state":"active","type":"p""#).await;
    let (engine, call, companies) = (
        bed.app.engine.clone(),
        bed.developer.clone(),
        bed.companies.clone(),
    );
    let runtime = tokio::runtime::Handle::current();
    *between.work.lock().unwrap() = Some(Box::new(move |chunk| {
        runtime.block_on(async {
            let other = crate::support::body(&format!(r#"{{"type":"{chunk}"}}"#));
            engine.update_record(&call, &companies, &id, other).await.unwrap();
        });
    }));
    let job = import(&bed, "name,parent,type\nA,P,1\nB,P,2\nC,P,3\n").await;
    assert_eq!(results(&job), json!({ "rowsImported": 3, "rowsWithErrors": 0 }));
    assert_eq!(all(&bed).await.len(), 4);
}

#[tokio::test]
async fn functions_are_called_for_each_row() {
    let entity = "name: companies\nlabel: Companies\nrecordLabel: js/label\nfields:\n  \
         - {name: name, label: Name, type: text, unique: true}\n  \
         - {name: size, label: Size, type: integer, validation: js/check}\n  \
         - {name: double, label: Double, type: integer, valueCalculation: js/double}\n  \
         - {name: boss, label: Boss, type: relationship, typeRules: {entity: companies}}\n";
    let functions = "function label(record) { return record.field('name').val() + '!'; }\n\
         function check(record, parent, field) { if (field.val() > 9) return {code: 'tooBig', message: 'Too big'}; }\n\
         function double(record) { return record.field('size').val() * 2; }\n";
    let files = [
        ("entities/companies.yaml", entity),
        ("entities/companies.js", functions),
    ];
    let (bed, _) = bed(2, &files).await;
    let job = import(&bed, "name,size,boss\nA,1,\nB,2,A!\nC,10,A!\nD,3,B!\n").await;
    assert_eq!(results(&job), json!({ "rowsImported": 3, "rowsWithErrors": 1 }));
    let records = all(&bed).await;
    assert_eq!(column(&records, "label"), ["A!", "B!", "D!"]);
    assert_eq!(column(&records, "double"), [2, 4, 6]);
    assert_eq!(records[2]["boss"]["label"], "B!");
}

const LOG: &str = "name: log\nlabel: Log\nrecordLabel: fields/what\nfields:\n  - {name: what, label: What, type: text}\n  \
     - {name: number, label: Number, type: autoIncrement}\n";

const LISTENER: &str = "name: hearing\nlabel: Hearing\ntype: data\nentity: companies\nevents: [{type: recordCreated}]\naction: js/hears\n";

const HEARS: &str = "function hears(event, record) {\n\
     if (record.field('state').val() !== 'pending') return;\n\
     var entry = sys.data.createRecord('log', {what: record.field('name').val()}); sys.data.save(entry);\n\
     record.field('employees').val((record.field('employees').val() || 0) + 1); sys.data.save(record); }\n";

#[tokio::test]
async fn what_listeners_did_in_a_chunk_that_was_overtaken_is_done_anew_once() {
    let files = [
        ("entities/companies.yaml", COMPANIES),
        ("entities/log.yaml", LOG),
        ("listeners/hearing.yaml", LISTENER),
        ("listeners/hearing.js", HEARS),
    ];
    let (bed, between) = bed(4, &files).await;
    let id = bed.company("P", r#","state":"active","type":"p""#).await;
    let (engine, call, companies) = (
        bed.app.engine.clone(),
        bed.developer.clone(),
        bed.companies.clone(),
    );
    let runtime = tokio::runtime::Handle::current();
    *between.work.lock().unwrap() = Some(Box::new(move |chunk| {
        runtime.block_on(async {
            let other = crate::support::body(&format!(r#"{{"type":"{chunk}"}}"#));
            engine.update_record(&call, &companies, &id, other).await.unwrap();
            if chunk == 1 {
                let made = crate::support::body(r#"{"name":"B","type":"mine","state":"active"}"#);
                engine.create_record(&call, &companies, made).await.unwrap();
            }
        });
    }));
    let job = import(&bed, "name,parent,type,employees\nA,,1,4\nB,,2,\nC,,3,\n").await;
    assert_eq!(results(&job), json!({ "rowsImported": 3, "rowsWithErrors": 0 }));
    let records = all(&bed).await;
    assert_eq!(column(&records, "name"), ["P", "B", "A", "C"]);
    assert_eq!(column(&records, "employees")[2..], [5, 1]);
    assert_eq!(column(&records, "version")[2..], [1, 1]);
    let log = bed.app.engine.record_entity("log").unwrap();
    let query = ListQuery {
        size: 1000,
        sort_direction: query::Direction::Ascending,
        ..ListQuery::default()
    };
    let log = bed.app.engine.list_records(&bed.developer, &log, &query).await;
    let log: Vec<Json> = log.unwrap().items.iter().map(tree).collect();
    assert_eq!(column(&log, "what"), ["A", "C"]);
    assert_eq!(column(&log, "number"), [1, 2]);
}
