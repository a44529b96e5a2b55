//! Dotted paths: through documents, arrays, positions and scalars that are objects only in storage.

use super::check;

#[test]
fn through_arrays() {
    check(
        r#"{"a.b":1}"#,
        &[
            r#"{"a":{"b":1}}"#,
            r#"{"a":[{"b":2},{"b":1}]}"#,
            r#"{"a":{"b":[1]}}"#,
            r#"{"a":[{"b":[0,1]}]}"#,
        ],
        &[
            r#"{"a":[[{"b":1}]]}"#,
            r#"{"a":[1]}"#,
            r#"{"a":{"c":{"b":1}}}"#,
            r#"{"a.b":1}"#,
        ],
    );
    check(
        r#"{"a.b.c":1}"#,
        &[r#"{"a":[{"b":[{"c":1}]}]}"#, r#"{"a":[{"b":{"c":[1]}}]}"#],
        &[r#"{"a":[{"b":[[{"c":1}]]}]}"#],
    );
    check(
        r#"{"a.b":{"$gt":1,"$lt":3}}"#,
        &[r#"{"a":[{"b":0},{"b":5}]}"#, r#"{"a":{"b":2}}"#],
        &[r#"{"a":[{"b":0}]}"#, r#"{"a":{"b":5}}"#],
    );
}

#[test]
fn by_position() {
    check(
        r#"{"a.0":5}"#,
        &[r#"{"a":[5,6]}"#, r#"{"a":{"0":5}}"#, r#"{"a":[{"0":5}]}"#],
        &[r#"{"a":[6,5]}"#, r#"{"a":5}"#, r#"{"a":[[5]]}"#],
    );
    check(r#"{"a.1":[2,4]}"#, &[r#"{"a":[5,[2,4]]}"#], &[r#"{"a":[[2,4]]}"#]);
    check(
        r#"{"a.1.b":4}"#,
        &[
            r#"{"a":[5,{"b":4}]}"#,
            r#"{"a":[5,[{"b":4}]]}"#,
            r#"{"a":[{"1":{"b":4}}]}"#,
        ],
        &[r#"{"a":[{"b":4},5]}"#],
    );
    check(
        r#"{"a.0.1":7}"#,
        &[r#"{"a":[[6,7]]}"#, r#"{"a":{"0":{"1":7}}}"#],
        &[r#"{"a":[[7]]}"#, r#"{"a":[6,7]}"#],
    );
    check(r#"{"a.01":5}"#, &[r#"{"a":{"01":5}}"#], &[r#"{"a":[1,5]}"#]);
    check(
        r#"{"a.5":{"$exists":false}}"#,
        &[r#"{"a":[1]}"#, "{}"],
        &[r#"{"a":[0,1,2,3,4,5]}"#],
    );
}

#[test]
fn scalars_have_no_fields() {
    let id = r#"{"a":{"$uuid":"00112233445566778899aabbccddeeff"}}"#;
    check(r#"{"a.$uuid":{"$exists":true}}"#, &[], &[id]);
    check(r#"{"a.b":{"$exists":true}}"#, &[], &[id]);
    check(
        r#"{"a.b":null}"#,
        &[id],
        &[r#"{"a":[{"$uuid":"00112233445566778899aabbccddeeff"}]}"#],
    );
    check(
        r#"{"a.$id":7}"#,
        &[r#"{"a":{"$ref":"c","$id":7}}"#, r#"{"a":[{"$ref":"c","$id":7}]}"#],
        &[id],
    );
    check(r#"{"a":{"$type":"object"}}"#, &[r#"{"a":{}}"#], &[id]);
    check(
        r#"{"a":{"$elemMatch":{"b":null}}}"#,
        &[r#"{"a":[{}]}"#],
        &[r#"{"a":[{"$oid":"0123456789abcdef01234567"}]}"#],
    );
}

#[test]
fn conditions_with_a_common_beginning_stay_apart_in_arrays() {
    let query = r#"{"m.d.x":1,"m.d.y":2,"m.z":{"$exists":true}}"#;
    check(
        query,
        &[
            r#"{"m":{"z":0,"d":{"y":2,"x":1}}}"#,
            r#"{"m":{"d":[{"x":1},{"y":2}],"z":null}}"#,
            r#"{"m":[{"d":{"x":1}},{"d":{"y":2}},{"z":3}]}"#,
        ],
        &[
            r#"{"m":{"d":{"x":1,"y":2}}}"#,
            r#"{"m":{"d":{"x":1},"z":1}}"#,
            "{}",
            r#"{"m":7}"#,
        ],
    );
    check(
        r#"{"m":{"$exists":true},"m.a":null,"m.b":null}"#,
        &[r#"{"m":{}}"#, r#"{"m":1}"#],
        &["{}", r#"{"m":{"a":1}}"#, r#"{"m":[]}"#],
    );
    check(
        r#"{"m.$a":null,"m.$uuid":null}"#,
        &[r#"{"m":{"$uuid":"00112233445566778899aabbccddeeff"}}"#],
        &[],
    );
}

#[test]
fn more_conditions_than_one_walk_holds() {
    let (mut query, mut document) = (String::new(), String::new());
    for at in 0..150 {
        query.push_str(&format!(r#","f{at}":{at}"#));
        document.insert_str(0, &format!(r#","f{at}":{at}"#));
    }
    let query = format!("{{{}}}", &query[1..]);
    let whole = format!("{{{}}}", &document[1..]);
    check(
        &query,
        &[&whole],
        &[
            &whole.replace(r#""f149":149"#, r#""f149":0"#),
            &whole.replace(r#""f0":0"#, r#""g":0"#),
        ],
    );
}
