//! Actions and listeners that run as jobs, and listeners that run with what they hear of.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jobs::{Hooks, Point, Verdict};
use model::Job;
use serde_json::{Value, json};
use testkit::{TestOptions, definition};

use crate::support::{Crm, Who, app_of, error, id, serve};

const NOTES: &str = "
name: notes
recordLabel: fields/text
fields:
  - {name: text, type: text, indexable: true}
  - {name: count, type: integer, indexable: true}
  - {name: state, type: text, indexable: true}
actions:
  - {name: touch, type: oneRecord, precondition: {count: \"less(100)\"}, actions: js/touch, executeInBackground: true}
  - {name: answer, type: oneRecord, actions: js/answer, resultAsResponse: true}
  - {name: total, type: manyRecords, actions: js/total}
  - {name: everything, type: global, actions: js/everything, resultAsResponse: true}
";

const FUNCTIONS: &str = "
function touch(record) {
  var count = (record.field('count').val() || 0) + 1;
  sys.jobs.logInfo('touching ' + record.field('text').val());
  record.field('count').val(count);
  sys.data.save(record);
  if (record.field('text').val() === 'bad') throw 'it is bad';
}
function answer(record) { return record.field('text').val(); }
function total(query) { var n = 0; sys.data.find(query).each(function (note) { n += note.field('count').val(); }); return n; }
function everything() { return sys.jobs.getCurrentJobId() === null; }
";

const LOG: &str = "
name: log
recordLabel: fields/what
fields:
  - {name: what, type: text, indexable: true}
";

/// A listener that writes down what it hears.
const HEARD: &str = "
function hears(event, record, oldRecord) {
  var entry = sys.data.createRecord('log'), text = function (of) { return of ? of.field('text').val() : '-'; };
  entry.field('what').val([event.type, event.dataEvent || event.jobEvent || event.customData || '', text(record), text(oldRecord)].join(' '));
  sys.data.save(entry);
  if (record && record.field('text').val() === 'refused') sys.exceptions.throwException('invalidState', 'it is refused');
}
";

async fn notes(listener: &str) -> Crm {
    let mut files = vec![
        ("entities/notes.yaml", NOTES),
        ("entities/notes.js", FUNCTIONS),
        ("entities/log.yaml", LOG),
    ];
    if !listener.is_empty() {
        files.push(("listeners/hearing.yaml", listener));
        files.push(("listeners/hearing.js", HEARD));
    }
    app_of(&files).await
}

async fn note(crm: &Crm, text: &str, count: i64) -> String {
    let body = json!({ "text": text, "count": count });
    id(&crm.expect(Who::Developer, 200, "POST", "/data/notes", body).await)
}

async fn put(crm: &Crm, path: &str) -> Value {
    crm.expect(Who::Developer, 200, "PUT", path, json!({})).await
}

/// Runs the job of an answer; what it has become.
async fn job(crm: &Crm, answer: &Value) -> Value {
    crm.app.run_jobs().await;
    let id = answer["jobId"].as_str().unwrap_or_else(|| panic!("{answer}"));
    crm.get(&format!("/status/jobs/{id}")).await
}

/// What was written down, oldest first.
async fn heard(crm: &Crm) -> Vec<String> {
    let found = crm.get("/data/log?_sortType=asc").await;
    let items = found["items"].as_array().unwrap().iter();
    items
        .map(|item| item["what"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn an_action_in_the_background_works_through_its_records() {
    let crm = notes("").await;
    let (good, bad) = (note(&crm, "good", 1).await, note(&crm, "bad", 1).await);
    let full = note(&crm, "full", 100).await;
    let ended = job(&crm, &put(&crm, "/data/notes/touch").await).await;
    assert_eq!(
        (
            &ended["type"],
            &ended["status"],
            &ended["hasErrors"],
            &ended["recordsProcessed"]
        ),
        (
            &json!("EXECUTE_ACTION"),
            &json!("FINISHED"),
            &json!(true),
            &json!(3)
        )
    );
    assert_eq!(ended["label"], "Executing action touch on entity notes");
    assert_eq!(
        ended["data"],
        json!({ "entityName": "notes", "actionName": "touch" })
    );
    let results = &ended["results"];
    assert_eq!(results[&good], json!({ "status": "ok" }));
    assert_eq!(results[&bad]["status"], "error");
    assert_eq!(
        results[&full],
        json!({ "status": "error", "errorMessage": "the precondition of the action touch is not met" })
    );
    let count = async |id: &str| crm.get(&format!("/data/notes/{id}")).await["count"].clone();
    assert_eq!(
        (count(&good).await, count(&bad).await),
        (json!(2), json!(1)),
        "what failed is undone"
    );
    let logs = crm
        .get(&format!("/status/jobs/{}/logs", ended["id"].as_str().unwrap()))
        .await;
    let lines: Vec<_> = logs["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["message"].as_str().unwrap())
        .collect();
    assert!(
        lines.contains(&"touching good") && lines.contains(&"Process completed"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn the_caller_may_say_where_an_action_runs() {
    let crm = notes("").await;
    let one = note(&crm, "one", 1).await;
    let two = note(&crm, "two", 2).await;
    let here = put(&crm, &format!("/data/notes/{one}/touch?_async=false")).await;
    assert_eq!((&here["count"], &here["version"]), (&json!(2), &json!(1)));
    let ended = job(
        &crm,
        &put(&crm, &format!("/data/notes/{one},{two}/answer?_async=true")).await,
    )
    .await;
    assert_eq!(
        ended["results"][&one],
        json!({ "status": "ok", "response": "one" })
    );
    let ended = job(&crm, &put(&crm, "/data/notes/total?_async=true&text=two").await).await;
    assert_eq!(ended["results"], json!({ "status": "ok", "response": 2 }));
    let ended = job(&crm, &put(&crm, "/data/notes/everything?_async=true").await).await;
    assert_eq!(ended["results"], json!({ "status": "ok", "response": false }));
    assert_eq!(put(&crm, "/data/notes/everything").await, json!(true));
}

#[tokio::test]
async fn many_records_are_worked_through_each_once() {
    let crm = notes("").await;
    let ids: Vec<String> = {
        let mut ids = Vec::new();
        for n in 0..450 {
            ids.push(note(&crm, &format!("n{n}"), n % 7).await);
        }
        ids
    };
    let ended = job(&crm, &put(&crm, "/data/notes/touch").await).await;
    assert_eq!(
        (&ended["hasErrors"], &ended["recordsProcessed"]),
        (&json!(false), &json!(450))
    );
    assert_eq!(ended["results"].as_object().unwrap().len(), 450);
    for (n, id) in ids.iter().enumerate() {
        let seen = crm.get(&format!("/data/notes/{id}")).await;
        assert_eq!(
            (&seen["count"], &seen["version"]),
            (&json!(n % 7 + 1), &json!(1)),
            "{n}"
        );
    }
}

fn data(kind: &str, more: &str) -> String {
    format!(
        "name: hearing\nlabel: Hearing\ntype: data\nentity: notes\nevents: [{{type: {kind}{more}}}]\naction: js/hears\n"
    )
}

#[tokio::test]
async fn a_listener_hears_what_it_listens_to() {
    for (kind, more, expected) in [
        (
            "recordCreated",
            "",
            vec!["DATA RECORD_CREATED a -", "DATA RECORD_CREATED b -"],
        ),
        ("recordChanged", "", vec!["DATA RECORD_CHANGED c a"]),
        ("recordDeleted", "", vec!["DATA RECORD_DELETED - b"]),
        (
            "conditionMet",
            ", condition: {text: c}",
            vec!["DATA CONDITION_MET c a"],
        ),
        (
            "conditionMet",
            ", condition: {text: b}",
            vec!["DATA CONDITION_MET b -"],
        ),
        ("recordChanged", ", sources: [scriptEvents]", vec![]),
        (
            "recordCreated",
            ", condition: {text: b}",
            vec!["DATA RECORD_CREATED b -"],
        ),
        (
            "actionPerformed",
            ", action: answer",
            vec!["DATA ACTION_PERFORMED c c"],
        ),
    ] {
        for background in [false, true] {
            let listener = format!("{}executeInBackground: {background}\n", data(kind, more));
            let crm = notes(&listener).await;
            let (a, b) = (note(&crm, "a", 1).await, note(&crm, "b", 1).await);
            let path = format!("/data/notes/{a}");
            crm.expect(Who::Developer, 200, "PUT", &path, json!({ "text": "c" }))
                .await;
            crm.expect(
                Who::Developer,
                200,
                "DELETE",
                &format!("/data/notes/{b}"),
                Value::Null,
            )
            .await;
            put(&crm, &format!("{path}/answer")).await;
            if background {
                assert_eq!(heard(&crm).await, Vec::<String>::new(), "{kind}: not yet");
                crm.app.run_jobs().await;
            }
            let mut found = heard(&crm).await;
            // Jobs run side by side.
            found.sort();
            assert_eq!(found, expected, "{kind} {more} {background}");
        }
    }
}

#[tokio::test]
async fn a_listener_that_fails_undoes_what_it_heard_of() {
    let crm = notes(&data("recordCreated", "")).await;
    let body = json!({ "text": "refused" });
    let refused = crm.expect(Who::Developer, 400, "POST", "/data/notes", body).await;
    assert_eq!(error(&refused), ("invalidState", "it is refused"));
    assert_eq!(crm.get("/data/notes").await["total"], 0);
    assert_eq!(heard(&crm).await, Vec::<String>::new());
    let crm = notes(&format!(
        "{}executeInBackground: true\n",
        data("recordCreated", "")
    ))
    .await;
    let made = note(&crm, "refused", 1).await;
    crm.app.run_jobs().await;
    assert_eq!(crm.get(&format!("/data/notes/{made}")).await["text"], "refused");
    let jobs = crm.get("/status/jobs?type=EXECUTE_LISTENER").await;
    assert_eq!(
        (&jobs["total"], &jobs["items"][0]["hasErrors"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(jobs["items"][0]["data"], json!({ "listenerName": "hearing" }));
}

#[tokio::test]
async fn jobs_that_delete_are_heard_too() {
    let crm = notes(&data("recordDeleted", "")).await;
    for text in ["a", "refused", "c"] {
        note(&crm, text, 1).await;
    }
    let answer = crm
        .expect(
            Who::Developer,
            200,
            "DELETE",
            "/data/notes?_async=true",
            Value::Null,
        )
        .await;
    let ended = job(&crm, &answer).await;
    assert_eq!(ended["recordsProcessed"], 3, "{ended}");
    assert_eq!(heard(&crm).await.len(), 3);
    note(&crm, "d", 1).await;
    let quiet = "/data/notes?_async=true&_triggerEvents=false";
    let answer = crm
        .expect(Who::Developer, 200, "DELETE", quiet, Value::Null)
        .await;
    job(&crm, &answer).await;
    assert_eq!(heard(&crm).await.len(), 3);
}

#[tokio::test]
async fn listeners_hear_of_jobs() {
    let listener = "name: hearing\ntype: job\nevents: [{type: jobStarted, jobs: [EXECUTE_ACTION]}, {type: jobFinished, jobs: [EXECUTE_ACTION]}]\naction: js/hears\n";
    let crm = notes(listener).await;
    note(&crm, "a", 1).await;
    job(&crm, &put(&crm, "/data/notes/touch").await).await;
    let mut found = heard(&crm).await;
    found.sort();
    assert_eq!(found, ["JOB FINISHED - -", "JOB STARTED - -"]);
}

#[tokio::test]
async fn time_listeners_run_once_per_time() {
    let listener =
        "name: hearing\ntype: time\ncron: \"0 0 * * * *\"\ntimezone: Europe/Berlin\naction: js/hears\n";
    let crm = notes(listener).await;
    let engine = &crm.app.engine;
    let hour = Duration::from_secs(3600);
    engine.fire_timers().await.unwrap();
    crm.app.run_jobs().await;
    assert_eq!(heard(&crm).await.len(), 0, "it begins to count");
    for (passed, expected) in [(hour, 1), (Duration::from_secs(1), 1), (hour * 5, 2), (hour, 3)] {
        crm.app.clock.advance(passed);
        let (one, other) = tokio::join!(engine.fire_timers(), engine.fire_timers());
        assert!(one.unwrap().is_some() && other.unwrap().is_some());
        crm.app.run_jobs().await;
        assert_eq!(heard(&crm).await.len(), expected);
    }
    assert_eq!(heard(&crm).await[0], "TIME  - -");
}

#[tokio::test]
async fn custom_events_are_heard_within_the_function() {
    let listener = "name: hearing\ntype: custom\nevent: happened\naction: js/hears\n";
    let functions = FUNCTIONS.replace("return sys.jobs.getCurrentJobId() === null;", "sys.events.triggerEvent('happened', 'so'); sys.events.triggerEvent('other', 1); return sys.data.count('log', {});");
    let crm = app_of(&[
        ("entities/notes.yaml", NOTES),
        ("entities/notes.js", &functions),
        ("entities/log.yaml", LOG),
        ("listeners/hearing.yaml", listener),
        ("listeners/hearing.js", HEARD),
    ])
    .await;
    assert_eq!(put(&crm, "/data/notes/everything").await, json!(1));
    assert_eq!(heard(&crm).await, ["CUSTOM so - -"]);
}

#[tokio::test]
async fn functions_keep_values_run_actions_and_say_what_is_missing() {
    for (body, expected) in [
        (
            "sys.storage.put('k', {a: [1]}); var seen = sys.storage.get('k').a[0]; sys.storage.remove('k'); return [seen, sys.storage.get('k')];",
            json!([1, null]),
        ),
        (
            "var note = sys.data.createRecord('notes', {text: 'x', count: 4}); sys.data.save(note); return [sys.data.executeAction(note, 'answer'), sys.data.executeAction('notes', {}, 'total')];",
            json!(["x", 4]),
        ),
        (
            "var note = sys.data.createRecord('notes', {text: 'x', count: 4}); sys.data.save(note); return typeof sys.data.executeAction(note, 'touch') === 'string';",
            json!(true),
        ),
        (
            "return [sys.app.getName(), sys.app.getTimezone(), sys.context.getCurrentUserRecord().field('email').val()];",
            json!(["test", "UTC", Who::Developer.email()]),
        ),
        (
            "try { sys.files.find(); } catch (e) { return e.message; }",
            json!("sys.files is not available here"),
        ),
        (
            "try { sys.data.save(sys.data.createRecord('notes'), {performValidations: false}); } catch (e) { return e.message; }",
            json!("the option performValidations of save cannot be false"),
        ),
        (
            "var note = sys.data.createRecord('notes', {text: 'x'}); sys.data.save(note); sys.data.lock(note); note.lock().field('text').val('y'); sys.data.save(note); return sys.data.refresh(note).field('text').val();",
            json!("y"),
        ),
    ] {
        let functions = FUNCTIONS.replace("return sys.jobs.getCurrentJobId() === null;", body);
        let crm = app_of(&[("entities/notes.yaml", NOTES), ("entities/notes.js", &functions)]).await;
        assert_eq!(put(&crm, "/data/notes/everything").await, expected, "{body}");
    }
}

/// Dies at the n-th of all points it is asked at, once.
struct DieAt(AtomicU32);

impl Hooks for DieAt {
    fn at(&self, _point: Point, _job: &Job) -> Verdict {
        let less = |left: u32| left.checked_sub(1);
        match self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less) {
            Ok(1) => Verdict::Die,
            _ => Verdict::Go,
        }
    }
}

#[tokio::test]
async fn an_action_that_is_cut_off_goes_on_where_it_stood() {
    for point in [1, 2, 3, 4, 5, 6] {
        let mut test = TestOptions::default();
        test.runner.hooks = Arc::new(DieAt(AtomicU32::new(point)));
        let loaded = definition(&[
            (
                "app.yaml",
                "name: test\nlabel: Test\nenvironment: prod\ntimezone: UTC\n",
            ),
            ("entities/notes.yaml", NOTES),
            ("entities/notes.js", FUNCTIONS),
        ]);
        let mut crm = serve(&loaded, test, stockyard_slingr::Options::default()).await;
        for n in 0..260 {
            note(&crm, if n == 70 { "bad" } else { "good" }, n % 7).await;
        }
        let answer = put(&crm, "/data/notes/touch").await;
        crm.app.run_jobs().await;
        crm.app.restart().await;
        let ended = job(&crm, &answer).await;
        assert_eq!(
            (&ended["status"], &ended["recordsProcessed"], &ended["hasErrors"]),
            (&json!("FINISHED"), &json!(260), &json!(true)),
            "{point}"
        );
        let results = ended["results"].as_object().unwrap();
        assert_eq!(results.len(), 260, "{point}");
        assert_eq!(
            results.values().filter(|one| one["status"] == "error").count(),
            1,
            "{point}"
        );
        let notes = crm.get("/data/notes?_size=1000&_sortType=asc").await;
        for (n, seen) in notes["items"].as_array().unwrap().iter().enumerate() {
            let (count, version) = if n == 70 { (0, 0) } else { (n % 7 + 1, 1) };
            assert_eq!(
                (&seen["count"], &seen["version"]),
                (&json!(count), &json!(version)),
                "{n} {point}"
            );
        }
    }
}

#[tokio::test]
async fn functions_that_meet_are_run_again() {
    let crm = notes("").await;
    let made = note(&crm, "one", 0).await;
    let path = format!("/data/notes/{made}/touch?_async=false");
    let other = "/data/notes/touch?_async=false&text=one";
    let one = || crm.call(Who::Developer, "PUT", &path, json!({}));
    let all = || crm.call(Who::Developer, "PUT", other, json!({}));
    let answers: [_; 6] = tokio::join!(one(), all(), one(), all(), one(), all()).into();
    for answer in answers {
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    }
    let seen = crm.get(&format!("/data/notes/{made}")).await;
    assert_eq!((&seen["count"], &seen["version"]), (&json!(6), &json!(6)));
}
