//! Equality: across numeric types, null and missing, arrays by element, documents by order.

use super::check;

#[test]
fn scalars() {
    check(
        r#"{"a":1}"#,
        &[
            r#"{"a":1}"#,
            r#"{"a":1.0}"#,
            r#"{"a":1e0}"#,
            r#"{"a":{"$numberDecimal":"1.00"}}"#,
        ],
        &[r#"{"a":"1"}"#, r#"{"a":true}"#, r#"{"a":2}"#, r#"{"a":10}"#, "{}"],
    );
    check(
        r#"{"a":1.0}"#,
        &[r#"{"a":1}"#, r#"{"a":{"$numberLong":"1"}}"#],
        &[r#"{"a":1.5}"#],
    );
    check(
        r#"{"a":0}"#,
        &[r#"{"a":-0}"#, r#"{"a":-0.0}"#, r#"{"a":0}"#],
        &[r#"{"a":false}"#, r#"{"a":null}"#],
    );
    check(
        r#"{"a":9007199254740993}"#,
        &[r#"{"a":9007199254740993}"#],
        &[r#"{"a":9007199254740992}"#, r#"{"a":9007199254740992.0}"#],
    );
    check(
        r#"{"a":"x"}"#,
        &[r#"{"a":"x"}"#, r#"{"a":"\u0078"}"#],
        &[r#"{"a":"X"}"#, r#"{"a":"xx"}"#, r#"{"a":null}"#],
    );
    check(r#"{"a":"\u0041\n"}"#, &[r#"{"a":"A\n"}"#], &[r#"{"a":"A"}"#]);
    check(
        r#"{"a":true}"#,
        &[r#"{"a":true}"#],
        &[r#"{"a":1}"#, r#"{"a":false}"#],
    );
    check(r#"{"a":""}"#, &[r#"{"a":""}"#], &["{}", r#"{"a":null}"#]);
    check("{}", &["{}", r#"{"a":1}"#], &[]);
}

#[test]
fn null_is_missing_too() {
    check(
        r#"{"a":null}"#,
        &[
            "{}",
            r#"{"a":null}"#,
            r#"{"a":[1,null]}"#,
            r#"{"a":{"$undefined":true}}"#,
        ],
        &[r#"{"a":0}"#, r#"{"a":[]}"#, r#"{"a":{}}"#],
    );
    check(
        r#"{"a.b":null}"#,
        &[
            "{}",
            r#"{"a":1}"#,
            r#"{"a":{}}"#,
            r#"{"a":[{"b":1},{}]}"#,
            r#"{"a":[{"b":null}]}"#,
        ],
        &[
            r#"{"a":[]}"#,
            r#"{"a":[1,2]}"#,
            r#"{"a":[{"b":1}]}"#,
            r#"{"a":[[{}]]}"#,
        ],
    );
    check(
        r#"{"a":{"$ne":null}}"#,
        &[r#"{"a":0}"#, r#"{"a":[]}"#, r#"{"a":[1]}"#],
        &["{}", r#"{"a":null}"#, r#"{"a":[null]}"#],
    );
    check(
        r#"{"a.b":{"$ne":null}}"#,
        &[r#"{"a":[]}"#, r#"{"a":[1]}"#],
        &[r#"{"a":[{}]}"#, r#"{"a":5}"#],
    );
    check(
        r#"{"a":{"$in":[null,5,6,7,8,9]}}"#,
        &["{}", r#"{"a":null}"#, r#"{"a":7}"#],
        &[r#"{"a":1}"#],
    );
    check(
        r#"{"a":{"$nin":[null]}}"#,
        &[r#"{"a":1}"#],
        &["{}", r#"{"a":null}"#],
    );
}

#[test]
fn arrays_match_by_element_and_whole() {
    check(
        r#"{"a":2}"#,
        &[r#"{"a":[1,2]}"#, r#"{"a":[2.0]}"#],
        &[r#"{"a":[[2]]}"#, r#"{"a":[]}"#],
    );
    check(
        r#"{"a":[1,2]}"#,
        &[r#"{"a":[1,2]}"#, r#"{"a":[1.0,2]}"#, r#"{"a":[[1,2],3]}"#],
        &[
            r#"{"a":[2,1]}"#,
            r#"{"a":[1,2,3]}"#,
            r#"{"a":1}"#,
            r#"{"a":[[[1,2]]]}"#,
        ],
    );
    check(
        r#"{"a":[]}"#,
        &[r#"{"a":[]}"#, r#"{"a":[[]]}"#],
        &["{}", r#"{"a":[1]}"#],
    );
    check(
        r#"{"a":{"$ne":2}}"#,
        &[r#"{"a":[1,3]}"#, "{}", r#"{"a":[]}"#],
        &[r#"{"a":[1,2]}"#, r#"{"a":2}"#],
    );
}

#[test]
fn documents_match_with_their_order() {
    check(
        r#"{"a":{"x":1,"y":2}}"#,
        &[
            r#"{"a":{"x":1,"y":2}}"#,
            r#"{"a":{"x":1.0,"y":2}}"#,
            r#"{"a":[{"x":1,"y":2}]}"#,
        ],
        &[
            r#"{"a":{"y":2,"x":1}}"#,
            r#"{"a":{"x":1}}"#,
            r#"{"a":{"x":1,"y":2,"z":3}}"#,
        ],
    );
    check(
        r#"{"a":{}}"#,
        &[r#"{"a":{}}"#],
        &[r#"{"a":{"x":1}}"#, r#"{"a":[]}"#, "{}"],
    );
    check(
        r#"{"a":{"x":{"y":[1,{"z":null}]}}}"#,
        &[r#"{"a":{"x":{"y":[1,{"z":null}]}}}"#],
        &[r#"{"a":{"x":{"y":[1,{}]}}}"#],
    );
    check(
        r#"{"a":{"$eq":{"x":1}}}"#,
        &[r#"{"a":{"x":1}}"#],
        &[r#"{"a":{"x":2}}"#],
    );
    check(
        r#"{"a":{"$ref":"c","$id":1}}"#,
        &[r#"{"a":{"$ref":"c","$id":1}}"#],
        &[r#"{"a":{"$ref":"c","$id":2}}"#],
    );
    check(
        r#"{"meta":{"id":{"$uuid":"00112233445566778899aabbccddeeff"}}}"#,
        &[r#"{"meta":{"id":{"$uuid":"00112233445566778899aabbccddeeff"}}}"#],
        &[r#"{"meta":{"id":"00112233445566778899aabbccddeeff"}}"#],
    );
}

#[test]
fn extended_json_scalars() {
    let guid = r#"{"guid":{"$uuid":"00112233445566778899aabbccddeeff"}}"#;
    for query in [
        guid,
        r#"{"guid":{"$uuid":"00112233-4455-6677-8899-AABBCCDDEEFF"}}"#,
        r#"{"guid":{"$binary":"ABEiM0RVZneImaq7zN3u/w==","$type":"04"}}"#,
        r#"{"guid":{"$binary":{"base64":"ABEiM0RVZneImaq7zN3u/w==","subType":"04"}}}"#,
        r#"{"guid":{"$in":[{"$uuid":"00112233-4455-6677-8899-aabbccddeeff"}]}}"#,
    ] {
        check(
            query,
            &[guid],
            &[
                r#"{"guid":"00112233445566778899aabbccddeeff"}"#,
                r#"{"guid":{"$uuid":"00112233445566778899aabbccddeefe"}}"#,
            ],
        );
    }
    check(
        r#"{"t":{"$date":"1970-01-01T00:00:01Z"}}"#,
        &[
            r#"{"t":{"$date":1000,"$zone":"UTC","$offset":null}}"#,
            r#"{"t":{"$date":1000,"$zone":null,"$offset":null}}"#,
            r#"{"t":{"$date":1000,"$zone":"Europe/London","$offset":{"total_seconds":3600.0}}}"#,
        ],
        &[
            r#"{"t":1000}"#,
            r#"{"t":{"$date":1001,"$zone":"UTC","$offset":null}}"#,
        ],
    );
    check(
        r#"{"o":{"$oid":"0123456789abcdef01234567"}}"#,
        &[r#"{"o":{"$oid":"0123456789ABCDEF01234567"}}"#],
        &[r#"{"o":"0123456789abcdef01234567"}"#],
    );
    check(
        r#"{"a":{"$minKey":1}}"#,
        &[r#"{"a":{"$minKey":1}}"#],
        &[r#"{"a":1}"#, "{}"],
    );
    check(
        r#"{"a":{"$numberDouble":"NaN"}}"#,
        &[
            r#"{"a":{"$numberDouble":"NaN"}}"#,
            r#"{"a":{"$numberDecimal":"NaN"}}"#,
        ],
        &[r#"{"a":1}"#],
    );
}
