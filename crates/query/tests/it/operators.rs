//! The operators, one table each.

use super::check;

#[test]
fn order_is_within_one_type() {
    check(
        r#"{"a":{"$gt":5}}"#,
        &[
            r#"{"a":6}"#,
            r#"{"a":5.5}"#,
            r#"{"a":[1,9]}"#,
            r#"{"a":{"$numberDecimal":"5.0000000000000000000000001"}}"#,
        ],
        &[
            r#"{"a":5}"#,
            r#"{"a":"6"}"#,
            r#"{"a":true}"#,
            "{}",
            r#"{"a":null}"#,
            r#"{"a":{"b":9}}"#,
            r#"{"a":[]}"#,
            r#"{"a":{"$date":9,"$zone":null,"$offset":null}}"#,
        ],
    );
    check(
        r#"{"a":{"$lt":"b"}}"#,
        &[r#"{"a":"a"}"#, r#"{"a":"B"}"#, r#"{"a":""}"#, r#"{"a":"a\n"}"#],
        &[r#"{"a":"b"}"#, r#"{"a":1}"#, "{}"],
    );
    check(
        r#"{"a":{"$gte":-1.5}}"#,
        &[
            r#"{"a":-1.5}"#,
            r#"{"a":-1}"#,
            r#"{"a":0}"#,
            r#"{"a":123456789012345678901e1}"#,
        ],
        &[r#"{"a":-2}"#],
    );
    check(
        r#"{"a":{"$lt":9223372036854775807}}"#,
        &[r#"{"a":9223372036854775806}"#, r#"{"a":-9223372036854775808}"#],
        &[r#"{"a":9223372036854775807}"#, r#"{"a":9223372036854775808.0}"#],
    );
    check(
        r#"{"a":{"$gt":false}}"#,
        &[r#"{"a":true}"#],
        &[r#"{"a":false}"#, r#"{"a":1}"#],
    );
    check(
        r#"{"a":{"$gt":[1,2]}}"#,
        &[r#"{"a":[1,3]}"#, r#"{"a":[1,2,0]}"#, r#"{"a":[[2]]}"#],
        &[r#"{"a":[1]}"#, r#"{"a":3}"#, r#"{"a":[1,2]}"#],
    );
    check(
        r#"{"a":{"$gt":{"x":1}}}"#,
        &[
            r#"{"a":{"x":2}}"#,
            r#"{"a":{"x":1,"y":0}}"#,
            r#"{"a":{"y":0}}"#,
            r#"{"a":{"a":"s"}}"#,
        ],
        &[r#"{"a":{"x":1}}"#, r#"{"a":{"x":0}}"#, r#"{"a":{"w":1}}"#],
    );
    check(
        r#"{"t":{"$gte":{"$date":"2020-01-01T00:00:00.000Z"}}}"#,
        &[r#"{"t":{"$date":1577836800000,"$zone":"UTC","$offset":null}}"#],
        &[
            r#"{"t":{"$date":1577836799999,"$zone":"UTC","$offset":null}}"#,
            r#"{"t":1577836800000}"#,
        ],
    );
}

#[test]
fn order_with_null_nan_and_the_ends() {
    check(
        r#"{"a":{"$gte":null}}"#,
        &["{}", r#"{"a":null}"#, r#"{"a":[null]}"#],
        &[r#"{"a":0}"#, r#"{"a":[]}"#],
    );
    check(
        r#"{"a":{"$lte":null}}"#,
        &["{}", r#"{"a":null}"#],
        &[r#"{"a":0}"#],
    );
    check(
        r#"{"a":{"$gt":null}}"#,
        &[],
        &["{}", r#"{"a":null}"#, r#"{"a":1}"#],
    );
    let nan = r#"{"a":{"$numberDouble":"NaN"}}"#;
    check(
        r#"{"a":{"$lt":5}}"#,
        &[r#"{"a":{"$numberDouble":"-Infinity"}}"#],
        &[nan],
    );
    check(
        r#"{"a":{"$lte":{"$numberDouble":"NaN"}}}"#,
        &[nan],
        &[r#"{"a":5}"#],
    );
    check(
        r#"{"a":{"$gt":{"$minKey":1}}}"#,
        &[r#"{"a":5}"#, r#"{"a":"x"}"#, r#"{"a":null}"#],
        &[r#"{"a":{"$minKey":1}}"#],
    );
    check(
        r#"{"a":{"$lt":{"$maxKey":1}}}"#,
        &[r#"{"a":5}"#, r#"{"a":{}}"#],
        &[r#"{"a":{"$maxKey":1}}"#],
    );
}

#[test]
fn lists() {
    check(
        r#"{"a":{"$in":[1,"x"]}}"#,
        &[r#"{"a":1.0}"#, r#"{"a":"x"}"#, r#"{"a":[5,"x"]}"#],
        &[r#"{"a":2}"#, "{}"],
    );
    check(
        r#"{"a":{"$in":[1,2,3,4,5,6,"x",[7]]}}"#,
        &[r#"{"a":6.0}"#, r#"{"a":"x"}"#, r#"{"a":[9,1]}"#, r#"{"a":[7]}"#],
        &[r#"{"a":7}"#, r#"{"a":"y"}"#, "{}"],
    );
    check(r#"{"a":{"$in":[]}}"#, &[], &["{}", r#"{"a":1}"#]);
    check(
        r#"{"a":{"$in":[{"$regex":"^x","$options":"i"},5]}}"#,
        &[r#"{"a":"Xy"}"#, r#"{"a":5}"#],
        &[r#"{"a":"yx"}"#],
    );
    check(
        r#"{"a":{"$nin":[1,2]}}"#,
        &[r#"{"a":3}"#, "{}", r#"{"a":[3]}"#],
        &[r#"{"a":2}"#, r#"{"a":[2,3]}"#],
    );
    check(
        r#"{"a":{"$nin":[{"$regex":"^x"}]}}"#,
        &[r#"{"a":"y"}"#, "{}"],
        &[r#"{"a":"xy"}"#],
    );
}

#[test]
fn logic() {
    check(
        r#"{"$and":[{"a":1},{"$and":[{"b":2}]}],"c":3}"#,
        &[r#"{"c":3,"b":2,"a":1}"#],
        &[r#"{"a":1,"b":2}"#, r#"{"a":1,"c":3}"#],
    );
    check(
        r#"{"$or":[{"a":1},{"b":2}]}"#,
        &[r#"{"a":1}"#, r#"{"b":2}"#],
        &[r#"{"a":2,"b":1}"#],
    );
    check(
        r#"{"$nor":[{"a":1},{"b":2}]}"#,
        &[r#"{"a":2}"#, "{}"],
        &[r#"{"a":1}"#, r#"{"b":2}"#],
    );
    check(r#"{"$or":[{}]}"#, &["{}"], &[]);
    check(
        r#"{"a":{"$not":{"$gt":5}}}"#,
        &[r#"{"a":5}"#, r#"{"a":"x"}"#, "{}", r#"{"a":[]}"#],
        &[r#"{"a":6}"#, r#"{"a":[1,6]}"#],
    );
    check(
        r#"{"a":{"$not":{"$gt":1,"$lt":5}}}"#,
        &[r#"{"a":1}"#, r#"{"a":9}"#],
        &[r#"{"a":3}"#, r#"{"a":[0,9]}"#],
    );
    check(
        r#"{"a":{"$not":{"$regex":"^x"}}}"#,
        &[r#"{"a":"y"}"#, r#"{"a":1}"#, "{}"],
        &[r#"{"a":"xy"}"#],
    );
    check(
        r#"{"a":{"$not":{"$not":{"$eq":1}}}}"#,
        &[r#"{"a":1}"#],
        &[r#"{"a":2}"#],
    );
    check(
        r#"{"workers":{"$exists":true,"$not":{"$size":0}}}"#,
        &[r#"{"workers":[{}]}"#],
        &[r#"{"workers":[]}"#, "{}"],
    );
    check(r#"{"a":1,"$comment":"why"}"#, &[r#"{"a":1}"#], &["{}"]);
    check(r#"{"a":{"$eq":1,"$comment":"why"}}"#, &[r#"{"a":1}"#], &["{}"]);
}

#[test]
fn existence() {
    check(
        r#"{"a":{"$exists":true}}"#,
        &[r#"{"a":null}"#, r#"{"a":[]}"#, r#"{"a":1}"#],
        &["{}"],
    );
    check(r#"{"a":{"$exists":0}}"#, &["{}"], &[r#"{"a":null}"#]);
    check(r#"{"a":{"$exists":"yes"}}"#, &[r#"{"a":1}"#], &["{}"]);
    check(
        r#"{"a.b":{"$exists":true}}"#,
        &[r#"{"a":[{},{"b":null}]}"#],
        &[r#"{"a":[{}]}"#, r#"{"a":[]}"#],
    );
    check(
        r#"{"a.b":{"$exists":false}}"#,
        &[r#"{"a":[]}"#, r#"{"a":[1]}"#, "{}"],
        &[r#"{"a":[{},{"b":1}]}"#],
    );
}

#[test]
fn types() {
    let tables: [(&str, &str, &str); 16] = [
        (r#""double""#, "1.5", "1"),
        (r#""int""#, "1", "1.0"),
        (r#""int""#, "2147483647", "2147483648"),
        (r#""long""#, "2147483648", "1"),
        ("2", r#""x""#, "1"),
        ("3", "{}", "[]"),
        ("[4]", "[]", "{}"),
        (r#""bool""#, "false", "0"),
        (r#""null""#, "null", "0"),
        (r#""date""#, r#"{"$date":1,"$zone":null,"$offset":null}"#, "1"),
        (
            r#""binData""#,
            r#"{"$uuid":"00112233445566778899aabbccddeeff"}"#,
            r#""x""#,
        ),
        ("7.0", r#"{"$oid":"0123456789abcdef01234567"}"#, "{}"),
        (r#"["string","number"]"#, "1", "true"),
        (r#""decimal""#, r#"{"$numberDecimal":"1"}"#, "1"),
        ("-1", r#"{"$minKey":1}"#, "0"),
        (r#""regex""#, r#"{"$regex":"x","$options":""}"#, r#""x""#),
    ];
    for (kind, yes, no) in tables {
        let query = format!(r#"{{"a":{{"$type":{kind}}}}}"#);
        let document = |value: &str| format!(r#"{{"a":{value}}}"#);
        check(&query, &[document(yes).as_str()], &[&document(no), "{}"]);
    }
    check(
        r#"{"a":{"$type":"string"}}"#,
        &[r#"{"a":[1,"x"]}"#],
        &[r#"{"a":[1]}"#],
    );
    check(
        r#"{"a":{"$type":"array"}}"#,
        &[r#"{"a":[1]}"#, r#"{"a":[[]]}"#],
        &[r#"{"a":1}"#],
    );
}

#[test]
fn patterns() {
    check(
        r#"{"a":{"$regex":"^ab+c$"}}"#,
        &[r#"{"a":"abbc"}"#, r#"{"a":["x","abc"]}"#],
        &[r#"{"a":"ABC"}"#, r#"{"a":1}"#, "{}"],
    );
    check(
        r#"{"a":{"$regex":"B","$options":"i"}}"#,
        &[r#"{"a":"abc"}"#, r#"{"a":"ABC"}"#],
        &[r#"{"a":"x"}"#],
    );
    check(
        r#"{"a":{"$options":"i","$regex":"B"}}"#,
        &[r#"{"a":"abc"}"#],
        &[r#"{"a":"x"}"#],
    );
    check(
        r#"{"a":{"$regex":"é","$options":"i"}}"#,
        &[r#"{"a":"É"}"#],
        &[r#"{"a":"e"}"#],
    );
    check(
        r#"{"a":{"$regex":"^b","$options":"m"}}"#,
        &[r#"{"a":"a\nb"}"#],
        &[r#"{"a":"ab"}"#],
    );
    check(
        r#"{"a":{"$regex":"a.b","$options":"s"}}"#,
        &[r#"{"a":"a\nb"}"#],
        &[r#"{"a":"ab"}"#],
    );
    check(
        r#"{"a":{"$regex":"a b # c","$options":"x"}}"#,
        &[r#"{"a":"ab"}"#],
        &[r#"{"a":"a b # c"}"#],
    );
    check(
        r#"{"a":{"$regex":"^x","$ne":"xy"}}"#,
        &[r#"{"a":"xz"}"#],
        &[r#"{"a":"xy"}"#, r#"{"a":"y"}"#],
    );
    check(
        r#"{"a":{"$regularExpression":{"pattern":"^x","options":"i"}}}"#,
        &[r#"{"a":"Xy"}"#],
        &[r#"{"a":"yx"}"#],
    );
    check(
        r#"{"a":{"$regex":{"$regex":"^x"},"$options":"i"}}"#,
        &[r#"{"a":"Xy"}"#],
        &[r#"{"a":"yx"}"#],
    );
    let stored = r#"{"a":{"$regex":"^x","$options":"i"}}"#;
    check(stored, &[stored], &[r#"{"a":{"$regex":"^x","$options":""}}"#]);
    check(
        r#"{"a":{"$eq":{"$regex":"^x","$options":"i"}}}"#,
        &[stored],
        &[r#"{"a":"xy"}"#],
    );
}

#[test]
fn remainders() {
    check(
        r#"{"a":{"$mod":[4,0]}}"#,
        &[
            r#"{"a":8}"#,
            r#"{"a":0}"#,
            r#"{"a":-4}"#,
            r#"{"a":8.9}"#,
            r#"{"a":[1,4]}"#,
        ],
        &[
            r#"{"a":7}"#,
            r#"{"a":"8"}"#,
            "{}",
            r#"{"a":1e300}"#,
            r#"{"a":{"$numberDouble":"NaN"}}"#,
        ],
    );
    check(
        r#"{"a":{"$mod":[4.9,1.2]}}"#,
        &[r#"{"a":5}"#, r#"{"a":{"$numberDecimal":"5.9"}}"#],
        &[r#"{"a":4}"#],
    );
    check(
        r#"{"a":{"$mod":[4,-1]}}"#,
        &[r#"{"a":-5}"#, r#"{"a":{"$numberDecimal":"-5.9"}}"#],
        &[r#"{"a":5}"#, r#"{"a":-4}"#],
    );
    check(
        r#"{"a":{"$mod":[-1,0]}}"#,
        &[r#"{"a":-9223372036854775808}"#],
        &[],
    );
}

#[test]
fn arrays() {
    check(
        r#"{"a":{"$size":2}}"#,
        &[r#"{"a":[1,[]]}"#],
        &[r#"{"a":[1]}"#, r#"{"a":"xx"}"#, r#"{"a":[[1,2]]}"#, "{}"],
    );
    check(r#"{"a":{"$size":2.0}}"#, &[r#"{"a":[1,2]}"#], &[r#"{"a":[]}"#]);
    check(
        r#"{"a":{"$all":[1,2]}}"#,
        &[r#"{"a":[2,3,1]}"#],
        &[r#"{"a":[1]}"#, r#"{"a":1}"#],
    );
    check(r#"{"a":{"$all":[1]}}"#, &[r#"{"a":1}"#], &["{}"]);
    check(r#"{"a":{"$all":[]}}"#, &[], &[r#"{"a":[]}"#, "{}"]);
    check(
        r#"{"a":{"$all":[[1,2]]}}"#,
        &[r#"{"a":[1,2]}"#, r#"{"a":[[1,2]]}"#],
        &[r#"{"a":[1]}"#],
    );
    check(
        r#"{"a":{"$all":[{"$regex":"^x"},"y"]}}"#,
        &[r#"{"a":["xx","y"]}"#],
        &[r#"{"a":["y"]}"#],
    );
    check(
        r#"{"a":{"$all":[{"$elemMatch":{"x":1}},{"$elemMatch":{"x":2}}]}}"#,
        &[r#"{"a":[{"x":2},{"x":1}]}"#],
        &[r#"{"a":[{"x":1}]}"#],
    );
    check(
        r#"{"a.b":{"$all":[1,2]}}"#,
        &[r#"{"a":[{"b":1},{"b":2}]}"#],
        &[r#"{"a":[{"b":1}]}"#],
    );
}

#[test]
fn element_matches() {
    let tags = r#"{"$and":[{"tags":{"$elemMatch":{"name":"n","value":"v"}}}]}"#;
    check(
        tags,
        &[r#"{"tags":[{"name":"x","value":"v"},{"name":"n","value":"v"}]}"#],
        &[
            r#"{"tags":[{"name":"n","value":"x"},{"name":"x","value":"v"}]}"#,
            r#"{"tags":{"name":"n","value":"v"}}"#,
            r#"{"tags":[]}"#,
        ],
    );
    check(
        r#"{"a":{"$elemMatch":{"$gt":1,"$lt":5}}}"#,
        &[r#"{"a":[0,3]}"#],
        &[r#"{"a":[0,9]}"#, r#"{"a":3}"#, r#"{"a":[[3]]}"#],
    );
    check(
        r#"{"a":{"$elemMatch":{"$elemMatch":{"$eq":3}}}}"#,
        &[r#"{"a":[[3]]}"#],
        &[r#"{"a":[3]}"#],
    );
    check(
        r#"{"a":{"$elemMatch":{"$nin":[1,2]}}}"#,
        &[r#"{"a":[1,3]}"#],
        &[r#"{"a":[1,2]}"#, r#"{"a":[]}"#],
    );
    check(
        r#"{"a":{"$elemMatch":{"$or":[{"x":1},{"y":1}]}}}"#,
        &[r#"{"a":[{"y":1}]}"#],
        &[r#"{"a":[{"x":2}]}"#, r#"{"a":[1]}"#],
    );
    check(
        r#"{"a":{"$elemMatch":{}}}"#,
        &[r#"{"a":[{}]}"#, r#"{"a":[[]]}"#],
        &[r#"{"a":[1]}"#, r#"{"a":[]}"#],
    );
    check(
        r#"{"a":{"$elemMatch":{"0":5}}}"#,
        &[r#"{"a":[[5]]}"#, r#"{"a":[{"0":5}]}"#],
        &[r#"{"a":[5]}"#],
    );
    check(
        r#"{"a":{"$not":{"$elemMatch":{"x":1}}}}"#,
        &["{}", r#"{"a":[{"x":2}]}"#],
        &[r#"{"a":[{"x":1}]}"#],
    );
    check(
        r#"{"a.b":{"$elemMatch":{"c":1}}}"#,
        &[r#"{"a":[{"b":[{"c":1}]}]}"#],
        &[r#"{"a":[{"b":{"c":1}}]}"#],
    );
}

#[test]
fn an_expression_sees_the_whole_document() {
    check(
        r#"{"$expr":{"$gt":["$spent","$budget"]}}"#,
        &[
            r#"{"spent":9,"budget":5}"#,
            r#"{"spent":9}"#,
            r#"{"spent":"a","budget":9}"#,
        ],
        &[r#"{"spent":5,"budget":9}"#, r#"{"budget":9}"#, "{}"],
    );
    check(
        r#"{"kind":"a","$or":[{"n":1},{"$expr":{"$in":["$n",{"$map":{"input":"$all","in":{"$add":["$$this",1]}}}]}}]}"#,
        &[
            r#"{"kind":"a","n":1,"all":[]}"#,
            r#"{"kind":"a","n":3,"all":[7,2]}"#,
        ],
        &[
            r#"{"kind":"b","n":1,"all":[0]}"#,
            r#"{"kind":"a","n":3,"all":[3]}"#,
        ],
    );
}

#[test]
fn an_expression_that_cannot_be_computed_says_where() {
    let document = jsonb::Jsonb::parse(br#"{"a":"x"}"#, &jsonb::Limits::default()).unwrap();
    let query = jsonb::Jsonb::parse(br#"{"$expr":{"$add":["$a",1]}}"#, &jsonb::Limits::default()).unwrap();
    let filter = query::Filter::parse(&query.root(), &query::Limits::default()).unwrap();
    let refusal = filter.matches(document.root()).unwrap_err();
    assert!(refusal.to_string().contains("$expr.$add"), "{refusal}");
}

#[test]
fn an_expression_without_end_is_ended() {
    let many = r#"{"$range":[0,100000]}"#;
    let text = format!(
        r#"{{"$expr":{{"$reduce":{{"input":{many},"initialValue":0,"in":{{"$reduce":{{"input":{many},"initialValue":0,"in":{{"$add":["$$value",1]}}}}}}}}}}}}"#
    );
    let limits = query::Limits {
        time: std::time::Duration::from_millis(50),
        ..query::Limits::default()
    };
    let query = jsonb::Jsonb::parse(text.as_bytes(), &jsonb::Limits::default()).unwrap();
    let filter = query::Filter::parse(&query.root(), &limits).unwrap();
    let refusal = filter.matches(jsonb::object().finish().root()).unwrap_err();
    assert!(refusal.to_string().contains("time"), "{refusal}");
}
