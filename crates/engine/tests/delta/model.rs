//! Random deltas against a model of the contract that is too simple to be wrong.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::bed::{ALL, Bed, How, file, op};

#[derive(Clone, Debug)]
struct Step {
    name: &'static str,
    id: u8,
    field: u8,
    value: u8,
}

type Articles = BTreeMap<u8, BTreeMap<String, String>>;

/// Whether the operation succeeds; changes the articles if so.
fn play(articles: &mut Articles, step: &Step) -> bool {
    let (key, value) = (format!("F_{}", step.field), step.value.to_string());
    let whole = BTreeMap::from([
        ("F_1".to_owned(), step.id.to_string()),
        (key.clone(), value.clone()),
    ]);
    match (step.name, articles.get_mut(&step.id)) {
        ("add-article", None) | ("replace-article", _) => articles.insert(step.id, whole).is_none() | true,
        ("delete-article", Some(_)) => articles.remove(&step.id).is_some(),
        ("add-article-feature", Some(article)) => match article.get(&key) {
            Some(there) if *there != value => false,
            _ => article.insert(key, value).is_none() | true,
        },
        ("replace-article-feature", Some(article)) => article.insert(key, value).is_none() | true,
        ("delete-article-feature", Some(article)) => article.remove(&key).is_none() | true,
        _ => false,
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let names = prop::sample::select(vec![
        "add-article",
        "replace-article",
        "delete-article",
        "add-article-feature",
        "replace-article-feature",
        "delete-article-feature",
    ]);
    let step = (names, 0_u8..12, 2_u8..5, 0_u8..3);
    prop::collection::vec(
        step.prop_map(|(name, id, field, value)| Step {
            name,
            id,
            field,
            value,
        }),
        1..120,
    )
}

/// Articles and failed numbers by the model, blocking included.
fn expected(steps: &[Step]) -> (Articles, Vec<u64>) {
    let (mut articles, mut blocked, mut failed) = (Articles::new(), BTreeSet::new(), Vec::new());
    for (number, step) in (0..).zip(steps) {
        if blocked.contains(&step.id) || !play(&mut articles, step) {
            blocked.insert(step.id);
            failed.push(number);
        }
    }
    (articles, failed)
}

async fn actual(steps: &[Step]) -> (Articles, Vec<u64>) {
    let bed = Bed::with(How {
        chunk: Some(7),
        ..How::default()
    })
    .await;
    let line = |step: &Step| {
        op(
            step.name,
            &format!(r#"{{"F_1":"{}","F_{}":"{}"}}"#, step.id, step.field, step.value),
        )
    };
    let job = bed
        .run("f", file(&steps.iter().map(line).collect::<Vec<_>>()))
        .await;
    let (collection, seq) = (bed.app.engine.article_collection(), job.seq);
    let read = bed.app.engine.store().read(move |tx| {
        let articles = tx
            .records_after(collection, "", u64::MAX)?
            .into_iter()
            .map(|record| {
                (
                    record.id.parse().unwrap(),
                    serde_json::from_str(&record.body.to_text().unwrap()).unwrap(),
                )
            });
        let articles = articles.collect();
        let failed = [model::job::ItemState::Failed, model::job::ItemState::Blocked];
        let failed = tx
            .items(seq, &failed, ALL)?
            .entries
            .into_iter()
            .map(|item| item.number)
            .collect();
        Ok::<_, model::Error>((articles, failed))
    });
    read.await.unwrap()
}

#[test]
fn random_deltas_end_as_the_model_says() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config {
        cases: 40,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&steps(), |steps| {
            prop_assert_eq!(runtime.block_on(actual(&steps)), expected(&steps));
            Ok(())
        })
        .unwrap();
}
