//! Many writers of one record at the same time.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::bed::{Bed, Who};

const WRITERS: usize = 50;
const ROUNDS: usize = 20;

/// Lets all writers send at once, each its own score; their answers with the scores.
async fn race(bed: &Arc<Bed>, path: &str, version: Option<u64>, round: usize) -> Vec<(usize, u16, Value)> {
    let gate = Arc::new(Barrier::new(WRITERS));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (bed, gate, path) = (Arc::clone(bed), Arc::clone(&gate), path.to_owned());
        // No two writers of any round write the same.
        let score = round * WRITERS + writer + 1;
        let mut body = json!({ "score": score });
        if let Some(version) = version {
            body["version"] = json!(version);
        }
        writers.spawn(async move {
            gate.wait().await;
            let (status, answer) = bed.ask(Who::A, "PUT", &path, &body).await;
            (score, status, answer)
        });
    }
    writers.join_all().await
}

async fn record() -> (Arc<Bed>, String) {
    let bed = Bed::new().await;
    let made = bed
        .must("POST", "/data/tasks", &json!({ "title": "dig", "score": 0 }))
        .await;
    assert_eq!(made["version"], 0);
    (
        Arc::new(bed),
        format!("/data/tasks/{}", made["id"].as_str().unwrap()),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_writers_with_a_version_one_wins() {
    let (bed, path) = record().await;
    for round in 0..ROUNDS {
        let version = round as u64;
        let answers = race(&bed, &path, Some(version), round).await;
        let won: Vec<_> = answers.iter().filter(|(_, status, _)| *status == 200).collect();
        let lost = answers
            .iter()
            .filter(|(_, status, answer)| *status == 409 && answer["code"] == "optimisticLocking");
        assert_eq!((won.len(), lost.count()), (1, WRITERS - 1), "{answers:?}");
        let (score, _, answer) = won[0];
        assert_eq!(
            (&answer["version"], &answer["score"]),
            (&json!(version + 1), &json!(score))
        );
        assert_eq!(bed.must("GET", &path, &Value::Null).await, *answer);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_writers_without_a_version_the_last_wins() {
    let (bed, path) = record().await;
    for round in 0..ROUNDS {
        let answers = race(&bed, &path, None, round).await;
        let mut versions: Vec<(u64, usize)> = answers
            .iter()
            .map(|(score, status, answer)| {
                assert_eq!((*status, &answer["score"]), (200, &json!(score)), "{answer}");
                (answer["version"].as_u64().unwrap(), *score)
            })
            .collect();
        versions.sort_unstable();
        let first = (round * WRITERS + 1) as u64;
        let numbers: Vec<u64> = versions.iter().map(|(version, _)| *version).collect();
        assert_eq!(numbers, (first..first + WRITERS as u64).collect::<Vec<_>>());
        let stored = bed.must("GET", &path, &Value::Null).await;
        let (version, score) = versions[WRITERS - 1];
        assert_eq!(
            (&stored["version"], &stored["score"]),
            (&json!(version), &json!(score))
        );
    }
}
