//! Fields over other records that come with a change of the app, or change with it: counted exactly while clients write.

use std::sync::{Arc, Mutex};

use app::Loaded;
use engine::Engine;
use engine::records::{Call, ListQuery};
use jobs::{Hooks, Point, Verdict};
use model::Job;
use serde_json::{Value as Json, json};

use crate::support::{Bed, defined, jsonb};

/// More than two chunks.
const COMPANIES: u64 = 430;
const CONTACTS: u64 = 900;

const CONTACTS_OF_TEXT: &str = "fields: [{name: company, type: relationship, typeRules: {entity: companies}}, \
     {name: pay, type: text}, {name: state, type: text}]";
const CONTACTS_OF_NUMBERS: &str = "fields: [{name: company, type: relationship, typeRules: {entity: companies}}, \
     {name: pay, type: decimal}, {name: state, type: text}]";

fn companies(fields: &str) -> String {
    format!("recordLabel: fields/name\nauditLogs: true\nfields: [{{name: name, type: text}}{fields}]")
}

fn plain() -> Loaded {
    defined(&[("companies", &companies("")), ("contacts", CONTACTS_OF_TEXT)])
}

/// Counts, of all and of some.
fn counted(state: &str) -> Loaded {
    let fields = format!(
        ", {{name: all, type: integer, indexable: true, valueCalculation: {{aggregate: count, entity: contacts, by: company}}}}, \
         {{name: some, type: integer, valueCalculation: {{aggregate: count, entity: contacts, by: company, filter: {{state: {state}}}}}}}"
    );
    defined(&[("companies", &companies(&fields)), ("contacts", CONTACTS_OF_TEXT)])
}

/// What was text is a number now, and is summed.
fn summed() -> Loaded {
    let fields = ", {name: all, type: integer, indexable: true, valueCalculation: {aggregate: count, entity: contacts, by: company}}, \
         {name: paid, type: decimal, valueCalculation: {aggregate: sum, entity: contacts, by: company, field: pay}}";
    defined(&[
        ("companies", &companies(fields)),
        ("contacts", CONTACTS_OF_NUMBERS),
    ])
}

fn id(kind: u8, number: u64) -> String {
    format!("{kind:02x}{number:022x}")
}

fn company(number: u64) -> Json {
    let name = format!("c{number}");
    json!({"id": id(1, number), "version": 0, "label": name, "name": name})
}

fn contact(number: u64) -> Json {
    // Many of a few, some of others, none of the rest.
    let company = if number < 400 {
        number % 3
    } else {
        number % COMPANIES
    };
    let id_of = id(2, number);
    json!({
        "id": id_of, "version": 0, "label": id_of, "state": if number.is_multiple_of(2) { "even" } else { "odd" },
        "company": {"id": id(1, company), "label": format!("c{company}")},
        "pay": if number.is_multiple_of(7) { "much".to_owned() } else { format!("{number}.1") },
    })
}

/// Writes between the reading and the writing of every chunk of the job.
#[derive(Default)]
struct Clients {
    who: Mutex<Option<(Engine, Call, tokio::runtime::Handle)>>,
    writes: Mutex<u64>,
}

impl Hooks for Clients {
    fn at(&self, point: Point, job: &Job) -> Verdict {
        let who = self.who.lock().unwrap().clone();
        if let (Point::BeforeCommit, "apply-app", Some((engine, call, runtime))) = (point, &*job.kind, who) {
            let mut number = self.writes.lock().unwrap();
            *number += 1;
            runtime.block_on(write(&engine, &call, *number));
        }
        Verdict::Go
    }
}

/// A contact comes, one moves, one changes and one goes; a company changes and one comes.
async fn write(engine: &Engine, call: &Call, number: u64) {
    let (companies, contacts) = (
        engine.record_entity("companies").unwrap(),
        engine.record_entity("contacts").unwrap(),
    );
    let at = id(1, number * 37 % COMPANIES);
    let pay = |pay: &str| match contacts.fields.get("pay").unwrap().kind.name() {
        "text" => json!(pay),
        _ => serde_json::from_str(pay).unwrap(),
    };
    let new = json!({"company": at, "state": "even", "pay": pay("0.25")});
    engine.create_record(call, &contacts, jsonb(&new)).await.unwrap();
    let moved = json!({ "company": id(1, number % 3), "state": "odd" });
    let some = |step: u64| id(2, (number * 3 + step) % CONTACTS);
    engine
        .update_record(call, &contacts, &some(0), jsonb(&moved))
        .await
        .ok();
    let paid = json!({ "pay": pay("1000") });
    engine
        .update_record(call, &contacts, &some(1), jsonb(&paid))
        .await
        .ok();
    engine.delete_record(call, &contacts, &some(2)).await.ok();
    let name = json!({"name": format!("n{number}")});
    engine
        .update_record(call, &companies, &at, jsonb(&name))
        .await
        .unwrap();
    let fresh = engine
        .create_record(call, &companies, jsonb(&name))
        .await
        .unwrap();
    let fresh = fresh
        .root()
        .get("id")
        .unwrap()
        .unwrap()
        .as_str()
        .unwrap()
        .unwrap()
        .into_owned();
    let new = json!({"company": fresh, "state": "odd", "pay": pay("3")});
    engine.create_record(call, &contacts, jsonb(&new)).await.unwrap();
}

async fn bed() -> (Bed, Arc<Clients>) {
    let clients = Arc::new(Clients::default());
    let bed = Bed::with(Some(Arc::clone(&clients) as Arc<dyn Hooks>)).await;
    bed.force(&plain()).await;
    bed.fill("companies", (0..COMPANIES).map(company).collect()).await;
    bed.fill("contacts", (0..CONTACTS).map(contact).collect()).await;
    let who = (
        bed.app.engine.clone(),
        bed.developer.clone(),
        tokio::runtime::Handle::current(),
    );
    *clients.who.lock().unwrap() = Some(who);
    (bed, clients)
}

async fn all(bed: &Bed, name: &str) -> Vec<Json> {
    let (engine, query) = (
        &bed.app.engine,
        ListQuery {
            size: 10_000,
            ..ListQuery::default()
        },
    );
    let entity = engine.record_entity(name).unwrap();
    let listed = engine
        .list_records(&bed.developer, &entity, &query)
        .await
        .unwrap();
    let items = listed.items.iter();
    items
        .map(|item| serde_json::from_str(&item.to_text().unwrap()).unwrap())
        .collect()
}

/// Looks whether a field of all companies is what their contacts come to.
async fn check(bed: &Bed, field: &str, of: impl Fn(&Json) -> i64) {
    let contacts = all(bed, "contacts").await;
    let companies = all(bed, "companies").await;
    assert!(companies.len() as u64 > COMPANIES, "clients wrote");
    for company in companies {
        let own = contacts
            .iter()
            .filter(|contact| contact["company"]["id"] == company["id"]);
        let wanted: i64 = own.map(&of).sum();
        let there = (company[field].as_f64().unwrap() * 100.0).round() as i64;
        assert_eq!(
            there,
            wanted * if field == "paid" { 1 } else { 100 },
            "{field} of {company}"
        );
    }
}

fn hundredths(pay: &Json) -> i64 {
    (pay.as_f64().unwrap_or(0.0) * 100.0).round() as i64
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_exact_when_the_job_ends_whatever_clients_write_meanwhile() {
    let (bed, clients) = bed().await;
    let change = bed.force(&counted("even")).await;
    let counts = change.plan.to_string();
    assert!(
        counts.contains("counts some of companies over other records"),
        "{counts}"
    );
    bed.app.run_jobs().await;
    check(&bed, "all", |_| 1).await;
    check(&bed, "some", |contact| i64::from(contact["state"] == "even")).await;
    // Another condition: what is meant as before is not counted again.
    let other = bed.force(&counted("odd")).await;
    let counts = other.plan.to_string();
    assert!(
        !counts.contains("counts all") && counts.contains("counts some"),
        "{counts}"
    );
    bed.app.run_jobs().await;
    check(&bed, "all", |_| 1).await;
    check(&bed, "some", |contact| i64::from(contact["state"] == "odd")).await;
    bed.force(&summed()).await;
    bed.app.run_jobs().await;
    check(&bed, "all", |_| 1).await;
    check(&bed, "paid", |contact| hundredths(&contact["pay"])).await;
    assert!(*clients.writes.lock().unwrap() > 12);
    assert_eq!(bed.force(&summed()).await.job, None, "nothing is left to do");
    let stored = bed.stored("companies", &id(1, 5)).await;
    assert_eq!(
        stored["version"].as_u64().unwrap(),
        versions(&bed, &id(1, 5)).await
    );
}

/// How often clients have changed a company.
async fn versions(bed: &Bed, id: &str) -> u64 {
    let (engine, query) = (
        &bed.app.engine,
        engine::records::HistoryQuery {
            size: 1000,
            ..Default::default()
        },
    );
    let entity = engine.record_entity("companies").unwrap();
    let lines = engine
        .record_history(&bed.developer, &entity, id, &query)
        .await
        .unwrap();
    lines.total - 1
}

#[tokio::test]
async fn until_they_are_counted_they_show_nothing_and_new_records_are_right_at_once() {
    let bed = Bed::new().await;
    bed.force(&plain()).await;
    bed.fill("companies", vec![company(0)]).await;
    bed.fill("contacts", (0..3).map(|number| contact(number * 3)).collect())
        .await;
    bed.force(&counted("even")).await;
    bed.create("contacts", &json!({"company": id(1, 0), "state": "odd"}))
        .await;
    let fresh = bed.create("companies", &json!({"name": "new"})).await;
    bed.create("contacts", &json!({"company": fresh, "state": "even"}))
        .await;
    assert_eq!(bed.read("companies", &id(1, 0)).await.get("all"), None);
    assert_eq!(bed.read("companies", &fresh).await["some"], 1);
    bed.app.run_jobs().await;
    assert_eq!(bed.read("companies", &id(1, 0)).await["all"], 4);
    assert_eq!(bed.read("companies", &id(1, 0)).await["some"], 2);
    assert_eq!(bed.read("companies", &fresh).await["all"], 1);
}

#[tokio::test]
async fn what_an_older_server_never_counted_is_counted_when_the_app_is_applied_again() {
    let bed = Bed::new().await;
    bed.force(&counted("even")).await;
    bed.app.run_jobs().await;
    // As it was left by one: nothing is noted in records or of the definition.
    bed.fill("companies", (0..250).map(company).collect()).await;
    bed.fill("contacts", (0..300).map(contact).collect()).await;
    let unnoted = bed.app.engine.store().write(|tx| {
        let mut state: Json = serde_json::from_str(&tx.mark("app:state")?.unwrap()).unwrap();
        state.as_object_mut().unwrap().remove("computed");
        Ok::<_, model::Error>(tx.set_mark("app:state", &state.to_string())?)
    });
    unnoted.await.unwrap();
    let again = bed.force(&counted("even")).await;
    assert!(again.plan.unfinished && again.job.is_some());
    bed.create("contacts", &json!({"company": id(1, 0), "state": "even"}))
        .await;
    bed.app.run_jobs().await;
    assert_eq!(bed.read("companies", &id(1, 0)).await["all"], 101);
    assert_eq!(bed.read("companies", &id(1, 1)).await["some"], 50);
    assert_eq!(bed.read("companies", &id(1, 249)).await["all"], 0);
    let again = bed.force(&counted("even")).await;
    assert!(!again.plan.unfinished && again.job.is_none());
}
