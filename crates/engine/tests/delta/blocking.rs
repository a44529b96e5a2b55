//! What a failure does to the operations behind it, and what a flush does to that.

use engine::FailureMode;
use model::job::Status;

use super::bed::{ALL, Bed, How, end, file, op};

fn set(id: &str, value: &str) -> String {
    op(
        "replace-article-feature",
        &format!(r#"{{"F_1":"{id}","F_2":"{value}"}}"#),
    )
}

fn add(id: &str) -> String {
    op("add-article", &format!(r#"{{"F_1":"{id}"}}"#))
}

#[tokio::test]
async fn a_failure_blocks_its_article_in_this_file_and_later_ones_until_a_flush() {
    let bed = Bed::new().await;
    let first = bed.run("one", file(&[set("7", "a"), add("7"), add("8")])).await;
    assert_eq!(end(&first), (Status::Finished, 3, 2));
    let second = bed.run("two", file(&[add("7"), set("8", "b")])).await;
    assert_eq!(end(&second), (Status::Finished, 2, 1));
    let missing = "Trying to add feature to an existing article, but the article does not exist: 7";
    let blocked = "Blocked by an earlier failed operation on article 7 (job 1)";
    assert_eq!(bed.errors().await, [missing, blocked, blocked]);
    assert_eq!(
        bed.article("8").await.as_deref(),
        Some(r#"{"F_1":"8","F_2":"b"}"#)
    );
    let engine = &bed.app.engine;
    assert_eq!(
        engine.failed_articles(&bed.actor, ALL).await.unwrap().entries,
        ["7"]
    );
    assert_eq!(engine.troubled_deltas(&bed.actor, ALL).await.unwrap().total, 2);

    engine.flush_deltas(&bed.actor).await.unwrap();
    assert_eq!(bed.errors().await, [""; 0]);
    assert_eq!(engine.failed_articles(&bed.actor, ALL).await.unwrap().total, 0);
    assert_eq!(engine.troubled_deltas(&bed.actor, ALL).await.unwrap().total, 0);
    let third = bed.run("three", file(&[add("7")])).await;
    assert_eq!(end(&third), (Status::Finished, 1, 0));
    let clean = engine.clean_deltas(&bed.actor, ALL).await.unwrap();
    assert_eq!(
        clean.entries.iter().map(|job| job.seq).collect::<Vec<_>>(),
        [third.seq]
    );
}

#[tokio::test]
async fn failures_after_a_flush_are_new() {
    let bed = Bed::new().await;
    bed.run("one", file(&[set("1", "x"), set("2", "x")])).await;
    bed.app.engine.flush_deltas(&bed.actor).await.unwrap();
    bed.run("two", file(&[set("3", "x")])).await;
    let failures = bed.failures().await;
    assert_eq!(
        failures
            .iter()
            .map(|failure| failure.file.as_str())
            .collect::<Vec<_>>(),
        ["two"]
    );
}

#[tokio::test]
async fn in_strict_mode_the_queue_stands_still_at_the_first_failure() {
    let bed = Bed::with(How {
        mode: FailureMode::Strict,
        chunk: Some(2),
        ..How::default()
    })
    .await;
    let one = bed
        .submit("one", file(&[add("1"), set("2", "x"), add("3"), add("4")]))
        .await;
    let two = bed.submit("two", file(&[add("5")])).await;
    bed.app.run_jobs().await;
    assert_eq!(end(&bed.job(&one).await), (Status::Stopped, 2, 1));
    assert_eq!(end(&bed.job(&two).await), (Status::Pending, 0, 0));
    assert_eq!(
        (bed.article("1").await.is_some(), bed.article("3").await),
        (true, None)
    );

    bed.app.engine.flush_deltas(&bed.actor).await.unwrap();
    bed.app.run_jobs().await;
    assert_eq!(end(&bed.job(&one).await), (Status::Finished, 4, 1));
    assert_eq!(end(&bed.job(&two).await), (Status::Finished, 1, 0));
    assert!(bed.article("4").await.is_some() && bed.article("5").await.is_some());
}

#[tokio::test]
async fn clearing_cancels_what_waits_and_forgets_what_went_well() {
    let bed = Bed::new().await;
    let done = bed.run("done", file(&[add("1")])).await;
    let waiting = bed.submit("waiting", file(&[add("2")])).await;
    let engine = &bed.app.engine;
    assert_eq!(engine.clear_deltas(&bed.actor).await.unwrap(), 1);
    assert_eq!(bed.job(&waiting).await.status, Status::Cancelled);
    assert_eq!(engine.clean_deltas(&bed.actor, ALL).await.unwrap().total, 1);
    assert_eq!(engine.clear_clean_deltas(&bed.actor).await.unwrap(), 1);
    assert_eq!(engine.clean_deltas(&bed.actor, ALL).await.unwrap().total, 0);
    assert_eq!(bed.job(&done).await.status, Status::Finished);
    bed.app.run_jobs().await;
    assert_eq!(bed.article("2").await, None);
}
