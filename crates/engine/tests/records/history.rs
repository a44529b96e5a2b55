//! Histories: what is told of each change, to whom, and how pages go on.

use std::time::Duration;

use engine::records::{Call, Category, HistoryQuery};
use model::{Timestamp, hex};
use serde_json::{Value as Json, json};

use crate::crm::{Crm, usual};
use crate::support::{body, code, json as tree};

/// A field that was changed, on one side.
fn side(json: Json, text: &str) -> Json {
    json!({"json": json, "text": text})
}

/// The types of events of all lines, in the order in which they are told, page by page.
async fn all(crm: &Crm, call: &Call, query: &HistoryQuery) -> Vec<String> {
    let (mut query, mut types) = (query.clone(), Vec::new());
    loop {
        let page = crm.page(call, None, &query).await.unwrap();
        let items = page.items.iter().map(tree);
        types.extend(items.map(|item| {
            let said =
                [&item["eventType"], &item["recordName"]].map(|value| value.as_str().unwrap().to_owned());
            said.join(" ")
        }));
        match page.offset {
            Some(offset) => query.after = Some(offset),
            None => {
                assert_eq!(page.total, types.len() as u64);
                return types;
            }
        }
    }
}

fn types(names: &[&str]) -> HistoryQuery {
    HistoryQuery {
        event_types: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..usual()
    }
}

#[tokio::test]
async fn the_documents_sample() {
    let crm = Crm::new().await;
    let developer = Call {
        ip: Some("::ffff:10.240.0.15".to_owned()),
        ..crm.bed.developer.clone()
    };
    let (engine, companies) = (&crm.bed.app.engine, &crm.bed.companies);
    let sent = r#"{"name":"test1","type":"a","contactInformation":{"email":"a@b.co"},"draft":"x"}"#;
    let made = engine
        .create_record(&developer, companies, body(sent))
        .await
        .unwrap();
    let made = tree(&made);
    let id = made["id"].as_str().unwrap();
    let created = made["lastUpdate"].as_i64().unwrap();
    crm.bed.app.clock.advance(Duration::from_millis(13_174));
    engine
        .update_record(&developer, companies, id, body(r#"{"type":"b"}"#))
        .await
        .unwrap();
    let number = engine
        .store()
        .write(|tx| tx.set_mark("app:number", "57").map_err(model::Error::from));
    number.await.unwrap();

    let items = crm.history(&crm.bed.developer, id).await.unwrap();
    let ids: Vec<_> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
    let seconds = hex::encode(&u32::try_from(created / 1000).unwrap().to_be_bytes());
    assert!(
        ids[1].starts_with(&seconds) && ids.iter().all(|id| id.len() == 24),
        "{ids:?}"
    );
    let shared = |id: &str, timestamp: i64, event: &str, verb: &str, old: Json, new: Json| {
        json!({
            "id": id, "entityId": "5".repeat(24), "entityName": "companies", "entityVersion": 57,
            "recordId": made["id"], "recordName": "test1", "user": "dev@example.com", "timestamp": timestamp,
            "ip": "::ffff:10.240.0.15", "eventType": event, "eventCategory": "USER",
            "contextPath": format!("entities.companies.{verb}"), "recordDeleted": null, "deletionDate": null,
            "oldRecord": old, "newRecord": new
        })
    };
    let on = |side: &str| items[0][side]["lastUpdate"]["json"].clone();
    assert_eq!(
        (on("oldRecord"), on("newRecord")),
        (json!(created), json!(created + 13_174))
    );
    let mut changed = items[0].clone();
    for side in ["oldRecord", "newRecord"] {
        changed[side].as_object_mut().unwrap().remove("lastUpdate");
    }
    let (a, b) = (side(json!("a"), "{type:a}"), side(json!("b"), "{type:b}"));
    assert_eq!(
        changed,
        shared(
            ids[0],
            created + 13_174,
            "USER_RECORD_CHANGED",
            "update",
            json!({"type": a}),
            json!({"type": b})
        )
    );
    let whole = json!({
        "name": "test1", "state": "active", "type": "a", "numberOfEmployees": null, "isCustomer": false,
        "contactInformation": {
            "phoneNumber": null, "email": "a@b.co", "pin": null,
            "id": made["contactInformation"]["id"], "label": "Contact Information"
        },
        "addresses": null, "taxId": null, "rating": null, "secret": null, "lastUpdate": created
    });
    assert_eq!(
        items[1],
        shared(ids[1], created, "USER_RECORD_CREATED", "create", json!({}), whole)
    );
}

#[tokio::test]
async fn each_type_is_told_as_it_is_answered() {
    let crm = Crm::new().await;
    let id = crm
        .bed
        .company(
            "A",
            r#","taxId":"862SKB","rating":"12345678901234567890","addresses":[{"city":"x","score":"1"}]"#,
        )
        .await;
    let sent = r#"{"taxId":null,"rating":"2","addresses":[{"city":"y"},{"city":"z","score":"3"}],"contactInformation":{"email":"a@b.co"}}"#;
    let now = crm.bed.update(&id, sent).await.unwrap();
    let line = crm.history(&crm.bed.developer, &id).await.unwrap().remove(0);
    let (old, new) = (&line["oldRecord"], &line["newRecord"]);
    assert_eq!(old["taxId"], side(json!("862-SKB"), "{taxId:862-SKB}"));
    assert_eq!(new["taxId"], side(Json::Null, "{}"));
    let rating = "12345678901234567890";
    assert_eq!(
        old["rating"],
        side(json!(rating), &format!("{{rating:{rating}}}"))
    );
    assert_eq!(new["rating"], side(json!("2"), "{rating:2}"));
    assert_eq!(old["contactInformation"], side(Json::Null, "{}"));
    assert_eq!(
        new["contactInformation"]["text"],
        "{contactInformation:{email:a@b.co}}"
    );
    let ids = [0, 1].map(|at| now["addresses"][at]["id"].clone());
    let addresses = json!([
        {"city": "y", "score": null, "id": ids[0], "label": "y"},
        {"city": "z", "score": "3", "id": ids[1], "label": "z"}
    ]);
    assert_eq!(
        new["addresses"],
        side(addresses, "{addresses:[{city:y}, {city:z, score:3}]}")
    );
    assert!(old.get("name").is_none() && old.get("~").is_none());
}

#[tokio::test]
async fn a_deletion_is_told_on_every_line() {
    let crm = Crm::new().await;
    let id = crm.bed.company("A", r#","type":"a""#).await;
    let other = crm.bed.company("B", "").await;
    crm.bed.update(&id, r#"{"type":"b"}"#).await.unwrap();
    crm.bed.app.clock.advance(Duration::from_secs(5));
    crm.delete(&id).await;
    let items = crm.history(&crm.bed.developer, &id).await.unwrap();
    let on = items[0]["timestamp"].clone();
    let dates: Vec<_> = items
        .iter()
        .map(|item| (&item["recordDeleted"], &item["deletionDate"]))
        .collect();
    assert_eq!(dates, [(&json!(true), &on); 3]);
    assert_eq!(items[0]["eventType"], "USER_RECORD_DELETED");
    assert_eq!(items[0]["contextPath"], "entities.companies.delete");
    assert_eq!(
        (&items[0]["oldRecord"]["type"], &items[0]["oldRecord"]["taxId"]),
        (&json!("b"), &Json::Null)
    );
    assert_eq!(
        (items[0]["oldRecord"].get("id"), &items[0]["newRecord"]),
        (None, &json!({}))
    );
    let other = crm.history(&crm.bed.developer, &other).await.unwrap();
    assert_eq!(
        (&other[0]["recordDeleted"], &other[0]["deletionDate"]),
        (&Json::Null, &Json::Null)
    );
}

#[tokio::test]
async fn pages_go_on_behind_a_line_and_totals_are_of_all_pages() {
    let crm = Crm::new().await;
    let developer = &crm.bed.developer;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(crm.bed.company(&number.to_string(), "").await);
    }
    let mut asked = HistoryQuery { size: 2, ..usual() };
    let first = crm.page(developer, None, &asked).await.unwrap();
    assert_eq!((first.total, first.items.len()), (5, 2));
    // A line that comes meanwhile moves no page.
    crm.bed.update(&ids[0], r#"{"type":"a"}"#).await.unwrap();
    asked.after = first.offset;
    let second = crm.page(developer, None, &asked).await.unwrap();
    let names: Vec<_> = second
        .items
        .iter()
        .map(|item| tree(item)["recordName"].clone())
        .collect();
    assert_eq!((second.total, names), (6, vec![json!("2"), json!("1")]));
    asked.after = second.offset.map(|offset| offset.to_uppercase());
    let third = crm.page(developer, None, &asked).await.unwrap();
    assert_eq!(
        (third.items.len(), &third.offset),
        (1, &Some(tree(&third.items[0])["id"].as_str().unwrap().to_owned()))
    );
    let one = HistoryQuery { size: 1, ..usual() };
    let of_one = crm.page(developer, Some(&ids[0]), &one).await.unwrap();
    assert_eq!(
        (of_one.total, tree(&of_one.items[0])["eventType"].clone()),
        (2, json!("USER_RECORD_CHANGED"))
    );
    let rest = HistoryQuery {
        after: of_one.offset,
        ..one
    };
    let rest = crm.page(developer, Some(&ids[0]), &rest).await.unwrap();
    assert_eq!(
        (rest.total, tree(&rest.items[0])["eventType"].clone()),
        (2, json!("USER_RECORD_CREATED"))
    );
    let none = crm
        .page(developer, Some(&"0".repeat(24)), &usual())
        .await
        .unwrap();
    assert_eq!((none.total, none.items.len(), none.offset), (0, 0, None));
}

#[tokio::test]
async fn lines_are_filtered_by_event_and_time() {
    let crm = Crm::new().await;
    let developer = &crm.bed.developer;
    let begin = crm.bed.app.engine.env().now().0;
    let id = crm.bed.company("A", "").await;
    for (seconds, change) in [(10, r#"{"type":"a"}"#), (20, r#"{"type":"b"}"#)] {
        crm.bed.app.clock.advance(Duration::from_secs(10));
        crm.bed.update(&id, change).await.unwrap();
        assert_eq!(crm.bed.app.engine.env().now().0, begin + seconds * 1000);
    }
    crm.delete(&id).await;
    let told = all(
        &crm,
        developer,
        &types(&["USER_RECORD_CREATED", "USER_RECORD_DELETED"]),
    )
    .await;
    assert_eq!(told, ["USER_RECORD_DELETED A", "USER_RECORD_CREATED A"]);
    let stretch = |from, to| HistoryQuery { from, to, ..usual() };
    for (from, to, many) in [
        (None, Some(begin), 1),
        (Some(begin + 1), None, 3),
        (Some(begin), Some(begin + 10_000), 2),
        (Some(begin + 5), Some(begin + 6), 0),
    ] {
        assert_eq!(
            all(&crm, developer, &stretch(from, to)).await.len(),
            many,
            "{from:?} {to:?}"
        );
    }
    let script = all(
        &crm,
        developer,
        &types(&["SCRIPT_RECORD_CHANGED", "USER_ACTION_PERFORMED"]),
    )
    .await;
    assert!(script.is_empty());
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let crm = Crm::new().await;
    let developer = &crm.bed.developer;
    assert_eq!(
        code(crm.page(developer, None, &types(&["NOTHING"])).await),
        "bad-request"
    );
    assert_eq!(
        code(crm.page(developer, Some("x"), &usual()).await),
        "bad-request"
    );
    for offset in ["1", "zzzzzzzzzzzzzzzzzzzzzzzz", &"0".repeat(24)] {
        let asked = HistoryQuery {
            after: Some(offset.to_owned()),
            ..usual()
        };
        let error = crm.page(developer, None, &asked).await.unwrap_err();
        assert_eq!(
            (error.code().as_str(), error.details()[0].field.as_str()),
            ("bad-request", "_offset")
        );
    }
    let engine = &crm.bed.app.engine;
    let contacts = engine.entity_history(developer, &crm.contacts, &usual()).await;
    assert_eq!(code(contacts), "bad-request");
}

#[tokio::test]
async fn settings_say_which_lines_are_told_and_counted() {
    let settings =
        "{userContext: {recordCreated: true, recordDeleted: true}, scriptContext: {recordChanged: true}}";
    let crm = Crm::auditing(settings).await;
    let (engine, companies) = (&crm.bed.app.engine, &crm.bed.companies);
    let id = crm.bed.company("A", "").await;
    crm.bed.update(&id, r#"{"type":"a"}"#).await.unwrap();
    for category in [Category::Script, Category::System] {
        let call = Call {
            category,
            ..crm.bed.developer.clone()
        };
        let changed = format!(r#"{{"secret":"{}"}}"#, category.as_str());
        engine
            .update_record(&call, companies, &id, body(&changed))
            .await
            .unwrap();
        let made = format!(r#"{{"name":"{}"}}"#, category.as_str());
        engine.create_record(&call, companies, body(&made)).await.unwrap();
    }
    crm.delete(&id).await;
    let told = all(&crm, &crm.bed.developer, &usual()).await;
    assert_eq!(
        told,
        [
            "USER_RECORD_DELETED A",
            "SCRIPT_RECORD_CHANGED A",
            "USER_RECORD_CREATED A"
        ]
    );
    let one = HistoryQuery { size: 1, ..usual() };
    assert_eq!(all(&crm, &crm.bed.developer, &one).await, told);
    // What is told of a change is that change, also where the one before is not told.
    let items = crm.history(&crm.bed.developer, &id).await.unwrap();
    assert_eq!(items[1]["oldRecord"]["secret"]["json"], Json::Null);
    assert!(items[1]["oldRecord"].get("type").is_none());
}

#[tokio::test]
async fn the_servers_own_changes_have_their_own_types() {
    let crm = Crm::auditing("{systemContext: true}").await;
    let id = crm.bed.company("A", "").await;
    let (engine, companies) = (&crm.bed.app.engine, &crm.bed.companies);
    let system = Call {
        category: Category::System,
        ..crm.bed.developer.clone()
    };
    engine
        .update_record(&system, companies, &id, body(r#"{"type":"a"}"#))
        .await
        .unwrap();
    let (collection, record) = (companies.collection(), id.clone());
    let rewritten = engine.store().write(move |tx| {
        let (_, stored) = tx.record_body(collection, &record)?.unwrap();
        let stamp = model::Stamp {
            origin: Some(r#"{"category":"SYSTEM","event":"SYSTEM_REFACTORING"}"#.into()),
            ..model::Stamp::new(Timestamp(7), "dev@example.com")
        };
        let put = storage::tables::records::Put {
            id: &record,
            expect: storage::tables::records::Expect::Any,
            label: "A",
            archived: false,
            tags: &[],
            body: &stored,
            stamp: &stamp,
            job: None,
        };
        tx.put_record(collection, &put).map_err(model::Error::from)
    });
    rewritten.await.unwrap();
    let told = all(&crm, &crm.bed.developer, &usual()).await;
    assert_eq!(told, ["SYSTEM_REFACTORING A", "SYSTEM_CASCADE_UPDATE A"]);
    let refactoring = types(&["SYSTEM_REFACTORING"]);
    let page = crm
        .page(&crm.bed.developer, Some(&id), &refactoring)
        .await
        .unwrap();
    let item = tree(&page.items[0]);
    assert_eq!(
        (page.total, &item["eventCategory"], &item["contextPath"]),
        (1, &json!("SYSTEM"), &Json::Null)
    );
    assert_eq!((&item["oldRecord"], &item["newRecord"]), (&json!({}), &json!({})));
}

#[tokio::test]
async fn permissions_are_asked_of_the_record_as_it_is_or_was_last() {
    let crm = Crm::new().await;
    let seller = &crm.bed.seller;
    let shown = crm.bed.company("Shown", r#","isCustomer":true"#).await;
    let other = crm.bed.company("Other", "").await;
    let hidden = crm
        .bed
        .company("Hidden", r#","isCustomer":true,"state":"pending""#)
        .await;
    assert_eq!(all(&crm, seller, &usual()).await, ["USER_RECORD_CREATED Shown"]);
    for id in [&other, &hidden] {
        assert_eq!(code(crm.page(seller, Some(id), &usual()).await), "forbidden");
    }
    // Who may look back on a record now may look back on all of it.
    crm.bed.update(&other, r#"{"isCustomer":true}"#).await.unwrap();
    assert_eq!(crm.history(seller, &other).await.unwrap().len(), 2);
    crm.bed.update(&shown, r#"{"state":"pending"}"#).await.unwrap();
    assert_eq!(
        all(&crm, seller, &usual()).await,
        ["USER_RECORD_CHANGED Other", "USER_RECORD_CREATED Other"]
    );
    crm.delete(&other).await;
    crm.delete(&hidden).await;
    assert_eq!(crm.history(seller, &other).await.unwrap().len(), 3);
    assert_eq!(code(crm.page(seller, Some(&hidden), &usual()).await), "forbidden");
    assert_eq!(
        crm.page(seller, Some(&"0".repeat(24)), &usual())
            .await
            .unwrap()
            .total,
        0
    );
}

#[tokio::test]
async fn hidden_fields_are_left_out_and_secrets_masked() {
    let crm = Crm::new().await;
    let more = r#","isCustomer":true,"rating":"1","secret":"s1","contactInformation":{"phoneNumber":"17028459380","pin":"p1"},"addresses":[{"city":"x","score":"1"}]"#;
    let id = crm.bed.company("A", more).await;
    let addresses = crm.bed.read(&crm.bed.developer, &id).await.unwrap()["addresses"][0]["id"].clone();
    let sent = json!({"rating": "2", "secret": "s2", "addresses": [{"id": addresses, "score": "2"}],
        "contactInformation": {"phoneNumber": "17028459381"}});
    crm.bed.update(&id, &sent.to_string()).await.unwrap();
    crm.bed
        .update(&id, r#"{"contactInformation":{"pin":"p2"}}"#)
        .await
        .unwrap();

    let told = crm.history(&crm.bed.seller, &id).await.unwrap();
    let names = |at: usize, side: &str| {
        let mut names: Vec<_> = told[at][side].as_object().unwrap().keys().cloned().collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(names(1, "newRecord"), "secret");
    assert_eq!(told[1]["oldRecord"]["secret"], side(json!("***"), "{secret:***}"));
    assert_eq!(told[1]["newRecord"]["secret"], side(json!("***"), "{secret:***}"));
    assert_eq!(names(0, "newRecord"), "contactInformation");
    let contact = &told[0]["newRecord"]["contactInformation"];
    assert_eq!(
        (&contact["json"]["pin"], &contact["text"]),
        (&json!("***"), &json!("{contactInformation:{pin:***}}"))
    );
    let whole = &told[2]["newRecord"];
    assert!(whole.get("rating").is_none() && whole["contactInformation"].get("phoneNumber").is_none());
    assert!(whole["addresses"][0].get("score").is_none());
    assert_eq!(
        (&whole["secret"], &whole["contactInformation"]["pin"]),
        (&json!("***"), &json!("***"))
    );

    let told = crm.history(&crm.bed.developer, &id).await.unwrap();
    let text = Json::from(told.clone()).to_string();
    assert!(
        ["s1", "s2", "p1", "p2"]
            .iter()
            .all(|secret| !text.contains(&format!("\"{secret}\""))),
        "{text}"
    );
    assert_eq!(told[1]["newRecord"]["rating"]["json"], "2");
    assert_eq!(
        told[1]["newRecord"]["contactInformation"]["json"]["phoneNumber"],
        "1-702-845-9381"
    );
}

#[tokio::test]
async fn a_change_whose_beginning_is_gone_is_told_as_a_whole() {
    let crm = Crm::new().await;
    let id = crm.bed.company("A", "").await;
    crm.bed.app.clock.advance(Duration::from_secs(10));
    let now = crm.bed.app.engine.env().now();
    crm.bed.update(&id, r#"{"type":"a"}"#).await.unwrap();
    let collection = crm.bed.companies.collection();
    let pruned = crm
        .bed
        .app
        .engine
        .store()
        .write(move |tx| tx.prune_history(collection, now, 100).map_err(model::Error::from));
    assert_eq!(pruned.await.unwrap(), 1);
    let items = crm.history(&crm.bed.developer, &id).await.unwrap();
    assert_eq!((items.len(), &items[0]["oldRecord"]), (1, &json!({})));
    assert_eq!(
        (&items[0]["newRecord"]["name"], &items[0]["newRecord"]["type"]),
        (&json!("A"), &json!("a"))
    );
}
