//! `$sort`, `$limit`, `$skip`, `$sample`.

use crate::common::{bodies, check, run, run_with};
use query::Limits;

#[test]
fn orders() {
    check(
        r#"[{"$sort":{"a":1}},{"$project":{"_id":1}}]"#,
        r#"[{"_id":1,"a":"x"},{"_id":2,"a":5},{"_id":3},{"_id":4,"a":null},{"_id":5,"a":{"b":1}},{"_id":6,"a":[]},
            {"_id":7,"a":true},{"_id":8,"a":[7,2]},{"_id":9,"a":{"$date":1,"$zone":null,"$offset":null}}]"#,
        r#"[{"_id":6},{"_id":3},{"_id":4},{"_id":8},{"_id":2},{"_id":1},{"_id":5},{"_id":7},{"_id":9}]"#,
    );
    // Of an array the greatest element counts when the order descends.
    check(
        r#"[{"$sort":{"a":-1}},{"$project":{"_id":1}}]"#,
        r#"[{"_id":1,"a":[1,9]},{"_id":2,"a":5},{"_id":3,"a":[]},{"_id":4,"a":null}]"#,
        r#"[{"_id":1},{"_id":2},{"_id":4},{"_id":3}]"#,
    );
    check(
        r#"[{"$sort":{"a.b":-1,"_id":1}},{"$project":{"_id":1}}]"#,
        r#"[{"_id":3,"a":{"b":1}},{"_id":1,"a":{"b":1}},{"_id":2,"a":[{"b":0},{"b":7}]}]"#,
        r#"[{"_id":2},{"_id":1},{"_id":3}]"#,
    );
}

#[test]
fn windows() {
    let documents: Vec<String> = (0..1000)
        .map(|at| format!(r#"{{"v":{},"p":"{}"}}"#, (at * 617) % 1000, at))
        .collect();
    let documents = format!("[{}]", documents.join(","));
    let top = r#"[{"$sort":{"v":-1}},{"$skip":1},{"$limit":3},{"$project":{"v":1,"_id":0}}]"#;
    check(top, &documents, r#"[{"v":998},{"v":997},{"v":996}]"#);
    // With a limit behind it, a sort holds a little more than what it must give.
    let tight = Limits {
        memory_bytes: 40_000,
        ..Limits::default()
    };
    let tables = [("main", bodies(&documents))];
    assert!(run_with(top, &tables, &tight).is_ok());
    let why = run_with(r#"[{"$sort":{"v":1}}]"#, &tables, &tight).unwrap_err();
    assert_eq!(
        why,
        "0.$sort: the pipeline's stages hold more than 40000 bytes (limit `memory_bytes`)"
    );
    check(
        r#"[{"$limit":2},{"$skip":1}]"#,
        r#"[{"a":1},{"a":2},{"a":3}]"#,
        r#"[{"a":2}]"#,
    );
    check(r#"[{"$skip":5}]"#, r#"[{"a":1}]"#, "[]");
}

#[test]
fn equal_ones_keep_their_order() {
    let documents: Vec<String> = (0..300)
        .map(|at| format!(r#"{{"g":{},"n":{at}}}"#, at % 2))
        .collect();
    let documents = format!("[{}]", documents.join(","));
    check(
        r#"[{"$sort":{"g":1}},{"$limit":3},{"$project":{"n":1}}]"#,
        &documents,
        r#"[{"n":0},{"n":2},{"n":4}]"#,
    );
}

#[test]
fn samples() {
    let documents: Vec<String> = (0..50).map(|at| format!(r#"{{"v":{at}}}"#)).collect();
    let documents = format!("[{}]", documents.join(","));
    let counted = r#"[{"$sample":{"size":7}},{"$group":{"_id":"$v"}},{"$count":"n"}]"#;
    check(counted, &documents, r#"[{"n":7}]"#);
    check(
        r#"[{"$sample":{"size":70}},{"$count":"n"}]"#,
        &documents,
        r#"[{"n":50}]"#,
    );
    let one = run(r#"[{"$sample":{"size":9}}]"#, &documents).unwrap();
    assert_eq!(
        one,
        run(r#"[{"$sample":{"size":9}}]"#, &documents).unwrap(),
        "the seed decides"
    );
    // What is replaced is given back.
    let tight = Limits {
        memory_bytes: 400,
        ..Limits::default()
    };
    let few = run_with(
        r#"[{"$sample":{"size":3}},{"$count":"n"}]"#,
        &[("main", bodies(&documents))],
        &tight,
    );
    assert_eq!(few.as_deref(), Ok(r#"[{"n":3}]"#));
    assert_ne!(one, run(r#"[{"$limit":9}]"#, &documents).unwrap());
}
