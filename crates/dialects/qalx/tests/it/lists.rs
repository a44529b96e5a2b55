//! Lists: pages, queries, order and parts; and aggregates.

use serde_json::{Value, json};

use crate::support::{app, expect, get, guid, make};

async fn items(app: &testkit::TestApp, count: i64) -> Vec<Value> {
    let mut made = Vec::new();
    for n in 0..count {
        let body = json!({ "data": { "n": n, "even": n % 2 == 0 }, "meta": { "owner": { "name": format!("o{}", n % 3) } } });
        made.push(make(app, "item", body).await);
    }
    made
}

fn numbers(list: &Value) -> Vec<i64> {
    let data = list["data"].as_array().unwrap();
    data.iter()
        .map(|item| item["data"]["n"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn pages_lead_to_each_other() {
    let app = app().await;
    items(&app, 60).await;
    let mut path = "item?query=%7B%7D&sort=data__n&unpack=True".to_owned();
    let mut seen = Vec::new();
    for (skip, count) in [(0, 25), (25, 25), (50, 10)] {
        let list = get(&app, &path).await;
        assert_eq!(
            (
                &list["query"]["skip"],
                &list["query"]["limit"],
                &list["query"]["count"]
            ),
            (&json!(skip), &json!(25), &json!(60))
        );
        assert_eq!(
            (&list["query"]["filter"], &list["query"]["sort"]),
            (&json!("{}"), &json!("data__n"))
        );
        assert_eq!(list["data"].as_array().unwrap().len(), count);
        seen.extend(numbers(&list));
        let back = if skip == 0 {
            Value::Null
        } else {
            json!(format!(
                "item?skip={}&limit=25&query=%7B%7D&sort=data__n&unpack=True",
                skip - 25
            ))
        };
        assert_eq!(list["query"]["previous"], back);
        path = list["query"]["next"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!((path.as_str(), seen), ("", (0..60).collect()));
    let hundred = get(&app, "item?skip=0&limit=100").await;
    assert_eq!(hundred["data"].as_array().unwrap().len(), 60);
    let beyond = get(&app, "item?skip=1000").await;
    assert_eq!(
        (
            &beyond["data"],
            &beyond["query"]["next"],
            &beyond["query"]["filter"]
        ),
        (&json!([]), &Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn the_order_is_that_of_the_parameters() {
    let app = app().await;
    items(&app, 6).await;
    for (sort, expected) in [
        ("sort=-data__n", vec![5, 4, 3, 2, 1, 0]),
        ("sort=meta__owner__name&sort=-data__n", vec![3, 0, 4, 1, 5, 2]),
        ("sort=-meta__owner__name&sort=data__n", vec![2, 5, 1, 4, 0, 3]),
        ("sort=created&sort=data__n", vec![0, 1, 2, 3, 4, 5]),
        ("sort=data.even&sort=data.n", vec![1, 3, 5, 0, 2, 4]),
    ] {
        assert_eq!(
            numbers(&get(&app, &format!("item?{sort}")).await),
            expected,
            "{sort}"
        );
    }
}

/// The queries that the client makes by itself.
#[tokio::test]
async fn queries_of_the_client_find_what_they_should() {
    let app = app().await;
    let made = items(&app, 3).await;
    let guids = json!({ "guid": { "$in": [made[0]["guid"], made[2]["guid"]] } });
    let tag = json!({ "tags": [] });
    let queue = make(
        &app,
        "queue",
        json!({ "name": "my queue", "parameters": {}, "tags": tag["tags"] }),
    )
    .await;
    let factory = json!({ "$uuid": "ee6a7af77650d499b8e3258a52ffdb7b" });
    let bot = json!({ "name": "b", "config": {}, "meta": { "pyqalx": { "factory_guid": factory } } });
    let bot = make(&app, "bot", bot).await;
    for (kind, query, found) in [
        ("item", guids, vec![&made[0], &made[2]]),
        (
            "item",
            json!({ "metadata.data.owner.name": "o1" }),
            vec![&made[1]],
        ),
        (
            "item",
            json!({ "metadata.data": { "owner": { "name": "o1" } } }),
            vec![&made[1]],
        ),
        ("queue", json!({ "name": "my queue" }), vec![&queue]),
        (
            "queue",
            json!({ "name": { "$in": ["my queue", "x"] } }),
            vec![&queue],
        ),
        (
            "bot",
            json!({ "metadata.data.pyqalx.factory_guid": factory }),
            vec![&bot],
        ),
        (
            "bot",
            json!({ "workers": { "$exists": true, "$not": { "$size": 0 } } }),
            vec![],
        ),
        (
            "queue",
            json!({ "$and": [{ "tags": { "$elemMatch": { "name": "a", "value": "b" } } }] }),
            vec![],
        ),
        (
            "item",
            json!({ "info.archived": false, "info.created.by.email": "user@example.com", "data.n": 2 }),
            vec![&made[2]],
        ),
    ] {
        let text: String = query
            .to_string()
            .bytes()
            .map(|byte| format!("%{byte:02x}"))
            .collect();
        let list = get(&app, &format!("{kind}?query={text}")).await;
        let guids: Vec<_> = list["data"].as_array().unwrap().iter().map(guid).collect();
        assert_eq!(guids, found.into_iter().map(guid).collect::<Vec<_>>(), "{query}");
    }
}

#[tokio::test]
async fn a_hundred_guids_fit_in_an_address() {
    let app = app().await;
    let made = items(&app, 100).await;
    let guids: Vec<_> = made.iter().map(|item| item["guid"].clone()).collect();
    let query = json!({ "guid": { "$in": guids } }).to_string();
    let text: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
    assert!(text.len() > 13_000, "{}", text.len());
    let list = get(&app, &format!("item?skip=0&limit=100&query={text}")).await;
    assert_eq!(list["data"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn parts_always_have_the_guid() {
    let app = app().await;
    let made = items(&app, 1).await.remove(0);
    let id = guid(&made);
    for path in [
        format!("item/{id}?fields=meta.owner&fields=info.created"),
        "item?fields=meta.owner&fields=info.created".to_owned(),
    ] {
        let answer = get(&app, &path).await;
        let part = if path.starts_with("item?") {
            &answer["data"][0]
        } else {
            &answer
        };
        let expected = json!({
            "guid": made["guid"], "meta": { "owner": { "name": "o0" } }, "info": { "created": made["info"]["created"] },
        });
        assert_eq!(*part, expected, "{path}");
    }
    let set = make(&app, "set", json!({ "items": { "a": id, "b": id } })).await;
    let part = get(&app, &format!("set/{}?fields=items.b&unpack=True", guid(&set))).await;
    assert_eq!(
        part,
        json!({ "guid": set["guid"], "items": { "b": made["guid"] } })
    );
}

#[tokio::test]
async fn pipelines_come_in_the_body_or_in_the_address() {
    let app = app().await;
    items(&app, 6).await;
    let pipeline = json!([
        { "$match": { "data.n": { "$gte": 1 } } },
        { "$group": { "_id": "$metadata.data.owner.name", "n": { "$sum": "$data.n" } } },
        { "$sort": { "_id": 1 } },
    ]);
    let expected = json!([{ "_id": "o0", "n": 3 }, { "_id": "o1", "n": 5 }, { "_id": "o2", "n": 7 }]);
    let text: String = pipeline
        .to_string()
        .bytes()
        .map(|byte| format!("%{byte:02x}"))
        .collect();
    for (path, body) in [
        (
            "item/aggregate".to_owned(),
            json!({ "aggregate": pipeline.to_string() }),
        ),
        ("item/aggregate".to_owned(), json!({ "aggregate": pipeline })),
        (format!("item/aggregate?aggregate={text}"), Value::Null),
        (format!("item/aggregate?aggregate={text}"), json!({})),
    ] {
        let answer = expect(&app, 200, "POST", &path, body).await;
        assert_eq!(
            answer,
            json!({ "aggregate": pipeline, "data": expected }),
            "{path}"
        );
    }
    let whole = expect(&app, 200, "POST", "item/aggregate", json!({ "aggregate": "[]" })).await;
    assert_eq!(whole["data"].as_array().unwrap().len(), 6);
    assert!(whole["data"][0]["metadata"]["data"].is_object());
}
