//! Listings: order, pages, totals, and what the caller may not see.

use app::language::{Offset, map};
use engine::records::ListQuery;
use query::Direction;
use serde_json::json;

use crate::support::{Bed, body, code, json as tree};

fn names(listing: &engine::records::Listing) -> Vec<String> {
    let name = |item| tree(item)["name"].as_str().unwrap().to_owned();
    listing.items.iter().map(name).collect()
}

fn sorted(field: &str, direction: Direction, size: u64) -> ListQuery {
    ListQuery {
        sort_field: field.to_owned(),
        sort_direction: direction,
        size,
        ..ListQuery::default()
    }
}

fn filtered(text: &str) -> ListQuery {
    ListQuery {
        filter: Some(map::map(body(text).root()).unwrap()),
        ..ListQuery::default()
    }
}

async fn many(bed: &Bed, count: usize) {
    for number in 0..count {
        let state = if number % 3 == 0 { "active" } else { "pending" };
        let more = format!(
            r#","employees":{},"state":"{state}","rating":"{}""#,
            number % 4,
            100 - number
        );
        bed.company(&format!("c{number:02}"), &more).await;
    }
}

#[tokio::test]
async fn the_newest_come_first_and_pages_follow_one_another() {
    let bed = Bed::new().await;
    many(&bed, 7).await;
    let mut query = ListQuery {
        size: 3,
        ..ListQuery::default()
    };
    let mut seen = Vec::new();
    for _ in 0..3 {
        let page = bed.list(&bed.developer, &query).await.unwrap();
        assert_eq!(page.total, 7);
        seen.extend(names(&page));
        query.offset = page.offset.map(Offset::After);
    }
    assert_eq!(seen, ["c06", "c05", "c04", "c03", "c02", "c01", "c00"]);
    let end = bed.list(&bed.developer, &query).await.unwrap();
    assert_eq!((end.total, end.offset, end.items.len()), (7, None, 0));
    query.offset = Some(Offset::Skip(5));
    assert_eq!(
        names(&bed.list(&bed.developer, &query).await.unwrap()),
        ["c01", "c00"]
    );
}

#[tokio::test]
async fn every_order_pages_alike_with_and_without_an_index() {
    let bed = Bed::new().await;
    many(&bed, 11).await;
    bed.create(r#"{"name":"none"}"#).await.unwrap();
    for field in [
        "id",
        "name",
        "employees",
        "state",
        "rating",
        "contact.email",
        "label",
        "owner",
    ] {
        for direction in [Direction::Ascending, Direction::Descending] {
            let whole = names(
                &bed.list(&bed.developer, &sorted(field, direction, 100))
                    .await
                    .unwrap(),
            );
            assert_eq!(whole.len(), 12, "{field}");
            let (mut query, mut seen) = (sorted(field, direction, 5), Vec::new());
            while seen.len() < 12 {
                let page = bed.list(&bed.developer, &query).await.unwrap();
                seen.extend(names(&page));
                query.offset = Some(Offset::After(page.offset.unwrap()));
            }
            assert_eq!(seen, whole, "{field} {direction:?}");
        }
    }
    let by_rating = bed
        .list(&bed.developer, &sorted("rating", Direction::Ascending, 4))
        .await
        .unwrap();
    assert_eq!(names(&by_rating), ["none", "c10", "c09", "c08"]);
}

#[tokio::test]
async fn filters_and_totals() {
    let bed = Bed::new().await;
    many(&bed, 10).await;
    let cases = [
        (r#"{"state":"active"}"#, vec!["c09", "c06", "c03", "c00"]),
        (
            r#"{"state":"active","employees":"greater(0)"}"#,
            vec!["c09", "c06", "c03"],
        ),
        (r#"{"name":["c01","c02"]}"#, vec!["c02", "c01"]),
        (r#"{"rating":"greaterOrEquals(99)"}"#, vec!["c01", "c00"]),
        (r#"{"type":"notEmpty()"}"#, vec![]),
    ];
    for (filter, wanted) in cases {
        let found = bed.list(&bed.developer, &filtered(filter)).await.unwrap();
        assert_eq!(
            (names(&found), found.total),
            (
                wanted.iter().map(|name| (*name).to_owned()).collect(),
                wanted.len() as u64
            ),
            "{filter}"
        );
    }
    assert_eq!(
        code(bed.list(&bed.developer, &filtered(r#"{"colour":"red"}"#)).await),
        "bad-request"
    );
    assert_eq!(
        code(
            bed.list(&bed.developer, &filtered(r#"{"employees":"many"}"#))
                .await
        ),
        "bad-request"
    );
    assert_eq!(
        code(
            bed.list(&bed.developer, &sorted("tags", Direction::Ascending, 1))
                .await
        ),
        "bad-request"
    );
}

#[tokio::test]
async fn what_the_caller_may_not_read_is_neither_shown_nor_counted_nor_asked_for() {
    let bed = Bed::new().await;
    many(&bed, 10).await;
    let found = bed.list(&bed.seller, &ListQuery::default()).await.unwrap();
    assert_eq!(
        (names(&found).join(" "), found.total),
        ("c09 c06 c03 c00".to_owned(), 4)
    );
    assert!(tree(&found.items[0]).get("rating").is_none());
    assert_eq!(
        code(bed.list(&bed.seller, &filtered(r#"{"rating":"1"}"#)).await),
        "forbidden"
    );
    assert_eq!(
        code(
            bed.list(&bed.seller, &sorted("rating", Direction::Ascending, 1))
                .await
        ),
        "forbidden"
    );
}

#[tokio::test]
async fn a_page_goes_on_behind_a_record_that_was_changed_or_deleted() {
    let bed = Bed::new().await;
    many(&bed, 8).await;
    let mut query = sorted("employees", Direction::Ascending, 3);
    let page = bed.list(&bed.developer, &query).await.unwrap();
    assert_eq!(names(&page), ["c00", "c04", "c01"]);
    let last = page.offset.unwrap();
    bed.update(&last, r#"{"employees":3}"#).await.unwrap();
    query.offset = Some(Offset::After(last.clone()));
    assert_eq!(
        names(&bed.list(&bed.developer, &query).await.unwrap()),
        ["c05", "c02", "c06"]
    );
    bed.app
        .engine
        .delete_record(&bed.developer, &bed.companies, &last)
        .await
        .unwrap();
    assert_eq!(
        names(&bed.list(&bed.developer, &query).await.unwrap()),
        ["c05", "c02", "c06"]
    );
    query.offset = Some(Offset::After("0".repeat(24)));
    assert_eq!(code(bed.list(&bed.developer, &query).await), "bad-request");
}

#[tokio::test]
async fn fields_are_picked_by_path() {
    let bed = Bed::new().await;
    bed.company(
        "A",
        r#","employees":1,"contact":{"email":"a@b.co","phone":"17028459380"}"#,
    )
    .await;
    let mut query = ListQuery::default();
    query.shape.fields = Some(vec![
        "employees".to_owned(),
        "contact.email".to_owned(),
        "version".to_owned(),
    ]);
    let mut item = tree(&bed.list(&bed.developer, &query).await.unwrap().items[0]);
    let (id, inner) = (item["id"].take(), item["contact"]["id"].take());
    assert!(id.is_string() && inner.is_string());
    item["entity"].take();
    assert_eq!(
        item,
        json!({"id": null, "version": 0, "label": "A", "entity": null, "employees": 1,
            "contact": {"id": null, "label": "Contact", "email": "a@b.co"}})
    );
    query.shape.fields = Some(vec!["colour".to_owned()]);
    assert_eq!(code(bed.list(&bed.developer, &query).await), "bad-request");
}
