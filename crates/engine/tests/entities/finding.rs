//! Listing: order, pages, counts.

use proptest::prelude::*;

use crate::support::{Bed, Item, ask, filter, json, sort};

#[tokio::test]
async fn pages_and_counts_fit() {
    let bed = Bed::new().await;
    for n in 0..30 {
        bed.item(&format!(r#"{{"n":{n},"even":{}}}"#, n % 2 == 0)).await;
    }
    let mut find = ask(r#"{"data.even":true}"#);
    (find.sort, find.skip, find.limit) = (sort(&["-data.n"]), 2, 3);
    let found = bed.find(&bed.admin, find.clone()).await.unwrap();
    let numbers: Vec<_> = found
        .rows
        .iter()
        .map(|row| json(row)["data"]["n"].as_i64().unwrap())
        .collect();
    assert_eq!((found.total, numbers), (15, vec![24, 22, 20]));
    find.skip = 100;
    let found = bed.find(&bed.admin, find.clone()).await.unwrap();
    assert_eq!((found.total, found.rows.len()), (15, 0));
    (find.skip, find.limit) = (0, 0);
    let found = bed.find(&bed.admin, find.clone()).await.unwrap();
    assert_eq!((found.total, found.rows.len()), (15, 0));
    (find.skip, find.limit) = (u64::MAX, u64::MAX);
    assert_eq!(bed.find(&bed.admin, find).await.unwrap().total, 15);
}

#[tokio::test]
async fn a_listing_of_everything_has_the_pages_of_one_with_a_filter() {
    let bed = Bed::new().await;
    for n in 0..12 {
        bed.item(&format!(r#"{{"n":{n}}}"#)).await;
    }
    for (skip, limit) in [
        (0, 5),
        (5, 5),
        (10, 5),
        (12, 5),
        (0, 0),
        (3, u64::MAX),
        (u64::MAX, u64::MAX),
    ] {
        let mut pages = Vec::new();
        for query in ["{}", r#"{"data.n":{"$gte":0}}"#] {
            let mut find = ask(query);
            (find.skip, find.limit) = (skip, limit);
            pages.push(bed.find(&bed.admin, find).await.unwrap());
        }
        assert_eq!(pages[0], pages[1], "{skip}, {limit}");
        assert_eq!(pages[0].total, 12);
    }
}

#[tokio::test]
async fn equals_stay_in_order_of_creation() {
    let bed = Bed::new().await;
    let mut made = Vec::new();
    for n in 0..10 {
        made.push(bed.item(&format!(r#"{{"n":{}}}"#, n % 2)).await.guid);
    }
    let mut find = ask("{}");
    for (order, first) in [("data.n", 0), ("-data.n", 1)] {
        find.sort = sort(&[order]);
        let found = bed.find(&bed.admin, find.clone()).await.unwrap();
        let expected: Vec<_> = (0..10)
            .map(|at| made[(2 * at % 10) + usize::from((at >= 5) != (first == 1))])
            .collect();
        let guids: Vec<_> = found.rows.iter().map(|row| row.guid).collect();
        assert_eq!(guids, expected, "{order}");
    }
}

#[tokio::test]
async fn archived_ones_are_found_like_others() {
    let bed = Bed::new().await;
    let (kept, away) = (bed.item("{}").await, bed.item("{}").await);
    bed.app
        .engine
        .archive_entity(&bed.admin, Item, away.guid, true)
        .await
        .unwrap();
    assert_eq!(bed.find(&bed.admin, ask("{}")).await.unwrap().total, 2);
    let found = bed
        .find(&bed.admin, ask(r#"{"info.archived":false}"#))
        .await
        .unwrap();
    assert_eq!((found.total, found.rows[0].guid), (1, kept.guid));
}

/// The page of a sorted listing, made the simple way.
fn expected(numbers: &[i64], descending: bool, skip: usize, limit: usize) -> Vec<(i64, usize)> {
    let mut all: Vec<_> = numbers
        .iter()
        .copied()
        .enumerate()
        .map(|(at, n)| (n, at))
        .collect();
    all.sort_by_key(|(n, at)| (if descending { -n } else { *n }, *at));
    all.into_iter().skip(skip).take(limit).collect()
}

#[test]
fn any_page_of_a_long_listing_is_right() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let numbers: Vec<i64> = (0..3000).map(|at| (at * 7919) % 601).collect();
    let bed = runtime.block_on(async {
        let bed = Bed::new().await;
        let new = |(at, n): (usize, &i64)| {
            crate::support::new(&format!(r#"{{"data":{{"n":{n},"at":{at}}}}}"#), "{}", &[])
        };
        let all = numbers.iter().enumerate().map(new).collect();
        bed.app
            .engine
            .create_entities(&bed.admin, Item, all)
            .await
            .unwrap();
        bed
    });
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(40));
    let pages = (any::<bool>(), 0..3100_usize, 0..1600_usize);
    runner
        .run(&pages, |(descending, skip, limit)| {
            let mut find = ask("{}");
            find.filter = filter("{}");
            find.sort = sort(&[if descending { "-data.n" } else { "data.n" }]);
            (find.skip, find.limit) = (skip as u64, limit as u64);
            let found = runtime.block_on(bed.find(&bed.admin, find)).unwrap();
            let seen: Vec<_> = found
                .rows
                .iter()
                .map(|row| {
                    let field = |path| {
                        row.body
                            .root()
                            .path(path)
                            .unwrap()
                            .unwrap()
                            .as_i64()
                            .unwrap()
                            .unwrap()
                    };
                    (field("data.n"), field("data.at") as usize)
                })
                .collect();
            prop_assert_eq!(found.total, 3000);
            prop_assert_eq!(seen, expected(&numbers, descending, skip, limit));
            Ok(())
        })
        .unwrap();
}
