//! What a query may take.

use engine::{Options, QueryOptions};

use crate::support::{Bed, ask, complaint, sort};

async fn bed(query: QueryOptions) -> Bed {
    let bed = Bed::with(Options {
        query,
        ..Options::default()
    })
    .await;
    for n in 0..20 {
        bed.item(&format!(r#"{{"n":{n},"text":"{}"}}"#, "x".repeat(1000)))
            .await;
    }
    bed
}

/// Which limit a listing met.
async fn met(bed: &Bed, find: engine::entities::Find) -> String {
    let error = bed.find(&bed.admin, find).await.unwrap_err();
    assert_eq!(
        (error.code().as_str(), error.field()),
        ("bad-value", Some("query"))
    );
    let message = error.message().to_owned();
    message.split('`').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn time_is_limited() {
    let time = QueryOptions {
        time: 0,
        ..QueryOptions::default()
    };
    let bed = bed(time).await;
    assert_eq!(met(&bed, ask("{}")).await, "time");
    assert_eq!(met(&bed, ask(r#"{"data.n":3}"#)).await, "time");
}

#[tokio::test]
async fn answers_are_limited() {
    let bytes = QueryOptions {
        result_bytes: 10_000,
        ..QueryOptions::default()
    };
    let bed = bed(bytes).await;
    assert_eq!(met(&bed, ask("{}")).await, "result_bytes");
    let mut few = ask("{}");
    few.limit = 5;
    assert_eq!(bed.find(&bed.admin, few).await.unwrap().rows.len(), 5);
}

#[tokio::test]
async fn memory_is_limited() {
    let bytes = QueryOptions {
        memory_bytes: 10_000,
        ..QueryOptions::default()
    };
    let bed = bed(bytes).await;
    let mut find = ask("{}");
    find.sort = sort(&["data.text"]);
    assert_eq!(met(&bed, find.clone()).await, "memory_bytes");
    find.sort = sort(&["data.n"]);
    assert_eq!(bed.find(&bed.admin, find).await.unwrap().total, 20);
    let refused = bed.find(&bed.admin, {
        let mut find = ask("{}");
        find.sort = sort(&["-data.text"]);
        find
    });
    assert_eq!(complaint(refused.await).1, "query");
}
