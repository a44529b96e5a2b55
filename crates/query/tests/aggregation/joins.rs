//! `$lookup`, `$unionWith`, `$facet`.

use crate::common::{bodies, body, check, run_with};
use query::Limits;

fn joined(pipeline: &str, wanted: &str) {
    let tables = [
        (
            "main",
            bodies(
                r#"[{"_id":1,"item":"almonds","want":2,"tags":["a","b"]},{"_id":2,"item":"pecans","want":1},{"_id":3,"item":null},{"_id":4}]"#,
            ),
        ),
        (
            "stock",
            bodies(
                r#"[{"_id":1,"sku":"almonds","have":120},{"_id":2,"sku":"bread","have":80},{"_id":3,"sku":"pecans","have":70},
                    {"_id":4,"sku":null},{"_id":5},{"_id":6,"sku":["a","almonds"],"have":1}]"#,
            ),
        ),
    ];
    let wanted = body(wanted).to_text().expect("sound json");
    assert_eq!(
        run_with(pipeline, &tables, &Limits::default()).as_deref(),
        Ok(wanted.as_str()),
        "{pipeline}"
    );
}

#[test]
fn equal_fields() {
    joined(
        r#"[{"$lookup":{"from":"stock","localField":"item","foreignField":"sku","as":"s"}},
            {"$project":{"s":"$s._id"}}]"#,
        r#"[{"_id":1,"s":[1,6]},{"_id":2,"s":[3]},{"_id":3,"s":[4,5]},{"_id":4,"s":[4,5]}]"#,
    );
    joined(
        r#"[{"$match":{"_id":1}},{"$lookup":{"from":"stock","localField":"tags","foreignField":"sku","as":"deep.er"}}]"#,
        r#"[{"_id":1,"item":"almonds","want":2,"tags":["a","b"],
            "deep":{"er":[{"_id":6,"sku":["a","almonds"],"have":1}]}}]"#,
    );
    joined(
        r#"[{"$match":{"_id":1}},{"$lookup":{"from":"stock","localField":"item","foreignField":"sku","as":"s",
            "let":{"want":"$want"},"pipeline":[{"$match":{"$expr":{"$gt":["$have","$$want"]}}},{"$project":{"have":1}}]}},
            {"$project":{"s":1}}]"#,
        r#"[{"_id":1,"s":[{"_id":1,"have":120}]}]"#,
    );
}

#[test]
fn equal_fields_inside_arrays() {
    let tables = [
        (
            "main",
            bodies(r#"[{"_id":1,"l":[{"v":1},{"v":[9]}]},{"_id":2,"l":[{}]}]"#),
        ),
        (
            "other",
            bodies(
                r#"[{"_id":"a","f":[{"g":[1,2]},{"g":3}]},{"_id":"b","f":{"g":[[1]]}},{"_id":"c","f":{"g":9.0}},{"_id":"d","f":5}]"#,
            ),
        ),
    ];
    let pipeline = r#"[{"$lookup":{"from":"other","localField":"l.v","foreignField":"f.g","as":"o"}},{"$project":{"o":"$o._id"}}]"#;
    let wanted = r#"[{"_id":1,"o":["a","c"]},{"_id":2,"o":["d"]}]"#;
    assert_eq!(
        run_with(pipeline, &tables, &Limits::default()).as_deref(),
        Ok(wanted)
    );
}

#[test]
fn pipelines() {
    joined(
        r#"[{"$match":{"want":{"$exists":true}}},{"$lookup":{"from":"stock","let":{"i":"$item","w":"$want"},"as":"s","pipeline":[
            {"$match":{"$expr":{"$and":[{"$eq":["$sku","$$i"]},{"$gte":["$have","$$w"]}]}}},
            {"$project":{"_id":0,"have":1,"for":"$$i"}}]}},{"$project":{"s":1}}]"#,
        r#"[{"_id":1,"s":[{"have":120,"for":"almonds"}]},{"_id":2,"s":[{"have":70,"for":"pecans"}]}]"#,
    );
    joined(
        r#"[{"$match":{"_id":{"$lte":2}}},{"$lookup":{"from":"stock","as":"s","pipeline":[{"$group":{"_id":null,"n":{"$sum":"$have"}}}]}},
            {"$project":{"s":"$s.n"}}]"#,
        r#"[{"_id":1,"s":[271]},{"_id":2,"s":[271]}]"#,
    );
    // An inner lookup sees the variables of the outer one.
    joined(
        r#"[{"$match":{"_id":2}},{"$lookup":{"from":"stock","let":{"i":"$item"},"as":"s","pipeline":[{"$limit":1},
            {"$lookup":{"from":"main","let":{"h":"$have"},"as":"m","pipeline":[{"$match":{"$expr":{"$eq":["$item","$$i"]}}},
                {"$project":{"i":"$$i","h":"$$h"}}]}},{"$project":{"m":1}}]}},{"$project":{"s":1}}]"#,
        r#"[{"_id":2,"s":[{"_id":1,"m":[{"_id":2,"i":"pecans","h":120}]}]}]"#,
    );
}

#[test]
fn unions() {
    joined(
        r#"[{"$limit":1},{"$project":{"item":1}},{"$unionWith":{"coll":"stock","pipeline":[{"$match":{"have":{"$gt":75}}},{"$project":{"sku":1}}]}}]"#,
        r#"[{"_id":1,"item":"almonds"},{"_id":1,"sku":"almonds"},{"_id":2,"sku":"bread"}]"#,
    );
    joined(r#"[{"$unionWith":"stock"},{"$count":"n"}]"#, r#"[{"n":10}]"#);
    joined(
        r#"[{"$unionWith":"stock"},{"$limit":5},{"$group":{"_id":null,"n":{"$sum":1}}}]"#,
        r#"[{"_id":null,"n":5}]"#,
    );
}

#[test]
fn facets() {
    check(
        r#"[{"$facet":{"all":[{"$count":"n"}],"big":[{"$match":{"v":{"$gt":1}}},{"$sort":{"v":-1}}],"one":[{"$limit":1}],"none":[{"$match":{"v":9}}]}}]"#,
        r#"[{"v":1},{"v":2},{"v":3}]"#,
        r#"[{"all":[{"n":3}],"big":[{"v":3},{"v":2}],"one":[{"v":1}],"none":[]}]"#,
    );
    check(r#"[{"$facet":{"a":[{"$count":"n"}]}}]"#, "[]", r#"[{"a":[]}]"#);
    check(
        r#"[{"$facet":{"a":[],"b":[{"$limit":1}]}},{"$project":{"a":{"$size":"$a"},"b":{"$size":"$b"}}}]"#,
        r#"[{"v":1},{"v":2}]"#,
        r#"[{"a":2,"b":1}]"#,
    );
}
