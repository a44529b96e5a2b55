//! Projects, and what a change of them does to who sees what.

use crate::support::{Bed, Item, complaint, tags};

#[tokio::test]
async fn admins_keep_projects() {
    let bed = Bed::new().await;
    let engine = &bed.app.engine;
    bed.project(" b ", &[("Code", "B")]).await;
    bed.project("a", &[]).await;
    let again = engine.create_project(&bed.admin, "a", vec![]).await;
    assert_eq!(complaint(again), ("already-exists", "name".to_owned()));
    for bad in ["", " ", "a\nb", &"x".repeat(256)] {
        let refused = engine.create_project(&bed.admin, bad, vec![]).await;
        assert_eq!(complaint(refused), ("bad-value", "name".to_owned()), "{bad:?}");
    }
    let names = |projects: Vec<engine::entities::Project>| -> Vec<_> {
        projects
            .into_iter()
            .map(|project| (project.name, project.tags))
            .collect()
    };
    let listed = names(engine.projects(&bed.admin).await.unwrap());
    assert_eq!(
        listed,
        [("a".to_owned(), vec![]), ("b".to_owned(), tags(&[("code", "b")]))]
    );
    engine
        .set_project_tags(&bed.admin, "a", tags(&[("x", "y")]))
        .await
        .unwrap();
    engine.delete_project(&bed.admin, "b").await.unwrap();
    let listed = names(engine.projects(&bed.admin).await.unwrap());
    assert_eq!(listed, [("a".to_owned(), tags(&[("x", "y")]))]);
    assert_eq!(
        complaint(engine.delete_project(&bed.admin, "b").await).0,
        "not-found"
    );
    assert_eq!(
        complaint(engine.set_project_tags(&bed.admin, "b", vec![]).await).0,
        "not-found"
    );
}

#[tokio::test]
async fn others_do_not() {
    let bed = Bed::new().await;
    let engine = &bed.app.engine;
    bed.project("a", &[]).await;
    let (ann, _) = bed.user("ann@example.com", &["a"]).await;
    let forbidden = ("forbidden", String::new());
    assert_eq!(
        complaint(engine.create_project(&ann, "b", vec![]).await),
        forbidden
    );
    assert_eq!(complaint(engine.projects(&ann).await), forbidden);
    assert_eq!(
        complaint(engine.set_project_tags(&ann, "a", vec![]).await),
        forbidden
    );
    assert_eq!(complaint(engine.delete_project(&ann, "a").await), forbidden);
    let join = engine
        .set_user_projects(&ann, "ann@example.com", vec!["z".to_owned()])
        .await;
    assert_eq!(complaint(join), forbidden);
}

#[tokio::test]
async fn a_change_of_projects_counts_at_once() {
    let bed = Bed::new().await;
    let engine = &bed.app.engine;
    bed.project("red", &[("code", "r")]).await;
    let (_, token) = bed.user("ann@example.com", &["red"]).await;
    let red = bed.tagged(&bed.admin, &[("code", "r")]).await.unwrap();
    let sees = async || {
        let ann = engine.authenticate(&token).await.unwrap();
        engine.entity(&ann, Item, red.guid).await.is_ok()
    };
    assert!(sees().await);
    engine
        .set_project_tags(&bed.admin, "red", tags(&[("code", "s")]))
        .await
        .unwrap();
    assert!(!sees().await);
    engine
        .set_project_tags(&bed.admin, "red", tags(&[("code", "r")]))
        .await
        .unwrap();
    assert!(sees().await);
    // The clock stands still, so the token is still in the cache of tokens; a store that others may change is asked all the
    // same.
    assert_eq!(
        engine.known_caller(&token).is_some(),
        engine.store().is_exclusive()
    );
    engine
        .set_user_projects(&bed.admin, "Ann@example.com", vec![])
        .await
        .unwrap();
    assert!(!sees().await);
    engine
        .set_user_projects(&bed.admin, "ann@example.com", vec!["red".to_owned()])
        .await
        .unwrap();
    assert!(sees().await);
    engine.delete_project(&bed.admin, "red").await.unwrap();
    assert!(!sees().await);
    let nobody = engine
        .set_user_projects(&bed.admin, "nobody@example.com", vec![])
        .await;
    assert_eq!(complaint(nobody).0, "not-found");
}
