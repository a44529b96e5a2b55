//! Changing and deleting records.

use std::sync::Arc;

use serde_json::json;

use crate::support::{Bed, body, code, faults};

#[tokio::test]
async fn what_is_left_out_stays_and_null_takes_away() {
    let bed = Bed::new().await;
    let id = bed
        .company(
            "A",
            r#","type":"t","contact":{"email":"a@b.co","phone":"17028459380"},"tags":["x"]"#,
        )
        .await;
    let changed = bed
        .update(
            &id,
            r#"{"type":null,"contact":{"email":"c@d.co"},"tags":[],"isCustomer":null}"#,
        )
        .await
        .unwrap();
    assert_eq!((&changed["version"], &changed["name"]), (&json!(1), &json!("A")));
    assert!(changed.get("type").is_none() && changed.get("tags").is_none());
    assert_eq!(
        (&changed["contact"]["email"], &changed["isCustomer"]),
        (&json!("c@d.co"), &json!(false))
    );
    assert!(changed["contact"]["phone"].is_string());
    let cleared = bed.update(&id, r#"{"contact":null}"#).await.unwrap();
    assert!(cleared.get("contact").is_none());
    assert_eq!(faults(bed.update(&id, r#"{"name":null}"#).await)[0].1, "required");
}

#[tokio::test]
async fn nested_values_are_matched_by_their_ids() {
    let bed = Bed::new().await;
    let id = bed
        .company(
            "A",
            r#","addresses":[{"city":"a","zip":"11111"},{"city":"b","zip":"22222"},{"city":"c"}]"#,
        )
        .await;
    let stored = bed.read(&bed.developer, &id).await.unwrap();
    let ids: Vec<_> = (0..3)
        .map(|at| stored["addresses"][at]["id"].as_str().unwrap())
        .collect();
    let sent = format!(
        r#"{{"addresses":[{{"id":"{}","city":"B"}},{{"city":"new"}},{{"id":"{}","zip":null}}]}}"#,
        ids[1], ids[0]
    );
    let mut changed = bed.update(&id, &sent).await.unwrap();
    let fresh = changed["addresses"][1]["id"].take();
    assert!(!ids.contains(&fresh.as_str().unwrap()));
    assert_eq!(
        changed["addresses"],
        json!([{"id": ids[1], "label": "B", "city": "B", "zip": "22222"}, {"id": null, "label": "new", "city": "new"},
            {"id": ids[0], "label": "a", "city": "a"}])
    );
}

#[tokio::test]
async fn a_change_of_nothing_makes_no_version() {
    let bed = Bed::new().await;
    let id = bed
        .company("A", r#","tags":["x"],"contact":{"email":"a@b.co"}"#)
        .await;
    let before = bed.read(&bed.developer, &id).await.unwrap();
    bed.app.clock.advance(std::time::Duration::from_secs(9));
    assert_eq!(bed.update(&id, &before.to_string()).await.unwrap(), before);
    let changed = bed.update(&id, r#"{"tags":["y"]}"#).await.unwrap();
    assert_eq!(changed["version"], 1);
    assert_eq!(
        changed["touched"].as_i64().unwrap() - before["made"].as_i64().unwrap(),
        9000
    );
}

#[tokio::test]
async fn an_older_version_is_refused_and_none_is_the_last_word() {
    let bed = Bed::new().await;
    let id = bed.company("A", "").await;
    bed.update(&id, r#"{"version":0,"type":"b"}"#).await.unwrap();
    assert_eq!(
        code(bed.update(&id, r#"{"version":0,"type":"c"}"#).await),
        "version-conflict"
    );
    assert_eq!(
        faults(bed.update(&id, r#"{"version":"x"}"#).await)[0].0,
        "version"
    );
    assert_eq!(bed.update(&id, r#"{"type":"c"}"#).await.unwrap()["version"], 2);
    assert_eq!(code(bed.update(&"0".repeat(24), "{}").await), "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_writers_leave_no_gap() {
    let bed = Arc::new(Bed::new().await);
    let id = bed.company("A", "").await;
    let writers = (1..=50).map(|number| {
        let (bed, id) = (Arc::clone(&bed), id.clone());
        tokio::spawn(async move { bed.update(&id, &format!(r#"{{"employees":{number}}}"#)).await })
    });
    let mut versions = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        versions.push(writer.await.unwrap().unwrap()["version"].as_u64().unwrap());
    }
    versions.sort_unstable();
    assert_eq!(versions, (1..=50).collect::<Vec<_>>());
}

#[tokio::test]
async fn deleting_answers_what_was() {
    let bed = Bed::new().await;
    let id = bed.company("A", "").await;
    let was = bed.read(&bed.developer, &id).await.unwrap();
    let engine = &bed.app.engine;
    let deleted = engine
        .delete_record(&bed.developer, &bed.companies, &id)
        .await
        .unwrap();
    assert_eq!(crate::support::json(&deleted), was);
    assert_eq!(code(bed.read(&bed.developer, &id).await), "not-found");
    let again = engine.delete_record(&bed.developer, &bed.companies, &id).await;
    assert_eq!(code(again), "not-found");
}

#[tokio::test]
async fn permissions_decide_which_records_and_which_fields() {
    let bed = Bed::new().await;
    let hidden = bed.company("Hidden", "").await;
    let more = r#","state":"active","type":"u","rating":"1","employees":3,"contact":{"email":"a@b.co","phone":"17028459380"}"#;
    let shown = bed.company("Shown", more).await;
    assert_eq!(code(bed.read(&bed.seller, &hidden).await), "forbidden");
    let seen = bed.read(&bed.seller, &shown).await.unwrap();
    assert!(seen.get("rating").is_none() && seen["contact"].get("phone").is_none());
    assert_eq!(
        (&seen["employees"], &seen["contact"]["email"]),
        (&json!(3), &json!("a@b.co"))
    );
    let engine = &bed.app.engine;
    let sent = body(r#"{"employees":9,"rating":"9","type":"v","contact":{"phone":"1"}}"#);
    engine
        .update_record(&bed.seller, &bed.companies, &shown, sent)
        .await
        .unwrap();
    let now = bed.read(&bed.developer, &shown).await.unwrap();
    assert_eq!(
        (&now["employees"], &now["type"], &now["rating"]),
        (&json!(3), &json!("v"), &json!("1"))
    );
    bed.update(&shown, r#"{"isCustomer":true}"#).await.unwrap();
    let refused = engine
        .update_record(&bed.seller, &bed.companies, &shown, body("{}"))
        .await;
    assert_eq!(code(refused), "forbidden");
    let refused = engine.delete_record(&bed.seller, &bed.companies, &shown).await;
    assert_eq!(code(refused), "forbidden");
}
