//! References in bodies: what they lead to, what is kept of it, and what is refused.

use serde_json::json;

use crate::support::{Bed, body, faults};

#[tokio::test]
async fn a_record_is_found_by_id_label_or_lookup() {
    let bed = Bed::new().await;
    let more = r#","state":"active","type":"t","taxId":"862SKB","contact":{"email":"a@b.co"}"#;
    let id = bed.company("Top", more).await;
    let wanted = json!({"id": id, "label": "Top", "type": "t", "contact": {"email": "a@b.co"}});
    let spellings = [
        format!("\"{id}\""),
        "\"Top\"".to_owned(),
        "\"862-SKB\"".to_owned(),
        format!("{{\"id\":\"{id}\",\"label\":\"anything\"}}"),
        "{\"label\":\"Top\"}".to_owned(),
        "{\"taxId\":\"862SKB\"}".to_owned(),
    ];
    for (number, spelling) in spellings.iter().enumerate() {
        let made = bed
            .create(&format!(r#"{{"name":"n{number}","parent":{spelling}}}"#))
            .await
            .unwrap();
        assert_eq!(made["parent"], wanted, "{spelling}");
    }
}

#[tokio::test]
async fn what_breaks_the_filter_or_is_not_there_is_refused() {
    let bed = Bed::new().await;
    bed.company("Asleep", "").await;
    let item = |code: &str, rejected: &str| ("parent".to_owned(), code.to_owned(), Some(rejected.to_owned()));
    let told = faults(bed.create(r#"{"name":"n","parent":"Asleep"}"#).await);
    assert_eq!(told, [item("invalid", "Asleep")]);
    let told = faults(bed.create(r#"{"name":"n","parent":"Nobody"}"#).await);
    assert_eq!(told, [item("notFound", "Nobody")]);
}

#[tokio::test]
async fn a_record_that_the_caller_may_not_read_is_refused() {
    let bed = Bed::new().await;
    bed.company("Asleep", "").await;
    let sent = body(r#"{"name":"n","parent":"Asleep"}"#);
    let refused = bed
        .app
        .engine
        .create_record(&bed.seller, &bed.companies, sent)
        .await;
    assert_eq!(faults(refused)[0].1, "invalid");
}

#[tokio::test]
async fn a_reference_that_leads_nowhere_any_more_keeps_the_record_from_being_saved() {
    let bed = Bed::new().await;
    let top = bed.company("Top", r#","state":"active""#).await;
    let id = bed.company("Below", r#","parent":"Top""#).await;
    bed.app
        .engine
        .delete_record(&bed.developer, &bed.companies, &top)
        .await
        .unwrap();
    assert_eq!(
        faults(bed.update(&id, r#"{"employees":1}"#).await)[0].1,
        "notFound"
    );
    assert!(bed.update(&id, r#"{"employees":1,"parent":null}"#).await.is_ok());
}
