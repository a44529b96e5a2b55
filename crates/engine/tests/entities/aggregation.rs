//! Pipelines over entities.

use engine::entities::EntityKind;
use engine::{Options, QueryOptions};
use model::{Actor, Error};
use query::{Limits, Pipeline};
use serde_json::{Value as Json, json};

use crate::support::{Bed, Item, Set, body, new};

impl Bed {
    async fn aggregate(&self, actor: &Actor, kind: EntityKind, pipeline: &Json) -> Result<Json, Error> {
        let pipeline = body(&pipeline.to_string());
        let pipeline = Pipeline::parse(&pipeline.root(), &Limits::default()).unwrap();
        let rows = self.app.engine.aggregate_entities(actor, kind, pipeline).await?;
        Ok(rows
            .iter()
            .map(|row| serde_json::from_str::<Json>(&row.to_text().unwrap()).unwrap())
            .collect())
    }

    /// Four items of two classes, and a set of the first two.
    async fn filled() -> Self {
        Self::filled_with(QueryOptions::default()).await
    }

    async fn filled_with(query: QueryOptions) -> Self {
        let options = Options {
            query,
            ..Options::default()
        };
        let bed = Self::with(options).await;
        let mut items = Vec::new();
        for (n, class, list) in [
            (1, "a", &[][..]),
            (2, "a", &[("code", "r")]),
            (3, "b", &[]),
            (4, "b", &[("code", "b")]),
        ] {
            let (fields, meta) = (
                format!(r#"{{"data":{{"n":{n}}}}}"#),
                format!(r#"{{"_class":"{class}"}}"#),
            );
            let made = bed
                .app
                .engine
                .create_entity(&bed.admin, Item, new(&fields, &meta, list))
                .await;
            items.push(made.unwrap().guid.simple().to_string());
        }
        let kids = json!({ "items": { "x": { "$uuid": items[0] }, "y": { "$uuid": items[1] } } });
        bed.create(Set, &kids.to_string()).await.unwrap();
        bed
    }
}

fn sums() -> Json {
    json!([
        { "$group": { "_id": "$metadata.data._class", "sum": { "$sum": "$data.n" } } },
        { "$sort": { "_id": 1 } },
    ])
}

#[tokio::test]
async fn only_what_is_seen_goes_in() {
    let bed = Bed::filled().await;
    bed.project("red", &[("code", "r")]).await;
    let (ann, _) = bed.user("ann@example.com", &["red"]).await;
    let (bob, _) = bed.user("bob@example.com", &[]).await;
    let rows = |a: i64, b: i64| json!([{ "_id": "a", "sum": a }, { "_id": "b", "sum": b }]);
    assert_eq!(
        bed.aggregate(&bed.admin, Item, &sums()).await.unwrap(),
        rows(3, 7)
    );
    assert_eq!(bed.aggregate(&ann, Item, &sums()).await.unwrap(), rows(3, 3));
    assert_eq!(bed.aggregate(&bob, Item, &sums()).await.unwrap(), rows(1, 3));
}

#[tokio::test]
async fn joins_show_only_what_is_seen() {
    let bed = Bed::filled().await;
    let (bob, _) = bed.user("bob@example.com", &[]).await;
    let by_field = json!([
        { "$project": { "kids": { "$objectToArray": "$items" } } },
        { "$unwind": "$kids" },
        { "$lookup": { "from": "item", "localField": "kids.v", "foreignField": "guid", "as": "found" } },
        { "$project": { "_id": 0, "key": "$kids.k", "n": "$found.data.n" } },
    ]);
    let by_pipeline = json!([
        { "$lookup": { "from": "item", "let": { "mine": "$guid" }, "as": "found",
            "pipeline": [{ "$match": { "$expr": { "$gt": ["$data.n", 1] } } }, { "$project": { "n": "$data.n" } }] } },
        { "$project": { "_id": 0, "n": "$found.n" } },
    ]);
    let union = json!([
        { "$unionWith": { "coll": "item", "pipeline": [{ "$match": { "data.n": { "$gte": 1 } } }] } },
        { "$count": "all" },
    ]);
    let cases = [
        (
            &by_field,
            json!([{ "key": "x", "n": [1] }, { "key": "y", "n": [2] }]),
            json!([{ "key": "x", "n": [1] }, { "key": "y", "n": [] }]),
        ),
        (&by_pipeline, json!([{ "n": [2, 3, 4] }]), json!([{ "n": [3] }])),
        (&union, json!([{ "all": 5 }]), json!([{ "all": 3 }])),
    ];
    for (pipeline, all, seen) in cases {
        assert_eq!(bed.aggregate(&bed.admin, Set, pipeline).await.unwrap(), all);
        assert_eq!(bed.aggregate(&bob, Set, pipeline).await.unwrap(), seen);
    }
}

#[tokio::test]
async fn only_entities_can_be_joined() {
    let bed = Bed::filled().await;
    for name in ["articles", "qalx.item", "users", ""] {
        for pipeline in [
            json!([{ "$unionWith": { "coll": name } }]),
            json!([{ "$lookup": { "from": name, "localField": "a", "foreignField": "b", "as": "c" } }]),
            json!([{ "$facet": { "x": [{ "$lookup": { "from": name, "pipeline": [], "as": "c" } }] } }]),
        ] {
            let error = bed.aggregate(&bed.admin, Item, &pipeline).await.unwrap_err();
            assert_eq!(
                (error.code().as_str(), error.field()),
                ("bad-value", Some("aggregate"))
            );
            assert!(
                error.message().contains("there is no collection"),
                "{}",
                error.message()
            );
        }
    }
}

#[tokio::test]
async fn a_first_match_and_a_limit_cut_the_walk_short() {
    let bed = Bed::filled().await;
    let pipeline = json!([
        { "$match": { "metadata.data._class": "b" } },
        { "$project": { "_id": 0, "n": "$data.n" } },
        { "$limit": 1 },
    ]);
    let rows = bed.aggregate(&bed.admin, Item, &pipeline).await.unwrap();
    assert_eq!(rows, json!([{ "n": 3 }]));
}

#[tokio::test]
async fn pipelines_are_limited() {
    let usual = QueryOptions::default;
    let cases = [
        (QueryOptions { time: 0, ..usual() }, sums(), "time"),
        (
            QueryOptions {
                memory_bytes: 10,
                ..usual()
            },
            sums(),
            "memory_bytes",
        ),
        (
            QueryOptions {
                result_bytes: 100,
                ..usual()
            },
            json!([{ "$match": {} }]),
            "result_bytes",
        ),
    ];
    for (options, pipeline, limit) in cases {
        let bed = Bed::filled_with(options).await;
        let error = bed.aggregate(&bed.admin, Item, &pipeline).await.unwrap_err();
        assert_eq!(
            (error.code().as_str(), error.field()),
            ("bad-value", Some("aggregate"))
        );
        assert!(
            error.message().contains(&format!("`{limit}`")),
            "{}",
            error.message()
        );
    }
}
