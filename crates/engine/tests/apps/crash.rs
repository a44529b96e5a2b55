//! A process that dies at any commit of a change, before or after it: the end is the same as if nothing had happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use app::Loaded;
use jobs::{Hooks, Point, Verdict};
use model::Job;
use serde_json::{Value as Json, json};

use crate::support::{Bed, defined};

/// More than one chunk.
const PEOPLE: u64 = 230;

/// Dies at the n-th of all points it is asked at, once.
struct DieAt {
    left: AtomicU32,
}

impl Hooks for DieAt {
    fn at(&self, _point: Point, _job: &Job) -> Verdict {
        let less = |left: u32| left.checked_sub(1);
        match self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less) {
            Ok(1) => Verdict::Die,
            _ => Verdict::Go,
        }
    }
}

fn before() -> Loaded {
    defined(&[
        (
            "people",
            "recordLabel: fields/name\nauditLogs: true\nfields: [{name: name, type: text}, {name: age, type: text}, \
             {name: old, type: text}, {name: tags, type: text, multiplicity: many}]",
        ),
        (
            "things",
            "fields: [{name: who, type: relationship, typeRules: {entity: people, copiedFields: [age]}}, \
             {name: code, type: text}]",
        ),
        ("gone", "fields: [{name: f, type: text}]"),
    ])
}

fn after() -> Loaded {
    defined(&[
        (
            "people",
            "recordLabel: fields/age\nauditLogs: true\nindexes: [{fields: [name, age], unique: true}]\n\
             fields: [{name: name, type: text}, {name: age, type: integer, indexable: true}, {name: tags, type: text}, \
             {name: number, type: autoIncrement}, {name: done, type: boolean}, {name: things, type: integer, \
             valueCalculation: {aggregate: count, entity: things, by: who, filter: {code: \"like(1)\"}}}]",
        ),
        (
            "things",
            "fields: [{name: who, type: relationship, typeRules: {entity: people, copiedFields: [age]}}, \
             {name: code, type: text, unique: true}]",
        ),
    ])
}

fn id(kind: u8, number: u64) -> String {
    format!("{kind:02x}{number:022x}")
}

fn person(number: u64) -> Json {
    let age = match number % 7 {
        0 => "unknown".to_owned(),
        _ => number.to_string(),
    };
    let name = format!("p{number}");
    json!({"id": id(1, number), "version": 0, "label": name, "name": name, "age": age, "old": "x", "tags": ["a", "b"]})
}

fn thing(number: u64) -> Json {
    let who = json!({"id": id(1, number), "label": format!("p{number}"), "age": "?"});
    let thing = id(2, number);
    json!({"id": thing, "version": 0, "label": thing, "who": who, "code": format!("c{}", number / 2)})
}

async fn picture_with(hooks: Option<Arc<dyn Hooks>>) -> String {
    let mut bed = Bed::with(hooks).await;
    let first = before();
    let actor = Arc::clone(&bed.developer.actor);
    bed.app.engine.apply_app(&actor, &first, false).await.unwrap();
    bed.fill("people", (0..PEOPLE).map(person).collect()).await;
    bed.fill("things", (0..20).map(thing).collect()).await;
    let gone = |number| json!({"id": id(3, number), "version": 0, "label": "", "f": "x"});
    bed.fill("gone", (0..30).map(gone).collect()).await;
    bed.force(&after()).await;
    bed.app.run_jobs().await;
    bed.app.restart().await;
    bed.app.run_jobs().await;
    bed.picture().await
}

#[tokio::test]
async fn dying_at_any_point_changes_nothing_of_the_end() {
    let whole = picture_with(None).await;
    assert!(
        whole.contains(r#""age":229"#) && whole.contains("cannot be unique"),
        "{whole}"
    );
    let mut deaths = 0;
    for point in 1.. {
        let hooks = Arc::new(DieAt {
            left: AtomicU32::new(point),
        });
        let picture = picture_with(Some(Arc::clone(&hooks) as Arc<dyn Hooks>)).await;
        assert!(
            picture == whole,
            "after dying at point {point}:\n{picture}\nnot\n{whole}"
        );
        if hooks.left.load(Ordering::SeqCst) > 0 {
            break;
        }
        deaths += 1;
    }
    assert!(deaths > 20, "died only {deaths} times");
}
