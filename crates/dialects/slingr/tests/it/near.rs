//! Places: what is near one, and in which order.

use serde_json::{Value, json};

use crate::support::{Crm, Who, app_of, error};

const SHOPS: &str = "
name: shops
recordLabel: fields/name
fields:
  - {name: name, type: text}
  - {name: kind, type: text}
  - {name: place, type: geoPoint}
  - {name: doors, type: geoPoint, multiplicity: many}
  - {name: site, type: nestedFields, nestedFields: [{name: place, type: geoPoint}]}
";

/// Shops on the equator, a degree of which is 111 km, and one that is nowhere.
async fn shops() -> Crm {
    let crm = app_of(&[("entities/shops.yaml", SHOPS)]).await;
    let at = |longitude: f64| json!({ "latitude": 0, "longitude": longitude });
    for (name, longitude) in [("c", 3.0), ("a", 1.0), ("d", -4.0), ("b", 2.0)] {
        let body = json!({
            "name": name, "kind": "shop", "place": at(longitude), "doors": [at(90.0), at(longitude)],
            "site": { "place": at(longitude) },
        });
        crm.expect(Who::Developer, 200, "POST", "/data/shops", body).await;
    }
    let nowhere = json!({ "name": "nowhere", "kind": "shop" });
    crm.expect(Who::Developer, 200, "POST", "/data/shops", nowhere)
        .await;
    crm
}

fn names(page: &Value) -> String {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| item["label"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_nearest_come_first_as_far_as_was_asked() {
    let crm = shops().await;
    for (query, expected) in [
        ("place=near(0,0)", "abcd"),
        ("place=near(0,1.9)", "bacd"),
        ("place=near(0,-180)", "dcba"),
        ("place=near(0,0,0,250000)", "ab"),
        ("place=near(0,0,200000)", "bcd"),
        ("place=near(0,0,200000,400000)", "bc"),
        ("place=near(0,%200,%200,%201)", ""),
        ("doors=near(0,0)", "abcd"),
        ("doors=near(0,89,0,200000)", "cadb"),
        ("site.place=near(0,1.9)", "bacd"),
        ("place=near(0,0)&name=like(b)", "b"),
        ("place=near(0,0)&name=b,c,d", "bcd"),
        (
            "_query=and(filter('place','near(0,1.9)'),filter('kind','shop'))",
            "bacd",
        ),
        ("place=near(0,0)&_size=2", "ab"),
        ("place=near(0,0)&_size=2&_offset=1", "bc"),
        ("place=near(0,0)&_sortField=name&_sortType=desc", "dcba"),
    ] {
        let page = crm.get(&format!("/data/shops?{query}")).await;
        assert_eq!(names(&page), expected, "{query}");
    }
}

#[tokio::test]
async fn pages_in_the_order_of_distance_follow_each_other() {
    let crm = shops().await;
    let (mut seen, mut offset) = (String::new(), String::new());
    for _ in 0..4 {
        let page = crm
            .get(&format!("/data/shops?place=near(0,1.9)&_size=1&_offset={offset}"))
            .await;
        assert_eq!(page["total"], 4);
        seen += &names(&page);
        offset = page["offset"].as_str().unwrap().to_owned();
    }
    assert_eq!(seen, "bacd");
    let end = crm
        .get(&format!("/data/shops?place=near(0,1.9)&_offset={offset}"))
        .await;
    assert_eq!(end, json!({ "total": 4, "items": [] }));
}

#[tokio::test]
async fn what_is_no_place_is_refused() {
    let crm = shops().await;
    for (query, needle) in [
        ("place=near(91,0)", "latitude"),
        ("place=near(0)", "place"),
        ("place=near(x,0)", "place"),
        ("place=near(0,0,-1)", "-1"),
        ("place=near(0,0,5,1)", "greater"),
        ("place=near(0,0,1,2,3)", "place"),
        ("name=near(0,0)", "name"),
        ("place=0,0", "place"),
        ("place=like(0)", "place"),
        ("place=empty()", "place"),
        ("_sortField=place", "place"),
    ] {
        let path = format!("/data/shops?{query}");
        let answer = crm.expect(Who::Developer, 400, "GET", &path, Value::Null).await;
        let (code, message) = error(&answer);
        assert!(
            code == "badRequest" && message.contains(needle),
            "{query}: {answer}"
        );
    }
}
