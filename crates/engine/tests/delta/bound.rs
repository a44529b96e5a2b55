//! Files in which more operations fail than are put up with.

use engine::FailureMode;
use model::job::Status;

use super::bed::{Bed, How, end, file, gzip, op};

async fn bed(mode: FailureMode, max_failed: u64) -> Bed {
    Bed::with(How {
        mode,
        chunk: Some(8),
        max_failed: Some(max_failed),
        ..How::default()
    })
    .await
}

fn add(id: u64) -> String {
    op("add-article", &format!(r#"{{"F_1":"{id}"}}"#))
}

/// Three good operations, `bad` that cannot be tried, one good one.
fn hostile(bad: usize) -> Vec<u8> {
    let mut operations = vec![add(1), add(2), add(3)];
    operations.resize(3 + bad, "{}".to_owned());
    operations.push(add(4));
    gzip(&file(&operations))
}

const SENTENCE: &str =
    "21 operations failed, and delta.max_failed_operations allows 20; the rest was not read";

#[tokio::test]
async fn one_failure_too_many_ends_the_job_and_keeps_what_was_done() {
    let bed = bed(FailureMode::Isolate, 20).await;
    let job = bed.run("hostile", hostile(10_000)).await;
    // 3 that went well, 21 that failed, and the file itself.
    assert_eq!(end(&job), (Status::Failed, 25, 22));
    assert_eq!(job.error.as_deref(), Some(SENTENCE));
    assert!(bed.article("3").await.is_some() && bed.article("4").await.is_none());
    let failures = bed.failures().await;
    assert_eq!(failures.len(), 22);
    assert!(failures[21].failed.whole_file && failures[21].failed.error == SENTENCE);

    let next = bed.run("next", file(&[add(5)])).await;
    assert_eq!(end(&next), (Status::Finished, 1, 0));
}

#[tokio::test]
async fn as_many_failures_as_allowed_are_no_reason_to_stop() {
    let bed = bed(FailureMode::Isolate, 20).await;
    let job = bed.run("just", hostile(20)).await;
    assert_eq!(end(&job), (Status::Finished, 24, 20));
    assert!(bed.article("4").await.is_some());
    // With the last operation of the file, the bound counts all the same.
    let operations = vec!["{}".to_owned(); 21];
    let job = bed.run("last", file(&operations)).await;
    assert_eq!(end(&job), (Status::Failed, 22, 22));
}

#[tokio::test]
async fn blocked_operations_count() {
    let bed = bed(FailureMode::Isolate, 20).await;
    let mut operations = vec![add(1)];
    operations.resize(100, add(1));
    let job = bed.run("blocked", file(&operations)).await;
    assert_eq!(end(&job), (Status::Failed, 23, 22));
}

#[tokio::test]
async fn in_strict_mode_the_queue_halts_first() {
    let bed = bed(FailureMode::Strict, 0).await;
    let job = bed.submit("one", file(&["{}".to_owned(), add(1), add(2)])).await;
    bed.app.run_jobs().await;
    assert_eq!(end(&bed.job(&job).await), (Status::Stopped, 1, 1));
    bed.app.engine.flush_deltas(&bed.actor).await.unwrap();
    bed.app.run_jobs().await;
    assert_eq!(end(&bed.job(&job).await), (Status::Failed, 2, 2));
    assert!(bed.article("1").await.is_none());
}
