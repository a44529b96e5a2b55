//! A job that deletes most of 20,000 records by a query: some may not be deleted, and some are referred to.

use serde_json::{Value as Json, json};

use super::Case;
use super::folder::{Folder, id};
use crate::support::{Server, stockyard};

const ITEMS: u64 = 20_000;
const LINKS: u64 = 200;
const KEEPER: &str = "keeper@example.com";

const DEFINITION: &[(&str, &str)] = &[
    (
        "entities/items.yaml",
        "name: items\nlabel: Items\nrecordLabel: fields/name\nauditLogs: true\nfields:\n  \
         - {name: name, label: Name, type: text, indexable: true}\n  \
         - {name: state, label: State, type: text, indexable: true}\n  \
         - {name: locked, label: Locked, type: boolean}\n",
    ),
    (
        "entities/links.yaml",
        "name: links\nlabel: Links\nauditLogs: true\nfields:\n  \
         - {name: item, label: Item, type: relationship, typeRules: {entity: items, deletePolicy: remove}}\n",
    ),
    (
        "groups/keepers.yaml",
        "name: keepers\nlabel: Keepers\nentityPermissions:\n  \
         - {entity: items, read: always, delete: {locked: false}}\n",
    ),
];

/// Every tenth is closed, every fiftieth of the others locked.
fn item(number: u64) -> Json {
    let state = if number % 10 == 9 { "closed" } else { "open" };
    let (name, locked) = (format!("item {number}"), number.is_multiple_of(50));
    json!({"id": id(1, number), "version": 0, "label": name, "name": name, "state": state, "locked": locked})
}

fn link(number: u64) -> Json {
    let item = number * (ITEMS / LINKS);
    let (link, to) = (
        id(2, number),
        json!({"id": id(1, item), "label": format!("item {item}")}),
    );
    json!({"id": link, "version": 0, "label": link, "item": to})
}

#[test]
fn a_deletion_by_query_killed_twenty_times_ends_as_if_never_disturbed() {
    let items = (0..ITEMS).map(item).collect();
    let links = (0..LINKS).map(|number| {
        let mut link = link(number);
        // Those of the round numbers are locked, so the next one is taken.
        link["item"]["id"] = id(1, number * (ITEMS / LINKS) + 1).into();
        link
    });
    let folder = Folder::new(DEFINITION, vec![("items", items), ("links", links.collect())]);
    let data = folder.data();
    let create = [
        "user",
        "create",
        "--name",
        "Keeper",
        "--password",
        "keeper-of-items-1",
    ];
    let more = [
        "--email",
        KEEPER,
        "--group",
        "keepers",
        "--data-dir",
        data.to_str().unwrap(),
    ];
    stockyard(&[&create[..], &more].concat()).ok();
    let request = |server: &Server| {
        let token = server.token_of(KEEPER);
        let path = "/prod/runtime/api/data/items?_async=true&state=open";
        let answer = server.request("DELETE", path).token(Some(&token)).send();
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.json()["jobId"].is_string(), "{}", answer.text());
    };
    let end = Case {
        base: &data,
        app: &folder.app(),
        request: &request,
        queries: &[
            ("items?_size=100", ITEMS / 10 + ITEMS / 50),
            ("items?state=closed&_size=100", ITEMS / 10),
            ("items?state=open&_size=100", ITEMS / 50),
            ("items?name=item%2050", 1),
            ("items?name=item%2051", 0),
            ("links?item=empty()&_size=100", LINKS),
        ],
    }
    .holds();
    assert!(
        end.iter()
            .any(|line| line.starts_with("kinds of jobs: 201 lines")),
        "{end:?}"
    );
    assert!(
        end.iter().any(|line| line.starts_with("items: 18000 lines")),
        "{end:?}"
    );
}
