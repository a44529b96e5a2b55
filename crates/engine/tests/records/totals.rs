//! Fields that are computed over other records: right after any change, whoever makes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::language::map::map;
use engine::records::{DeleteOptions, EntityRef, ListQuery, Selection, Shape};
use model::Error;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value as Json, json};

use crate::support::{Bed, body, code, json as tree};

const REGIONS: &str = r#"
name: regions
label: Regions
recordLabel: fields/name
auditLogs: true
fields:
  - {name: name, type: text}
  - {name: people, type: integer, valueCalculation: {aggregate: sum, entity: companies, by: region, field: contactsCount}}
"#;

const COMPANIES: &str = r#"
name: companies
label: Companies
recordLabel: fields/name
auditLogs: true
indexes:
  - {fields: [name, contactsCount]}
fields:
  - {name: contactsCount, type: integer, indexable: true, valueCalculation: {aggregate: count, entity: contacts, by: company}}
  - {name: name, type: text, indexable: true}
  - {name: region, type: relationship, typeRules: {entity: regions, deletePolicy: remove}}
  - {name: parent, type: relationship, typeRules: {entity: companies}}
  - {name: children, type: integer, valueCalculation: {aggregate: count, entity: companies, by: parent}}
  - {name: active, type: integer, valueCalculation: {aggregate: count, entity: contacts, by: company, filter: {state: active}}}
  - {name: salaries, type: bigNumber, indexable: true, valueCalculation: {aggregate: sum, entity: contacts, by: company, field: salary}}
  - {name: mean, type: decimal, typeRules: {decimals: 2}, valueCalculation: {aggregate: avg, entity: contacts, by: company, field: salary}}
  - {name: friends, type: integer, valueCalculation: {aggregate: count, entity: contacts, by: links.to}}
  - {name: points, type: integer, valueCalculation: {aggregate: sum, entity: contacts, by: company, field: links.points}}
"#;

const CONTACTS: &str = r#"
name: contacts
label: Contacts
recordLabel: fields/name
auditLogs: true
fields:
  - {name: name, type: text}
  - {name: state, type: choice, defaultValue: active, typeRules: {possibleValues: [{name: active, label: A}, {name: gone, label: G}]}}
  - {name: company, type: relationship, typeRules: {entity: companies, deletePolicy: delete}}
  - {name: salary, type: decimal}
  - name: links
    type: nestedFields
    multiplicity: many
    nestedFields:
      - {name: to, type: relationship, multiplicity: many, typeRules: {entity: companies, deletePolicy: remove}}
      - {name: points, type: integer}
"#;

const FILES: &[(&str, &str)] = &[
    ("entities/regions.yaml", REGIONS),
    ("entities/companies.yaml", COMPANIES),
    ("entities/contacts.yaml", CONTACTS),
    ("groups/sales.yaml", "name: sales\nlabel: Sales\n"),
];

/// The fields of companies that are computed.
const COMPUTED: &[&str] = &[
    "contactsCount",
    "children",
    "active",
    "salaries",
    "mean",
    "friends",
    "points",
];

fn entity(bed: &Bed, name: &str) -> EntityRef {
    bed.app.engine.record_entity(name).unwrap()
}

async fn make(bed: &Bed, name: &str, text: &str) -> String {
    let entity = entity(bed, name);
    let made = bed.app.engine.create_record(&bed.developer, &entity, body(text));
    tree(&made.await.unwrap())["id"].as_str().unwrap().to_owned()
}

async fn change(bed: &Bed, name: &str, id: &str, text: &str) -> Result<Json, Error> {
    let engine = &bed.app.engine;
    let changed = engine
        .update_record(&bed.developer, &entity(bed, name), id, body(text))
        .await?;
    Ok(tree(&changed))
}

async fn delete(bed: &Bed, name: &str, id: &str) {
    let engine = &bed.app.engine;
    engine
        .delete_record(&bed.developer, &entity(bed, name), id)
        .await
        .unwrap();
}

async fn read(bed: &Bed, name: &str, id: &str) -> Json {
    let (engine, shape) = (&bed.app.engine, Shape::default());
    let read = engine
        .read_record(&bed.developer, &entity(bed, name), id, &shape)
        .await;
    tree(&read.unwrap())
}

/// These fields of a company.
async fn fields<const N: usize>(bed: &Bed, id: &str, names: [&str; N]) -> [Json; N] {
    let read = read(bed, "companies", id).await;
    names.map(|name| read[name].clone())
}

async fn all(bed: &Bed, name: &str) -> Vec<Json> {
    let query = ListQuery {
        size: 1000,
        ..ListQuery::default()
    };
    let entity = entity(bed, name);
    let listed = bed.app.engine.list_records(&bed.developer, &entity, &query);
    listed.await.unwrap().items.iter().map(tree).collect()
}

/// A number in thousandths.
fn thousandths(value: &Json) -> i64 {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = format!("{fraction:0<3}");
    let sign = if text.starts_with('-') { -1 } else { 1 };
    whole.parse::<i64>().unwrap() * 1000 + sign * fraction[..3].parse::<i64>().unwrap()
}

fn refers(reference: &Json, id: &Json) -> bool {
    match reference {
        Json::Array(list) => list.iter().any(|one| refers(one, id)),
        one => one["id"] == *id,
    }
}

/// What a company's fields must be, from all records, as plainly as it can be said.
fn expected(company: &Json, companies: &[Json], contacts: &[Json]) -> BTreeMap<&'static str, Json> {
    let id = &company["id"];
    let own: Vec<&Json> = contacts
        .iter()
        .filter(|contact| refers(&contact["company"], id))
        .collect();
    let links = |contact: &Json| contact["links"].as_array().cloned().unwrap_or_default();
    let salaries: Vec<i64> = own
        .iter()
        .filter(|contact| !contact["salary"].is_null())
        .map(|contact| thousandths(&contact["salary"]))
        .collect();
    let (sum, count) = (salaries.iter().sum::<i64>(), salaries.len() as i64);
    // Hundredths, halves away from zero.
    let mean = (count > 0).then(|| {
        let (number, by) = (sum.abs(), 10 * count);
        sum.signum() * ((2 * number + by) / (2 * by)) * 10
    });
    let points = own.iter().flat_map(|contact| links(contact));
    let points: i64 = points.filter_map(|link| link["points"].as_i64()).sum();
    let friends = contacts
        .iter()
        .filter(|contact| links(contact).iter().any(|link| refers(&link["to"], id)));
    let children = companies.iter().filter(|company| refers(&company["parent"], id));
    let active = own
        .iter()
        .filter(|contact| contact["state"]["name"] == "active" || contact["state"] == "active");
    BTreeMap::from([
        ("contactsCount", json!(own.len())),
        ("children", json!(children.count())),
        ("active", json!(active.count())),
        ("salaries", json!(sum)),
        ("mean", json!(mean)),
        ("friends", json!(friends.count())),
        ("points", json!(points)),
    ])
}

/// Looks whether every field is what it must be.
async fn check(bed: &Bed) {
    let (companies, contacts) = (all(bed, "companies").await, all(bed, "contacts").await);
    for company in &companies {
        for (name, wanted) in expected(company, &companies, &contacts) {
            let there = match name {
                "salaries" | "mean" if !company[name].is_null() => json!(thousandths(&company[name])),
                _ => company[name].clone(),
            };
            assert_eq!(there, wanted, "{name} of {company}");
        }
    }
    for region in all(bed, "regions").await {
        let there = companies
            .iter()
            .filter(|company| refers(&company["region"], &region["id"]));
        let people: i64 = there
            .map(|company| company["contactsCount"].as_i64().unwrap())
            .sum();
        assert_eq!(region["people"], json!(people), "{region}");
    }
    for (number, company) in companies.iter().enumerate().take(3) {
        for field in ["contactsCount", "salaries"] {
            let filter = map(body(&json!({ field: company[field] }).to_string()).root()).unwrap();
            let query = ListQuery {
                filter: Some(filter),
                size: 1000,
                ..ListQuery::default()
            };
            let found = bed.list(&bed.developer, &query).await.unwrap();
            let wanted = companies.iter().filter(|other| other[field] == company[field]);
            assert_eq!(found.total, wanted.count() as u64, "{field} of {number}");
        }
    }
}

#[tokio::test]
async fn a_new_record_has_them_and_they_follow_at_once() {
    let bed = Bed::of(FILES).await;
    let region = make(&bed, "regions", r#"{"name":"R"}"#).await;
    let made = bed
        .create(&format!(r#"{{"name":"A","region":"{region}"}}"#))
        .await
        .unwrap();
    let shown: Vec<&Json> = COMPUTED.iter().map(|name| &made[*name]).collect();
    assert_eq!(json!(shown), json!([0, 0, 0, "0", null, 0, 0]));
    let id = made["id"].as_str().unwrap();
    let sent = format!(
        r#"{{"company":"{id}","salary":0.1,"links":[{{"to":["{id}","{id}"],"points":2}},{{"points":3}}]}}"#
    );
    let contact = make(&bed, "contacts", &sent).await;
    make(
        &bed,
        "contacts",
        &format!(r#"{{"company":"{id}","salary":0.2,"state":"gone"}}"#),
    )
    .await;
    make(&bed, "contacts", &format!(r#"{{"company":"{id}"}}"#)).await;
    let names = ["contactsCount", "active", "salaries", "mean", "friends", "points"];
    assert_eq!(
        json!(fields(&bed, id, names).await),
        json!([3, 2, "0.3", 0.15, 1, 5])
    );
    assert_eq!(read(&bed, "regions", &region).await["people"], 3);
    change(&bed, "contacts", &contact, r#"{"company":null,"salary":7}"#)
        .await
        .unwrap();
    assert_eq!(
        json!(fields(&bed, id, names).await),
        json!([2, 1, "0.2", 0.2, 1, 0])
    );
    delete(&bed, "contacts", &contact).await;
    assert_eq!(json!(fields(&bed, id, ["friends"]).await), json!([0]));
    check(&bed).await;
}

#[tokio::test]
async fn it_is_no_change_of_the_record() {
    let bed = Bed::of(FILES).await;
    let id = bed.company("A", "").await;
    let before = read(&bed, "companies", &id).await;
    make(&bed, "contacts", &format!(r#"{{"company":"{id}"}}"#)).await;
    let after = read(&bed, "companies", &id).await;
    assert_eq!(
        (&after["version"], &after["contactsCount"]),
        (&before["version"], &json!(1))
    );
    // Who edits it is not overtaken, and what he sends of such fields counts for nothing.
    let sent = r#"{"version":0,"name":"B","contactsCount":77}"#;
    let changed = bed.update(&id, sent).await.unwrap();
    assert_eq!(
        (&changed["version"], &changed["contactsCount"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(code(bed.update(&id, sent).await), "version-conflict");
    make(&bed, "contacts", &format!(r#"{{"company":"{id}"}}"#)).await;
    bed.update(&id, r#"{"name":"C"}"#).await.unwrap();
    let query = engine::records::HistoryQuery {
        size: 100,
        ..Default::default()
    };
    let lines = bed
        .app
        .engine
        .record_history(&bed.developer, &bed.companies, &id, &query)
        .await
        .unwrap();
    let told: Vec<Json> = lines
        .items
        .iter()
        .map(|line| tree(line)["newRecord"].clone())
        .collect();
    assert_eq!(told.len(), 3);
    assert_eq!(told[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["name"]);
    check(&bed).await;
}

#[tokio::test]
async fn records_may_refer_to_themselves_and_to_nothing() {
    let bed = Bed::of(FILES).await;
    let id = bed.company("A", "").await;
    let own = bed.update(&id, &format!(r#"{{"parent":"{id}"}}"#)).await.unwrap();
    assert_eq!(own["children"], 1);
    let other = bed.company("B", &format!(r#","parent":"{id}""#)).await;
    assert_eq!(fields(&bed, &id, ["children"]).await, [json!(2)]);
    // Those that refer to what is gone keep their references, and change on.
    delete(&bed, "companies", &id).await;
    change(&bed, "companies", &other, r#"{"parent":null}"#)
        .await
        .unwrap();
    check(&bed).await;
}

#[tokio::test]
async fn cascades_and_jobs_that_delete_are_followed() {
    let bed = Bed::of(FILES).await;
    let region = make(&bed, "regions", r#"{"name":"R"}"#).await;
    let one = bed.company("A", &format!(r#","region":"{region}""#)).await;
    let two = bed.company("B", &format!(r#","region":"{region}""#)).await;
    for number in 0..30 {
        let link = format!(r#"{{"company":"{one}","salary":{number}.5,"links":[{{"to":["{two}"]}}]}}"#);
        make(&bed, "contacts", &link).await;
    }
    assert_eq!(fields(&bed, &two, ["friends"]).await, [json!(30)]);
    delete(&bed, "companies", &one).await;
    bed.app.run_jobs().await;
    assert_eq!(fields(&bed, &two, ["friends"]).await, [json!(0)]);
    assert_eq!(read(&bed, "regions", &region).await["people"], 0);
    for number in 0..30 {
        make(
            &bed,
            "contacts",
            &format!(r#"{{"name":"{number}","company":"{two}","salary":{number}.25}}"#),
        )
        .await;
    }
    assert_eq!(read(&bed, "regions", &region).await["people"], 30);
    let filter = map(body(r#"{"salary":"less(20)"}"#).root()).unwrap();
    let which = Selection::Filter(Some(filter));
    let contacts = entity(&bed, "contacts");
    let options = DeleteOptions::default();
    bed.app
        .engine
        .delete_records(&bed.developer, &contacts, &which, options)
        .await
        .unwrap();
    bed.app.run_jobs().await;
    assert_eq!(
        json!(fields(&bed, &two, ["contactsCount", "salaries"]).await),
        json!([10, "247.5"])
    );
    delete(&bed, "regions", &region).await;
    bed.app.run_jobs().await;
    check(&bed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_are_all_counted() {
    let bed = Arc::new(Bed::of(FILES).await);
    let id = bed.company("A", "").await;
    let barrier = Arc::new(tokio::sync::Barrier::new(50));
    let clients: Vec<_> = (0..50)
        .map(|number| {
            let (bed, id, barrier) = (Arc::clone(&bed), id.clone(), Arc::clone(&barrier));
            tokio::spawn(async move {
                barrier.wait().await;
                let made = make(
                    &bed,
                    "contacts",
                    &format!(r#"{{"company":"{id}","salary":{number}.01}}"#),
                )
                .await;
                match number % 5 {
                    0 => delete(&bed, "contacts", &made).await,
                    // Those who edit the company meanwhile are not in each other's way with that.
                    1 => drop(
                        bed.update(&id, &format!(r#"{{"name":"N{number}"}}"#))
                            .await
                            .unwrap(),
                    ),
                    _ => {}
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    assert_eq!(fields(&bed, &id, ["contactsCount"]).await, [json!(40)]);
    check(&bed).await;
}

#[derive(Clone, Debug)]
enum Op {
    Company(Option<usize>, Option<usize>),
    Contact(Option<usize>, i32, Option<usize>, bool),
    Move(usize, Option<usize>),
    Pay(usize, Option<i32>),
    State(usize, bool),
    Link(usize, Vec<usize>, i32),
    Region(usize, Option<usize>),
    Parent(usize, usize),
    DeleteContact(usize),
    DeleteCompany(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let some = || proptest::option::weighted(0.8, 0..6_usize);
    prop_oneof![
        2 => (some(), some()).prop_map(|(region, parent)| Op::Company(region, parent)),
        6 => (some(), -99_999..99_999_i32, some(), any::<bool>())
            .prop_map(|(company, pay, link, active)| Op::Contact(company, pay, link, active)),
        3 => (0..20_usize, some()).prop_map(|(contact, company)| Op::Move(contact, company)),
        3 => (0..20_usize, proptest::option::of(-99_999..99_999_i32)).prop_map(|(contact, pay)| Op::Pay(contact, pay)),
        2 => (0..20_usize, any::<bool>()).prop_map(|(contact, active)| Op::State(contact, active)),
        2 => (0..20_usize, proptest::collection::vec(0..6_usize, 0..3), -9..9)
            .prop_map(|(contact, to, points)| Op::Link(contact, to, points)),
        1 => (0..6_usize, some()).prop_map(|(company, region)| Op::Region(company, region)),
        1 => (0..6_usize, 0..6_usize).prop_map(|(company, parent)| Op::Parent(company, parent)),
        2 => (0..20_usize).prop_map(Op::DeleteContact),
        1 => (0..6_usize).prop_map(Op::DeleteCompany),
    ]
}

/// The records that operations are about.
struct World<'b> {
    bed: &'b Bed,
    regions: Vec<String>,
}

async fn ids(bed: &Bed, name: &str) -> Vec<String> {
    let all = all(bed, name).await;
    all.iter()
        .map(|record| record["id"].as_str().unwrap().to_owned())
        .collect()
}

fn pick(list: &[String], number: usize) -> Option<&String> {
    list.get(number % list.len().max(1))
}

fn pay(thousandths: i32) -> Json {
    serde_json::from_str(&format!(
        "{}{}.{:03}",
        if thousandths < 0 { "-" } else { "" },
        thousandths.abs() / 1000,
        thousandths.abs() % 1000
    ))
    .unwrap()
}

impl World<'_> {
    async fn carry_out(&self, op: &Op) {
        let (companies, contacts) = (ids(self.bed, "companies").await, ids(self.bed, "contacts").await);
        let company = |number: &usize| pick(&companies, *number);
        let contact = |number: &usize| pick(&contacts, *number);
        let region = |number: &usize| pick(&self.regions, *number);
        let state = |active: bool| if active { "active" } else { "gone" };
        let (entity, id, sent) = match op {
            Op::Company(at, parent) => {
                let (at, parent) = (at.as_ref().and_then(region), parent.as_ref().and_then(company));
                (
                    "companies",
                    None,
                    json!({"name": "C", "region": at, "parent": parent}),
                )
            }
            Op::Contact(at, thousandths, link, active) => {
                let links = json!([{"to": link.as_ref().and_then(company).into_iter().collect::<Vec<_>>()}]);
                let at = at.as_ref().and_then(company);
                let sent = json!({"company": at, "salary": pay(*thousandths), "state": state(*active), "links": links});
                ("contacts", None, sent)
            }
            Op::Move(which, at) => (
                "contacts",
                contact(which),
                json!({"company": at.as_ref().and_then(company)}),
            ),
            Op::Pay(which, thousandths) => (
                "contacts",
                contact(which),
                json!({"salary": thousandths.map(pay)}),
            ),
            Op::State(which, active) => ("contacts", contact(which), json!({"state": state(*active)})),
            Op::Link(which, to, points) => {
                let to: Vec<_> = to.iter().filter_map(company).collect();
                let links = json!([{"to": to, "points": points}, {"points": 1}]);
                ("contacts", contact(which), json!({ "links": links }))
            }
            Op::Region(which, at) => (
                "companies",
                company(which),
                json!({"region": at.as_ref().and_then(region)}),
            ),
            Op::Parent(which, parent) => ("companies", company(which), json!({"parent": company(parent)})),
            Op::DeleteContact(which) => return self.delete("contacts", contact(which)).await,
            Op::DeleteCompany(which) => return self.delete("companies", company(which)).await,
        };
        let creates = matches!(op, Op::Company(..) | Op::Contact(..));
        match id {
            // A reference that leads nowhere any more is told of; everything stays as it is then.
            Some(id) => drop(change(self.bed, entity, id, &sent.to_string()).await),
            None if creates => drop(make(self.bed, entity, &sent.to_string()).await),
            None => {}
        }
    }

    async fn delete(&self, name: &str, id: Option<&String>) {
        if let Some(id) = id {
            delete(self.bed, name, id).await;
            self.bed.app.run_jobs().await;
        }
    }
}

#[test]
fn any_changes_leave_them_right() {
    let cases = if std::env::var("STOCKYARD_TEST_STORE").is_ok() {
        4
    } else {
        16
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config::with_cases(cases));
    let strategy = proptest::collection::vec(op(), 1..40);
    let outcome = runner.run(&strategy, |ops| {
        runtime.block_on(async {
            let bed = Bed::of(FILES).await;
            let mut regions = Vec::new();
            for name in ["R", "S"] {
                regions.push(make(&bed, "regions", &format!(r#"{{"name":"{name}"}}"#)).await);
            }
            let world = World { bed: &bed, regions };
            for op in &ops {
                world.carry_out(op).await;
                check(&bed).await;
            }
        });
        Ok(())
    });
    outcome.unwrap();
}
