//! Jobs that carry a changed label, and then a deletion, over to 5,000 records, and on to those that refer to them.

use serde_json::{Value as Json, json};

use super::Case;
use super::folder::{Folder, id};
use crate::support::Server;

const CONTACTS: u64 = 5_000;
const NOTES: u64 = 200;

const DEFINITION: &[(&str, &str)] = &[
    (
        "entities/companies.yaml",
        "name: companies\nlabel: Companies\nrecordLabel: fields/name\nauditLogs: true\nfields:\n  \
         - {name: name, label: Name, type: text, unique: true}\n  \
         - {name: kind, label: Kind, type: text}\n",
    ),
    (
        "entities/contacts.yaml",
        "name: contacts\nlabel: Contacts\nrecordLabel: fields/company\nauditLogs: true\nfields:\n  \
         - {name: company, label: Company, type: relationship, \
         typeRules: {entity: companies, copiedFields: [kind], deletePolicy: remove}}\n  \
         - {name: boss, label: Boss, type: relationship, typeRules: {entity: companies, deletePolicy: delete}}\n",
    ),
    (
        "entities/notes.yaml",
        "name: notes\nlabel: Notes\nauditLogs: true\nfields:\n  \
         - {name: about, label: About, type: relationship, typeRules: {entity: contacts, deletePolicy: delete}}\n",
    ),
];

fn company(number: u64, name: &str) -> Json {
    json!({"id": id(1, number), "version": 0, "label": name, "name": name, "kind": "k"})
}

/// One half works for the company that is changed, the other half has it as its boss.
fn contact(number: u64) -> Json {
    let reference = |number, name| json!({"id": id(1, number), "label": name, "kind": "k"});
    let contact = id(2, number);
    match number % 2 {
        0 => json!({"id": contact, "version": 0, "label": "Old", "company": reference(0, "Old")}),
        _ => json!({
            "id": contact, "version": 0, "label": "Other", "company": reference(1, "Other"),
            "boss": {"id": id(1, 0), "label": "Old"}
        }),
    }
}

fn note(number: u64) -> Json {
    let contact = number * (CONTACTS / NOTES);
    let label = if contact.is_multiple_of(2) { "Old" } else { "Other" };
    let (note, about) = (id(3, number), json!({"id": id(2, contact), "label": label}));
    json!({"id": note, "version": 0, "label": note, "about": about})
}

fn folder() -> Folder {
    let companies = vec![company(0, "Old"), company(1, "Other")];
    let contacts = (0..CONTACTS).map(contact).collect();
    let notes = (0..NOTES).map(note).collect();
    let records = vec![("companies", companies), ("contacts", contacts), ("notes", notes)];
    Folder::new(DEFINITION, records)
}

fn send(server: &Server, method: &str, body: &str) {
    let path = format!("/prod/runtime/api/data/companies/{}", id(1, 0));
    let request = server
        .request(method, &path)
        .header("content-type", "application/json");
    let answer = request.body(body).send();
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn a_changed_label_killed_twenty_times_reaches_every_reference_once() {
    let folder = folder();
    let end = Case {
        base: &folder.data(),
        app: &folder.app(),
        request: &|server| send(server, "PUT", r#"{"name":"New","kind":"l"}"#),
        queries: &[
            ("contacts?company=New&_size=100", CONTACTS / 2),
            ("contacts?company.kind=l", CONTACTS / 2),
            ("contacts?company=Old", 0),
            ("contacts?boss=New&_size=100", CONTACTS / 2),
            ("notes?about=New&_size=100", NOTES / 2),
            ("notes?about=Other", NOTES / 2),
        ],
    }
    .holds();
    let jobs = format!("kinds of jobs: {} lines", 1 + NOTES / 2);
    assert!(end.iter().any(|line| line.starts_with(&jobs)), "{end:?}");
}

#[test]
fn a_deletion_with_cascades_killed_twenty_times_ends_as_if_never_disturbed() {
    let folder = folder();
    let end = Case {
        base: &folder.data(),
        app: &folder.app(),
        request: &|server| send(server, "DELETE", ""),
        queries: &[
            ("companies", 1),
            ("contacts?_size=100", CONTACTS / 2),
            ("contacts?company=empty()", CONTACTS / 2),
            ("contacts?boss=notEmpty()", 0),
            ("notes?_size=100", NOTES / 2),
            ("notes?about=Old", 0),
        ],
    }
    .holds();
    let jobs = format!("kinds of jobs: {} lines", 1 + NOTES);
    assert!(end.iter().any(|line| line.starts_with(&jobs)), "{end:?}");
}
