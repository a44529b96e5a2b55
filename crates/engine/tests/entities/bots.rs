//! Bots act with the rights of their user, and in their own name.

use serde_json::json;

use crate::support::{Bed, Bot, Item, complaint, json, new};

fn bot() -> engine::entities::NewEntity {
    new(r#"{"name":"b","config":{"queue_name":"q"}}"#, "{}", &[])
}

#[tokio::test]
async fn a_bot_has_a_token_of_its_own() {
    let bed = Bed::new().await;
    bed.project("red", &[("code", "r")]).await;
    let (ann, _) = bed.user("ann@example.com", &["red"]).await;
    let engine = &bed.app.engine;
    let (made, secret) = engine.create_bot(&ann, bot()).await.unwrap();
    let actor = engine.authenticate(&secret).await.unwrap();
    assert_eq!(
        (actor.bot, actor.user, actor.guid),
        (Some(made.guid), ann.user, ann.guid)
    );
    // It sees what its user sees.
    let red = bed.tagged(&bed.admin, &[("code", "r")]).await.unwrap();
    let blue = bed.tagged(&bed.admin, &[("code", "b")]).await.unwrap();
    assert!(engine.entity(&actor, Item, red.guid).await.is_ok());
    assert!(engine.entity(&actor, Item, blue.guid).await.is_err());
    // What it does is its own doing.
    let item = engine
        .create_entity(&actor, Item, new("{}", "{}", &[]))
        .await
        .unwrap();
    let by = json!({ "guid": { "$uuid": made.guid.simple().to_string() }, "entity": "bot" });
    assert_eq!(json(&item)["info"]["created"]["by"], by);
    assert_eq!(json(&made)["info"]["created"]["by"]["email"], "ann@example.com");
    let again = engine.create_bot(&actor, bot()).await;
    assert_eq!(complaint(again).0, "forbidden");
}

#[tokio::test]
async fn the_token_goes_with_the_bot() {
    let bed = Bed::new().await;
    let engine = &bed.app.engine;
    let (one, first) = engine.create_bot(&bed.admin, bot()).await.unwrap();
    let (_, second) = engine.create_bot(&bed.admin, bot()).await.unwrap();
    assert!(engine.authenticate(&first).await.is_ok());
    engine.delete_entity(&bed.admin, Bot, one.guid).await.unwrap();
    assert_eq!(complaint(engine.authenticate(&first).await).0, "unauthenticated");
    assert!(engine.authenticate(&second).await.is_ok());
}

#[tokio::test]
async fn the_token_goes_with_the_user() {
    let bed = Bed::new().await;
    let engine = &bed.app.engine;
    let (ann, _) = bed.user("ann@example.com", &[]).await;
    let (made, secret) = engine.create_bot(&ann, bot()).await.unwrap();
    engine.delete_user(&bed.admin, "ann@example.com").await.unwrap();
    assert_eq!(complaint(engine.authenticate(&secret).await).0, "unauthenticated");
    assert_eq!(engine.entity(&bed.admin, Bot, made.guid).await.unwrap(), made);
}

#[tokio::test]
async fn a_bot_that_is_refused_has_no_token() {
    let bed = Bed::new().await;
    let refused = bed
        .app
        .engine
        .create_bot(&bed.admin, new(r#"{"name":"b"}"#, "{}", &[]))
        .await;
    assert_eq!(complaint(refused), ("missing-field", "config".to_owned()));
}
