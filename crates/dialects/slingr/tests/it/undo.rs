//! What jobs did to records, taken back: everything as it was, or named as a conflict.

use serde_json::{Value, json};

use crate::imports::imported;
use crate::support::{Crm, Who, app_of, error, id, scrubbed, upload};

const COMPANIES: &str = "
name: companies
recordLabel: fields/name
auditLogs: true
fields:
  - {name: name, type: text, required: always, unique: true, indexable: true}
  - {name: size, type: integer, indexable: true}
  - {name: parent, type: relationship, typeRules: {entity: companies}}
  - {name: logo, type: fileUpload}
actions:
  - {name: grow, type: oneRecord, actions: js/grow, executeInBackground: true}
  - {name: twice, type: oneRecord, actions: js/twice, executeInBackground: true}
  - {name: replace, type: oneRecord, actions: js/replace, executeInBackground: true}
  - {name: found, type: global, actions: js/found, executeInBackground: true}
";

const FUNCTIONS: &str = "
function grow(record) {
  record.field('size').val((record.field('size').val() || 0) + 1);
  record.field('name').val(record.field('name').val() + '!');
  sys.data.save(record);
}
function twice(record) { grow(record); grow(record); }
function replace(record) {
  var name = record.field('name').val(), fresh = sys.data.createRecord('companies');
  sys.data.remove(record);
  fresh.field('name').val(name);
  sys.data.save(fresh);
}
function found() {
  var one = sys.data.createRecord('companies');
  one.field('name').val('one');
  sys.data.save(one);
  var two = sys.data.createRecord('companies');
  two.field('name').val('two');
  two.field('parent').val({id: one.id()});
  sys.data.save(two);
  one.field('parent').val({id: two.id()});
  sys.data.save(one);
}
";

const CONTACTS: &str = "
name: contacts
recordLabel: fields/name
auditLogs: true
fields:
  - {name: name, type: text, indexable: true}
  - {name: company, type: relationship, typeRules: {entity: companies, deletePolicy: remove}}
";

const NOTES: &str = "
name: notes
recordLabel: fields/text
auditLogs: true
fields:
  - {name: text, type: text, indexable: true}
  - {name: company, type: relationship, typeRules: {entity: companies, deletePolicy: delete}}
";

const LOOSE: &str = "
name: loose
recordLabel: fields/text
fields:
  - {name: text, type: text, indexable: true}
";

const SALES: &str = "
name: sales
label: Sales
security: {restApiPermissions: {allowDataApi: true, allowJobsApi: true}}
entityPermissions:
  - {entity: companies, read: always, create: never, update: always, delete: always,
     actions: [{action: grow, permission: always}]}
";

async fn bed() -> Crm {
    app_of(&[
        ("entities/companies.yaml", COMPANIES),
        ("entities/companies.js", FUNCTIONS),
        ("entities/contacts.yaml", CONTACTS),
        ("entities/notes.yaml", NOTES),
        ("entities/loose.yaml", LOOSE),
        ("groups/sales.yaml", SALES),
    ])
    .await
}

async fn make(crm: &Crm, entity: &str, body: Value) -> String {
    id(&crm
        .expect(Who::Developer, 200, "POST", &format!("/data/{entity}"), body)
        .await)
}

async fn read(crm: &Crm, entity: &str, id: &str) -> Value {
    crm.get(&format!("/data/{entity}/{id}")).await
}

/// A record without its version.
async fn content(crm: &Crm, entity: &str, id: &str) -> Value {
    let mut record = read(crm, entity, id).await;
    record.as_object_mut().unwrap().remove("version");
    record
}

/// Asks for a job and runs everything to its end; the job as it is then.
async fn job(crm: &Crm, who: Who, method: &str, path: &str) -> Value {
    let answer = crm.expect(who, 200, method, path, json!({})).await;
    crm.app.run_jobs().await;
    let id = answer["jobId"].as_str().unwrap_or_else(|| panic!("{answer}"));
    crm.get(&format!("/status/jobs/{id}")).await
}

async fn undone(crm: &Crm, of: &Value) -> Value {
    job(crm, Who::Developer, "PUT", &undo_of(of)).await
}

fn undo_of(job: &Value) -> String {
    format!("/status/jobs/{}/undo", id(job))
}

fn restored(count: u64) -> Value {
    json!({ "recordsRestored": count, "conflicts": 0, "conflictingRecords": {} })
}

#[tokio::test]
async fn what_was_deleted_comes_back_with_all_that_went_with_it() {
    let crm = bed().await;
    let company = make(&crm, "companies", json!({ "name": "A", "size": 3 })).await;
    let contact = make(
        &crm,
        "contacts",
        json!({ "name": "c", "company": { "id": company } }),
    )
    .await;
    let note = make(
        &crm,
        "notes",
        json!({ "text": "n", "company": { "id": company } }),
    )
    .await;
    let before = [
        content(&crm, "companies", &company).await,
        content(&crm, "contacts", &contact).await,
        content(&crm, "notes", &note).await,
    ];
    let gone = job(
        &crm,
        Who::Developer,
        "DELETE",
        "/data/companies?name=A&_async=true",
    )
    .await;
    assert_eq!(crm.get("/data/notes").await["total"], 0);
    assert_eq!(read(&crm, "contacts", &contact).await["company"], Value::Null);
    let undo = undone(&crm, &gone).await;
    assert_eq!(undo["results"], restored(3));
    assert_eq!(
        (&undo["type"], &undo["hasErrors"], &undo["data"]["undoneJobId"]),
        (&json!("UNDO_JOB"), &json!(false), &gone["id"])
    );
    let after = [
        content(&crm, "companies", &company).await,
        content(&crm, "contacts", &contact).await,
        content(&crm, "notes", &note).await,
    ];
    assert_eq!(after, before);
    assert_eq!(read(&crm, "companies", &company).await["version"], 0);
    assert_eq!(read(&crm, "contacts", &contact).await["version"], 2);
    let again = undone(&crm, &gone).await;
    assert_eq!(
        again["results"],
        restored(0),
        "a second time there is nothing to do"
    );
    assert_eq!(read(&crm, "contacts", &contact).await["version"], 2);
    let history = crm.get(&format!("/data/companies/{company}/history")).await;
    let line = &history["items"][0];
    assert_eq!(
        (&line["eventType"], &line["contextPath"], &line["user"]),
        (
            &json!("USER_RECORD_CREATED"),
            &json!(format!("jobs.{}.undo", id(&gone))),
            &json!(Who::Developer.email())
        )
    );
}

#[tokio::test]
async fn what_was_changed_since_is_a_conflict_and_all_else_is_as_it_was() {
    let crm = bed().await;
    let mut companies = Vec::new();
    for name in ["A", "B", "C"] {
        companies.push(make(&crm, "companies", json!({ "name": name, "size": 1 })).await);
    }
    let contact = make(
        &crm,
        "contacts",
        json!({ "name": "c", "company": { "id": companies[1] } }),
    )
    .await;
    let acted = job(&crm, Who::Developer, "PUT", "/data/companies/twice").await;
    assert_eq!(read(&crm, "contacts", &contact).await["company"]["label"], "B!!");
    let path = format!("/data/companies/{}", companies[0]);
    crm.expect(Who::Developer, 200, "PUT", &path, json!({ "size": 9 }))
        .await;
    crm.expect(
        Who::Developer,
        200,
        "DELETE",
        &format!("/data/companies/{}", companies[2]),
        Value::Null,
    )
    .await;
    let undo = undone(&crm, &acted).await;
    let why = "it was changed since then";
    let named = |version: Value| {
        json!({
            "entity": "companies", "event": "updated", "jobVersion": 2, "version": version, "error": why,
        })
    };
    let mut conflicts = serde_json::Map::new();
    conflicts.insert(companies[0].clone(), named(json!(3)));
    conflicts.insert(companies[2].clone(), named(Value::Null));
    let results = &undo["results"];
    assert_eq!(
        (&results["conflicts"], &undo["hasErrors"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(results["conflictingRecords"], Value::Object(conflicts));
    let back = read(&crm, "companies", &companies[1]).await;
    assert_eq!(
        (&back["name"], &back["size"], &back["version"]),
        (&json!("B"), &json!(1), &json!(3))
    );
    assert_eq!(read(&crm, "contacts", &contact).await["company"]["label"], "B");
    assert_eq!(read(&crm, "companies", &companies[0]).await["size"], 9);
    let logs = crm
        .get(&format!("/status/jobs/{}/logs?level=ERROR", id(&undo)))
        .await;
    let line = format!("record {} of companies stays as it is: {why}", companies[0]);
    let lines = logs["items"].as_array().unwrap();
    assert!(
        lines.iter().any(|said| said["message"] == line.as_str()),
        "{logs}"
    );
    assert_eq!(undone(&crm, &acted).await["results"]["recordsRestored"], 0);
}

#[tokio::test]
async fn what_was_made_goes_unless_somebody_refers_to_it() {
    let crm = bed().await;
    let old = make(&crm, "companies", json!({ "name": "A", "size": 1 })).await;
    let csv = "name,size\nA,7\nB,8\nC,9\n";
    let import = imported(&crm, "companies", "", csv).await;
    let found = crm.get("/data/companies?name=C").await;
    let kept = id(&found["items"][0]);
    let contact = make(
        &crm,
        "contacts",
        json!({ "name": "c", "company": { "id": kept } }),
    )
    .await;
    let undo = undone(&crm, &import).await;
    let conflict = &undo["results"]["conflictingRecords"][&kept];
    assert_eq!(conflict["error"], "records of contacts refer to it");
    assert_eq!(
        (&conflict["event"], &conflict["version"]),
        (&json!("created"), &json!(0))
    );
    assert_eq!(undo["results"]["recordsRestored"], 2);
    assert_eq!(read(&crm, "companies", &old).await["size"], 1);
    let all = crm.get("/data/companies?_sortField=name&_sortType=asc").await;
    let names: Vec<_> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].clone())
        .collect();
    assert_eq!(names, ["A", "C"]);
    assert_eq!(read(&crm, "contacts", &contact).await["company"]["label"], "C");
    crm.expect(
        Who::Developer,
        200,
        "DELETE",
        &format!("/data/contacts/{contact}"),
        Value::Null,
    )
    .await;
    assert_eq!(
        undone(&crm, &import).await["results"],
        restored(1),
        "nothing is in the way now"
    );
}

#[tokio::test]
async fn what_stands_in_the_way_may_go_by_the_same_job() {
    let crm = bed().await;
    let old = make(&crm, "companies", json!({ "name": "A", "size": 5 })).await;
    let replaced = job(&crm, Who::Developer, "PUT", "/data/companies/replace").await;
    assert_ne!(id(&crm.get("/data/companies").await["items"][0]), old);
    assert_eq!(undone(&crm, &replaced).await["results"], restored(2));
    let all = crm.get("/data/companies").await;
    assert_eq!(
        (&all["total"], &all["items"][0]["id"], &all["items"][0]["size"]),
        (&json!(1), &json!(old), &json!(5))
    );
    let found = job(&crm, Who::Developer, "PUT", "/data/companies/found").await;
    assert_eq!(crm.get("/data/companies").await["total"], 3);
    assert_eq!(
        undone(&crm, &found).await["results"],
        restored(2),
        "they refer to one another"
    );
    let gone = {
        job(&crm, Who::Developer, "PUT", "/data/companies/found").await;
        job(&crm, Who::Developer, "DELETE", "/data/companies?_async=true").await
    };
    assert_eq!(undone(&crm, &gone).await["results"], restored(3));
    let all = crm.get("/data/companies?_sortField=name&_sortType=asc").await;
    let parents: Vec<_> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["parent"]["label"].clone())
        .collect();
    assert_eq!(parents, [Value::Null, json!("two"), json!("one")]);
}

#[tokio::test]
async fn values_that_were_taken_and_references_to_nothing_are_conflicts() {
    let crm = bed().await;
    let parent = make(&crm, "companies", json!({ "name": "P" })).await;
    let child = make(
        &crm,
        "companies",
        json!({ "name": "A", "parent": { "id": parent } }),
    )
    .await;
    let gone = job(
        &crm,
        Who::Developer,
        "DELETE",
        "/data/companies?name=A&_async=true",
    )
    .await;
    let taker = make(&crm, "companies", json!({ "name": "A" })).await;
    let conflict = async || {
        let undo = undone(&crm, &gone).await;
        assert_eq!(undo["results"]["recordsRestored"], 0);
        undo["results"]["conflictingRecords"][&child].clone()
    };
    let taken = conflict().await;
    assert_eq!(
        (&taken["event"], &taken["jobVersion"], &taken["error"]),
        (
            &json!("deleted"),
            &Value::Null,
            &json!("another record has what must be its own: name")
        )
    );
    for other in [&taker, &parent] {
        crm.expect(
            Who::Developer,
            200,
            "DELETE",
            &format!("/data/companies/{other}"),
            Value::Null,
        )
        .await;
    }
    let lost = conflict().await;
    assert_eq!(
        lost["error"],
        format!("it refers to a record of companies that is not there: {parent}")
    );
}

#[tokio::test]
async fn files_are_held_again() {
    let crm = bed().await;
    let file = upload(&crm, Who::Developer, "logo.txt").await;
    let company = make(&crm, "companies", json!({ "name": "A", "logo": { "id": file } })).await;
    let gone = job(&crm, Who::Developer, "DELETE", "/data/companies?_async=true").await;
    let path = format!("/data/companies/{company}/files/{file}");
    assert_eq!(
        crm.call(Who::Developer, "GET", &path, Value::Null)
            .await
            .status
            .as_u16(),
        404
    );
    assert_eq!(undone(&crm, &gone).await["results"], restored(1));
    assert_eq!(
        crm.call(Who::Developer, "GET", &path, Value::Null)
            .await
            .status
            .as_u16(),
        200
    );
}

#[tokio::test]
async fn what_cannot_be_undone_is_refused() {
    let crm = bed().await;
    let company = make(&crm, "companies", json!({ "name": "A" })).await;
    let refused = async |who: Who, status: u16, job: &Value| {
        let answer = crm.expect(who, status, "PUT", &undo_of(job), Value::Null).await;
        let (code, message) = error(&answer);
        (code.to_owned(), message.replace(&id(job), "<job>"))
    };
    let told = |code: &str, message: &str| (code.to_owned(), message.to_owned());
    let waiting = crm
        .expect(Who::Seller, 200, "PUT", "/data/companies/grow", json!({}))
        .await;
    let waiting = json!({ "id": waiting["jobId"] });
    assert_eq!(
        refused(Who::Seller, 400, &waiting).await,
        told(
            "badRequest",
            "job <job> is pending; only one that has ended can be undone"
        )
    );
    crm.app.run_jobs().await;
    assert_eq!(read(&crm, "companies", &company).await["name"], "A!");
    let export = job(&crm, Who::Developer, "PUT", "/data/companies/export").await;
    assert_eq!(
        refused(Who::Developer, 400, &export).await,
        told(
            "badRequest",
            "job <job> is of a kind that cannot be undone: export-records"
        )
    );
    assert_eq!(
        refused(Who::Seller, 403, &export).await.0,
        "forbidden",
        "a job of somebody else's"
    );
    let undo = undone(&crm, &waiting).await;
    assert_eq!(undo["results"], restored(1));
    assert_eq!(
        refused(Who::Developer, 400, &undo).await.1,
        "job <job> is of a kind that cannot be undone: undo-job"
    );
    make(&crm, "loose", json!({ "text": "x" })).await;
    let loose = job(&crm, Who::Developer, "DELETE", "/data/loose?_async=true").await;
    assert_eq!(
        refused(Who::Developer, 400, &loose).await,
        told("badRequest", "job <job> cannot be undone: loose keeps no history")
    );
    let sold = crm
        .expect(
            Who::Seller,
            200,
            "DELETE",
            "/data/companies?_async=true",
            Value::Null,
        )
        .await;
    crm.app.run_jobs().await;
    let sold = json!({ "id": sold["jobId"] });
    assert_eq!(
        refused(Who::Seller, 403, &sold).await,
        told(
            "forbidden",
            "you may not create this record, or any, of companies"
        )
    );
    let path = format!("/status/jobs/{}/undo", "0".repeat(24));
    let unknown = crm.expect(Who::Developer, 404, "PUT", &path, Value::Null).await;
    assert_eq!(scrubbed(&unknown)["code"], "notFound");
}

/// Takes the oldest lines of a history away, up to a number.
async fn prune(crm: &Crm, entity: &'static str, lines: u64) {
    let pruned = crm.app.engine.store().write(move |tx| {
        let collection = tx.collection(&format!("app:{entity}"))?;
        let collection = collection.expect("the entity was defined").id;
        let all = model::Timestamp(i64::MAX);
        Ok::<_, model::Error>(tx.prune_history(collection, all, lines)?)
    });
    assert_eq!(pruned.await.unwrap(), lines);
}

#[tokio::test]
async fn a_history_that_is_gone_is_not_guessed() {
    let crm = bed().await;
    let mut companies = Vec::new();
    for name in ["A", "B"] {
        companies.push(make(&crm, "companies", json!({ "name": name, "size": 1 })).await);
    }
    // The job is younger than what is pruned first.
    crm.app.clock.advance(std::time::Duration::from_secs(1));
    let acted = job(&crm, Who::Developer, "PUT", "/data/companies/grow").await;
    prune(&crm, "companies", 1).await;
    let undo = undone(&crm, &acted).await;
    assert_eq!(undo["results"]["recordsRestored"], 1, "{undo}");
    let path = format!("/data/companies/{}", companies[0]);
    assert_eq!(
        undo["results"]["conflictingRecords"][&companies[0]]["error"],
        "the history does not tell any more what it was before"
    );
    assert_eq!(crm.get(&path).await["size"], 2);
    prune(&crm, "companies", 2).await;
    let refused = crm
        .expect(Who::Developer, 400, "PUT", &undo_of(&acted), Value::Null)
        .await;
    let (code, message) = error(&refused);
    assert_eq!(code, "badRequest");
    assert!(
        message.ends_with("the history of companies does not go back as far any more"),
        "{message}"
    );
}

#[tokio::test]
async fn references_say_what_is_true_now() {
    let crm = bed().await;
    let company = make(&crm, "companies", json!({ "name": "A" })).await;
    let contact = make(
        &crm,
        "contacts",
        json!({ "name": "c", "company": { "id": company } }),
    )
    .await;
    let gone = job(&crm, Who::Developer, "DELETE", "/data/contacts?_async=true").await;
    let path = format!("/data/companies/{company}");
    crm.expect(Who::Developer, 200, "PUT", &path, json!({ "name": "Z" }))
        .await;
    assert_eq!(undone(&crm, &gone).await["results"], restored(1));
    let back = read(&crm, "contacts", &contact).await;
    assert_eq!(
        (&back["name"], &back["company"]["label"]),
        (&json!("c"), &json!("Z"))
    );
}
