//! `$group` and its accumulators, `$bucket`, `$bucketAuto`, `$count`, `$sortByCount`.

use crate::common::{check, run};

const SALES: &str = r#"[
    {"_id":1,"item":"abc","price":10,"quantity":2,"on":"x"},
    {"_id":2,"item":"jkl","price":20,"quantity":1,"on":"y"},
    {"_id":3,"item":"xyz","price":5,"quantity":5,"on":"y"},
    {"_id":4,"item":"abc","price":10.0,"quantity":10,"on":null},
    {"_id":5,"item":"xyz","price":5,"quantity":10}]"#;

#[test]
fn keys() {
    check(
        r#"[{"$group":{"_id":"$item","n":{"$sum":1},"amount":{"$sum":{"$multiply":["$price","$quantity"]}}}}]"#,
        SALES,
        r#"[{"_id":"abc","n":2,"amount":120.0},{"_id":"jkl","n":1,"amount":20},{"_id":"xyz","n":2,"amount":75}]"#,
    );
    check(
        r#"[{"$group":{"_id":null,"n":{"$count":{}}}}]"#,
        SALES,
        r#"[{"_id":null,"n":5}]"#,
    );
    // Numbers group by value, missing with null; documents by fields in order.
    check(
        r#"[{"$group":{"_id":"$price"}}]"#,
        SALES,
        r#"[{"_id":10},{"_id":20},{"_id":5}]"#,
    );
    check(
        r#"[{"$group":{"_id":"$on"}}]"#,
        SALES,
        r#"[{"_id":"x"},{"_id":"y"},{"_id":null}]"#,
    );
    check(
        r#"[{"$group":{"_id":{"o":"$on"},"n":{"$sum":1}}}]"#,
        SALES,
        r#"[{"_id":{"o":"x"},"n":1},{"_id":{"o":"y"},"n":2},{"_id":{"o":null},"n":1},{"_id":{},"n":1}]"#,
    );
    check(
        r#"[{"$group":{"_id":"$k"}}]"#,
        r#"[{"k":{"a":1,"b":2}},{"k":{"b":2,"a":1}},{"k":{"a":1.0,"b":2}},{"k":[1]},{"k":[[1]]},{"k":true},{"k":1},
            {"k":{"$numberDecimal":"1.0"}},{"k":{"$date":5,"$zone":"UTC","$offset":null}},
            {"k":{"$date":5,"$zone":null,"$offset":null}},{"k":"1"},{"k":{"$uuid":"00112233445566778899aabbccddeeff"}}]"#,
        r#"[{"_id":{"a":1,"b":2}},{"_id":{"b":2,"a":1}},{"_id":[1]},{"_id":[[1]]},{"_id":true},{"_id":1},
            {"_id":{"$date":5,"$zone":"UTC","$offset":null}},{"_id":"1"},
            {"_id":{"$uuid":"00112233445566778899aabbccddeeff"}}]"#,
    );
    assert_eq!(run(r#"[{"$group":{"_id":"$x"}}]"#, "[]").as_deref(), Ok("[]"));
}

/// Whichever spelling comes first, the other one is the same group.
#[test]
fn keys_are_values_however_they_are_stored() {
    let pipeline = r#"[{"$group":{"_id":"$a.k","ids":{"$push":"$_id"}}}]"#;
    for (one, other, apart) in [
        (r#""x/y""#, r#""x\/y""#, r#""x\\/y""#),
        (r#""é""#, r#""\u00e9""#, r#""e""#),
        ("1", "1.0", r#""1""#),
        ("0", "-0", "-1"),
        ("-12", r#"{"$numberLong":"-12"}"#, "12"),
        ("1000000000000000000", "1e18", "999999999999999999"),
        ("null", r#"{"$undefined":true}"#, "false"),
    ] {
        for (first, second) in [(one, other), (other, one)] {
            let documents = format!(
                r#"[{{"_id":1,"a":{{"k":{first}}}}},{{"_id":2,"a":{{"k":{apart}}}}},{{"_id":3,"a":{{"k":{second}}}}},
                    {{"_id":4,"a":{{"k":{one}}}}},{{"_id":5,"a":[{{"k":{one}}}]}}]"#
            );
            let found = run(pipeline, &documents).expect("a result");
            let groups = [r#""ids":[1,3,4]}"#, r#""ids":[2]}"#, r#""ids":[5]}"#];
            assert!(groups.iter().all(|group| found.contains(group)), "{found}");
        }
    }
}

/// One accumulator over everything.
fn over(accumulator: &str, documents: &str) -> String {
    let pipeline = format!(r#"[{{"$group":{{"_id":null,"v":{accumulator}}}}}]"#);
    let found = run(&pipeline, documents).unwrap_or_else(|why| panic!("{accumulator}: {why}"));
    found
        .strip_prefix(r#"[{"_id":null,"v":"#)
        .and_then(|rest| rest.strip_suffix("}]"))
        .expect("one group")
        .to_owned()
}

#[test]
fn accumulators() {
    const DOCS: &str = r#"[{"v":3,"o":{"a":1},"s":"b"},{"v":null,"o":{"a":2,"b":3},"s":"a"},{"s":"c"},{"v":[9],"s":"a"},
        {"v":1.5,"o":null,"s":"d"},{"v":"x"}]"#;
    for (accumulator, wanted) in [
        (r#"{"$sum":"$v"}"#, "4.5"),
        (r#"{"$avg":"$v"}"#, "2.25"),
        (r#"{"$avg":"$s"}"#, "null"),
        (r#"{"$min":"$v"}"#, "1.5"),
        (r#"{"$max":"$v"}"#, "[9]"),
        (r#"{"$max":"$nothing"}"#, "null"),
        (r#"{"$first":"$v"}"#, "3"),
        (r#"{"$last":"$v"}"#, r#""x""#),
        (r#"{"$last":"$o"}"#, "null"),
        (r#"{"$push":"$v"}"#, r#"[3,null,[9],1.5,"x"]"#),
        (
            r#"{"$push":{"s":"$s"}}"#,
            r#"[{"s":"b"},{"s":"a"},{"s":"c"},{"s":"a"},{"s":"d"},{}]"#,
        ),
        (r#"{"$addToSet":"$s"}"#, r#"["b","a","c","d"]"#),
        (r#"{"$stdDevPop":"$v"}"#, "0.75"),
        (r#"{"$stdDevSamp":"$v"}"#, "1.0606601717798212"),
        (r#"{"$stdDevSamp":"$o.b"}"#, "null"),
        (r#"{"$mergeObjects":"$o"}"#, r#"{"a":2,"b":3}"#),
        (r#"{"$count":{}}"#, "6"),
        (r#"{"$firstN":{"input":"$s","n":2}}"#, r#"["b","a"]"#),
        (r#"{"$lastN":{"input":"$s","n":2}}"#, r#"["d",null]"#),
        (r#"{"$minN":{"input":"$s","n":3}}"#, r#"["a","a","b"]"#),
        (r#"{"$maxN":{"input":"$v","n":2}}"#, r#"[[9],"x"]"#),
        (r#"{"$top":{"sortBy":{"s":-1},"output":"$v"}}"#, "1.5"),
        (
            r#"{"$bottom":{"sortBy":{"s":-1},"output":["$v","$s"]}}"#,
            r#"["x",null]"#,
        ),
        (
            r#"{"$topN":{"n":2,"sortBy":{"s":1},"output":"$s"}}"#,
            r#"[null,"a"]"#,
        ),
        (
            r#"{"$bottomN":{"n":2,"sortBy":{"s":1},"output":"$s"}}"#,
            r#"["c","d"]"#,
        ),
    ] {
        assert_eq!(over(accumulator, DOCS), wanted, "{accumulator}");
    }
}

#[test]
fn many_values_are_cut_down_to_the_right_ones() {
    let documents: Vec<String> = (0..500)
        .map(|at| format!(r#"{{"v":{}}}"#, (at * 197) % 500))
        .collect();
    let documents = format!("[{}]", documents.join(","));
    assert_eq!(over(r#"{"$minN":{"input":"$v","n":3}}"#, &documents), "[0,1,2]");
    assert_eq!(
        over(r#"{"$maxN":{"input":"$v","n":3}}"#, &documents),
        "[499,498,497]"
    );
    assert_eq!(
        over(r#"{"$topN":{"n":3,"sortBy":{"v":1},"output":"$v"}}"#, &documents),
        "[0,1,2]"
    );
    assert_eq!(
        over(
            r#"{"$bottomN":{"n":3,"sortBy":{"v":1},"output":"$v"}}"#,
            &documents
        ),
        "[497,498,499]"
    );
}

#[test]
fn whole_sums_are_exact_and_promote() {
    let big = r#"[{"v":9223372036854775807},{"v":1},{"v":-2}]"#;
    assert_eq!(over(r#"{"$sum":"$v"}"#, big), "9223372036854775806");
    let over_it = r#"[{"v":9223372036854775807},{"v":9223372036854775807}]"#;
    assert_eq!(over(r#"{"$sum":"$v"}"#, over_it), "1.8446744073709552e19");
    let mixed = r#"[{"v":0.1},{"v":1e16},{"v":-1e16},{"v":0.2}]"#;
    assert_eq!(over(r#"{"$sum":"$v"}"#, mixed), "0.30000000000000004");
}

const ART: &str = r#"[{"_id":1,"title":"a","year":1902,"price":199.99},{"_id":2,"title":"b","year":1926,"price":280},
    {"_id":3,"title":"c","year":1925,"price":76.04},{"_id":4,"title":"d","price":167.3},
    {"_id":5,"title":"e","year":1931,"price":483},{"_id":6,"title":"f","year":1913,"price":385},
    {"_id":7,"title":"g","year":1893},{"_id":8,"title":"h","year":1918,"price":118.42}]"#;

#[test]
fn buckets() {
    check(
        r#"[{"$bucket":{"groupBy":"$price","boundaries":[0,200,400],"default":"Other",
            "output":{"count":{"$sum":1},"titles":{"$push":"$title"}}}}]"#,
        ART,
        r#"[{"_id":0,"count":4,"titles":["a","c","d","h"]},{"_id":200,"count":2,"titles":["b","f"]},
            {"_id":"Other","count":2,"titles":["e","g"]}]"#,
    );
    check(
        r#"[{"$match":{"price":{"$exists":true}}},{"$bucket":{"groupBy":"$price","boundaries":[0,100,1000]}}]"#,
        ART,
        r#"[{"_id":0,"count":1},{"_id":100,"count":6}]"#,
    );
    let why = run(r#"[{"$bucket":{"groupBy":"$price","boundaries":[0,200]}}]"#, ART).unwrap_err();
    assert!(why.starts_with("0.$bucket._id: a value lies outside"), "{why}");
    check(
        r#"[{"$bucketAuto":{"groupBy":"$price","buckets":4}}]"#,
        ART,
        r#"[{"_id":{"min":null,"max":118.42},"count":2},{"_id":{"min":118.42,"max":199.99},"count":2},
            {"_id":{"min":199.99,"max":385},"count":2},{"_id":{"min":385,"max":483},"count":2}]"#,
    );
    check(
        r#"[{"$bucketAuto":{"groupBy":"$v","buckets":3,"output":{"n":{"$sum":1}}}}]"#,
        r#"[{"v":1},{"v":1},{"v":1},{"v":1},{"v":2}]"#,
        r#"[{"_id":{"min":1,"max":2},"n":4},{"_id":{"min":2,"max":2},"n":1}]"#,
    );
}

#[test]
fn counts() {
    check(
        r#"[{"$match":{"price":{"$gt":100}}},{"$count":"dear"}]"#,
        ART,
        r#"[{"dear":6}]"#,
    );
    check(r#"[{"$match":{"price":-1}},{"$count":"none"}]"#, ART, "[]");
    check(
        r#"[{"$sortByCount":"$item"}]"#,
        SALES,
        r#"[{"_id":"abc","count":2},{"_id":"xyz","count":2},{"_id":"jkl","count":1}]"#,
    );
    check(
        r#"[{"$sortByCount":{"$gt":["$quantity",1]}},{"$limit":1}]"#,
        SALES,
        r#"[{"_id":true,"count":4}]"#,
    );
}
