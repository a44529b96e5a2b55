//! Indexes change how a listing is made, never what it says.

use engine::entities::Found;
use jsonb::Jsonb;
use model::Roles;
use proptest::prelude::*;

use crate::support::{Bed, Item, ask, complaint, filter, new};

const PATHS: [&str; 3] = ["data.a", "data.list.x", "metadata.data._class"];

/// Values that indexes may get wrong: of every type, in arrays, missing, alike but not equal.
fn value() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        (-3..4_i64).prop_map(|n| n.to_string()),
        Just("1.0".to_owned()),
        Just("1.5".to_owned()),
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        "[ab]{0,2}".prop_map(|text| format!("\"{text}\"")),
        (0..3_u8).prop_map(|n| format!(r#"{{"$uuid":"0000000000000000000000000000000{n}"}}"#)),
        (0..3_u8).prop_map(|n| format!(r#"{{"$date":{n},"$zone":"UTC","$offset":null}}"#)),
        (0..3_u8).prop_map(|n| format!(r#"{{"$numberDecimal":"{n}.5"}}"#)),
        Just(r#"{"x":1}"#.to_owned()),
    ];
    let list = prop::collection::vec(scalar.clone(), 0..3).prop_map(|list| format!("[{}]", list.join(",")));
    prop_oneof![4 => scalar, 1 => list]
}

fn document() -> impl Strategy<Value = (String, String)> {
    let list = prop::collection::vec(value(), 0..3).prop_map(|list| {
        list.iter()
            .map(|x| format!(r#"{{"x":{x}}}"#))
            .collect::<Vec<_>>()
            .join(",")
    });
    (prop::option::of(value()), list, prop::option::of(value())).prop_map(|(a, list, class)| {
        let a = a.map(|a| format!(r#""a":{a},"#)).unwrap_or_default();
        let class = class
            .map(|class| format!(r#""_class":{class}"#))
            .unwrap_or_default();
        (
            format!(r#"{{"data":{{{a}"list":[{list}]}}}}"#),
            format!("{{{class}}}"),
        )
    })
}

/// A condition on one path.
fn condition() -> impl Strategy<Value = String> {
    let operator = prop_oneof![
        value().prop_map(|v| v),
        value().prop_map(|v| format!(r#"{{"$eq":{v}}}"#)),
        value().prop_map(|v| format!(r#"{{"$ne":{v}}}"#)),
        (prop::sample::select(vec!["$gt", "$gte", "$lt", "$lte"]), value())
            .prop_map(|(op, v)| format!(r#"{{"{op}":{v}}}"#)),
        (value(), value()).prop_map(|(a, b)| format!(r#"{{"$gte":{a},"$lt":{b}}}"#)),
        prop::collection::vec(value(), 0..4).prop_map(|list| format!(r#"{{"$in":[{}]}}"#, list.join(","))),
        prop::collection::vec(value(), 0..3).prop_map(|list| format!(r#"{{"$nin":[{}]}}"#, list.join(","))),
        value().prop_map(|v| format!(r#"{{"$elemMatch":{{"$gte":{v}}}}}"#)),
        "[ab]".prop_map(|p| format!(r#"{{"$regex":"^{p}"}}"#)),
        any::<bool>().prop_map(|b| format!(r#"{{"$exists":{b}}}"#)),
    ];
    let path = prop::sample::select(vec![PATHS[0], PATHS[1], PATHS[2], "data.list.0.x", "data.a.x"]);
    (path, operator).prop_map(|(path, operator)| format!(r#"{{"{path}":{operator}}}"#))
}

fn query() -> impl Strategy<Value = String> {
    let elements = value().prop_map(|v| format!(r#"{{"data.list":{{"$elemMatch":{{"x":{v}}}}}}}"#));
    let one = prop_oneof![4 => condition(), 1 => elements].boxed();
    let many = (
        prop::sample::select(vec!["$and", "$or", "$nor"]),
        prop::collection::vec(one.clone(), 1..4),
    )
        .prop_map(|(op, list)| format!(r#"{{"{op}":[{}]}}"#, list.join(",")));
    prop_oneof![2 => one, 1 => many]
}

/// What a filter finds when every body is held against it.
fn plainly(all: &Found, query: &str) -> Vec<Jsonb> {
    let filter = filter(query);
    let matching = all
        .rows
        .iter()
        .filter(|row| filter.matches(row.body.root()).unwrap());
    matching.map(|row| row.body.clone()).collect()
}

#[test]
fn answers_are_the_same_with_and_without() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let bed = runtime.block_on(Bed::indexed(&PATHS));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(12));
    let cases = (
        prop::collection::vec(document(), 0..40),
        prop::collection::vec(query(), 40),
    );
    runner
        .run(&cases, |(documents, queries)| {
            runtime.block_on(async {
                let sent = documents
                    .iter()
                    .map(|(fields, meta)| new(fields, meta, &[]))
                    .collect();
                for made in bed
                    .app
                    .engine
                    .create_entities(&bed.admin, Item, sent)
                    .await
                    .unwrap()
                {
                    made.unwrap();
                }
                let mut everything = ask("{}");
                everything.limit = u64::MAX;
                let all = bed.find(&bed.admin, everything.clone()).await.unwrap();
                for query in queries {
                    let mut find = everything.clone();
                    find.filter = filter(&query);
                    let found = bed.find(&bed.admin, find.clone()).await.unwrap();
                    let explained = bed
                        .app
                        .engine
                        .explain_entities(&bed.admin, Item, find)
                        .await
                        .unwrap();
                    let bodies: Vec<_> = found.rows.into_iter().map(|row| row.body).collect();
                    let expected = plainly(&all, &query);
                    prop_assert_eq!(
                        (found.total, explained.matched),
                        (expected.len() as u64, expected.len() as u64)
                    );
                    prop_assert_eq!(bodies, expected, "{}", query);
                }
                // Entries must follow changes too.
                for row in all.rows.iter().step_by(3) {
                    let guid = row.guid;
                    bed.app
                        .engine
                        .delete_entity(&bed.admin, Item, guid)
                        .await
                        .unwrap();
                }
                Ok(())
            })
        })
        .unwrap();
}

#[tokio::test]
async fn the_narrowest_index_is_taken() {
    let bed = Bed::indexed(&["data.a"]).await;
    for n in 0..60 {
        let fields = format!(r#"{{"data":{{"a":{}}}}}"#, n % 20);
        let meta = format!(r#"{{"_class":"c{}"}}"#, n % 2);
        bed.app
            .engine
            .create_entity(&bed.admin, Item, new(&fields, &meta, &[]))
            .await
            .unwrap();
    }
    let explain = async |query: &str| {
        let explained = bed
            .app
            .engine
            .explain_entities(&bed.admin, Item, ask(query))
            .await
            .unwrap();
        (explained.index, explained.scanned, explained.matched)
    };
    let (a, class) = (Some("data.a".to_owned()), Some("metadata.data._class".to_owned()));
    assert_eq!(explain("{}").await, (None, 60, 60));
    assert_eq!(explain(r#"{"data.a":4}"#).await, (a.clone(), 3, 3));
    assert_eq!(explain(r#"{"metadata.data._class":"c0"}"#).await, (class, 30, 30));
    assert_eq!(
        explain(r#"{"metadata.data._class":"c1","data.a":4}"#).await,
        (a.clone(), 3, 0)
    );
    assert_eq!(explain(r#"{"data.a":{"$in":[]}}"#).await, (a, 0, 0));
    assert_eq!(explain(r#"{"data.b":1}"#).await, (None, 60, 0));
    let guid = bed.item("{}").await.guid.simple().to_string();
    let query = format!(r#"{{"guid":{{"$uuid":"{guid}"}}}}"#);
    assert_eq!(explain(&query).await, (Some("guid".to_owned()), 1, 1));
    // Text is no uuid.
    assert_eq!(
        explain(&format!(r#"{{"guid":"{guid}"}}"#)).await,
        (Some("guid".to_owned()), 0, 0)
    );
    assert_eq!(
        explain(r#"{"tags":{"$elemMatch":{"name":"n","value":"v"}}}"#)
            .await
            .0
            .as_deref(),
        Some("tags.value")
    );
}

#[tokio::test]
async fn explaining_is_for_developers() {
    let bed = Bed::new().await;
    let (ann, _) = bed.user("ann@example.com", &[]).await;
    let engine = &bed.app.engine;
    assert_eq!(
        complaint(engine.explain_entities(&ann, Item, ask("{}")).await).0,
        "forbidden"
    );
    let mut developer = (*ann).clone();
    developer.roles = Roles {
        developer: true,
        admin: false,
    };
    bed.tagged(&bed.admin, &[("n", "v")]).await.unwrap();
    let explained = engine
        .explain_entities(&developer, Item, ask("{}"))
        .await
        .unwrap();
    assert_eq!((explained.scanned, explained.matched), (1, 0));
}
