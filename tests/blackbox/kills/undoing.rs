//! The undoing of a deletion and what followed from it: some records cannot come back, nor can those that need them, and
//! some were changed since.

use serde_json::{Value as Json, json};

use super::folder::{Folder, id};
use super::{Case, Watch};
use crate::support::Server;

/// A link to each tenth item.
const APART: u64 = 10;
const ROW: u64 = 100;
/// Every so many items, which begin a row, has its name taken by another one since.
const TAKEN: u64 = 500;
const DATA: &str = "/prod/runtime/api/data";

const DEFINITION: &[(&str, &str)] = &[
    (
        "entities/items.yaml",
        "name: items\nlabel: Items\nrecordLabel: fields/name\nauditLogs: true\nfields:\n  \
         - {name: name, label: Name, type: text, unique: true, indexable: true}\n  \
         - {name: state, label: State, type: text, indexable: true}\n  \
         - {name: before, label: Before, type: relationship, typeRules: {entity: items}}\n",
    ),
    (
        "entities/links.yaml",
        "name: links\nlabel: Links\nauditLogs: true\nfields:\n  \
         - {name: text, label: Text, type: text}\n  \
         - {name: item, label: Item, type: relationship, typeRules: {entity: items, deletePolicy: remove}}\n",
    ),
];

/// On PostgreSQL it takes longer, and there are fewer kills.
fn items() -> u64 {
    if testdb::on_postgres() { 500 } else { 1_500 }
}

fn name(number: u64) -> String {
    format!("item {number}")
}

fn reference(number: u64) -> Json {
    json!({"id": id(1, number), "label": name(number)})
}

/// All but the last of each row are to be deleted; each refers to the one before, the first to the last.
fn item(number: u64) -> Json {
    let state = if number % ROW == ROW - 1 { "closed" } else { "open" };
    let before = reference((number + items() - 1) % items());
    json!({"id": id(1, number), "version": 0, "label": name(number), "name": name(number), "state": state, "before": before})
}

fn link(number: u64) -> Json {
    let link = id(2, number);
    json!({"id": link, "version": 0, "label": link, "item": reference(number * APART)})
}

fn ask(server: &Server, method: &str, path: &str, body: &Json) -> Json {
    let token = server.token_of("admin@example.com");
    let request = server.request(method, path).token(Some(&token));
    let answer = match body {
        Json::Null => request.send(),
        body => request
            .header("content-type", "application/json")
            .body(body.to_string())
            .send(),
    };
    assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
    answer.json()
}

/// The deletion done, then some names taken and some links changed; the id of the deletion.
fn deleted(folder: &Folder) -> String {
    let app = folder.app();
    let server = Server::start(&folder.data(), &["--app", app.to_str().unwrap()]);
    let path = format!("{DATA}/items?_async=true&state=open");
    let job = ask(&server, "DELETE", &path, &Json::Null);
    Watch::new(&folder.data()).until_over();
    for number in (0..items()).step_by(usize::try_from(TAKEN).unwrap()) {
        ask(
            &server,
            "POST",
            &format!("{DATA}/items"),
            &json!({ "name": name(number) }),
        );
        let link = format!("{DATA}/links/{}", id(2, number / APART));
        ask(&server, "PUT", &link, &json!({ "text": "changed since" }));
    }
    assert!(server.terminate().success());
    job["jobId"].as_str().unwrap().to_owned()
}

#[test]
fn an_undoing_killed_again_and_again_ends_as_if_never_disturbed() {
    let folder = Folder::new(
        DEFINITION,
        vec![
            ("items", (0..items()).map(item).collect()),
            ("links", (0..items() / APART).map(link).collect()),
        ],
    );
    let job = deleted(&folder);
    let path = format!("/api/status/jobs/{job}/undo");
    // The rows that these would begin do not come back, and so the links into them do not either.
    let taken = items() / TAKEN;
    let lost = taken * (ROW - 1);
    Case {
        base: &folder.data(),
        app: &folder.app(),
        request: &|server| drop(ask(server, "PUT", &path, &Json::Null)),
        queries: &[
            ("items?_size=100", items() - lost + taken),
            ("items?name=item%200", 1),
            ("items?name=item%201", 0),
            ("items?name=item%20198", 1),
            ("links?item=empty()&_size=100", taken * ROW / APART),
        ],
    }
    .holds();
}
