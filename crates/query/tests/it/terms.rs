//! What filters tell the planner: never less than what matches.

use proptest::prelude::*;
use query::{KeyRange, index_keys};

use super::{body, parse};

fn paths(query: &str) -> Vec<String> {
    parse(query)
        .unwrap()
        .terms()
        .into_iter()
        .map(|term| term.path)
        .collect()
}

#[test]
fn conjuncts_that_an_index_can_serve() {
    assert_eq!(
        paths(r#"{"a":1,"b.c":{"$gt":2,"$lt":5},"d":{"$in":[1,"x"]}}"#),
        ["a", "b.c", "b.c", "d"]
    );
    assert_eq!(
        paths(r#"{"$and":[{"a":"x"},{"$or":[{"b":1}]}],"c":{"$regex":"^ab"}}"#),
        ["a", "c"]
    );
    assert_eq!(
        paths(r#"{"tags":{"$elemMatch":{"name":"n","v.w":2}},"x":{"$elemMatch":{"$gt":1}}}"#),
        ["tags.name", "tags.v.w", "x"]
    );
    assert_eq!(paths(r#"{"a":{"$all":[1,2]}}"#), ["a", "a"]);
    for none in [
        r#"{"a":null}"#,
        r#"{"a":{"$in":[1,null]}}"#,
        r#"{"a":{"$in":[1,{"$regex":"^x"}]}}"#,
        r#"{"a":{"x":1}}"#,
        r#"{"a":[1]}"#,
        r#"{"a":{"$ne":1}}"#,
        r#"{"a.0":1}"#,
        r#"{"a.$id":1}"#,
        r#"{"a":{"$gte":{"$minKey":1}}}"#,
        r#"{"$or":[{"a":1}]}"#,
        r#"{"a":{"$regex":"^a|b"}}"#,
        r#"{"a":{"$regex":"^a","$options":"i"}}"#,
        r#"{"a":{"$regex":"^a*"}}"#,
        r#"{"a":{"$regex":"^$"}}"#,
        r#"{"a":{"$exists":true}}"#,
    ] {
        assert_eq!(paths(none), [""; 0], "{none}");
    }
}

#[test]
fn points_are_told_from_ranges() {
    let point = |query: &str| parse(query).unwrap().terms()[0].is_points();
    assert!(point(r#"{"a":1}"#));
    assert!(point(
        r#"{"a":{"$in":[1,{"$uuid":"00112233445566778899aabbccddeeff"}]}}"#
    ));
    assert!(!point(r#"{"a":{"$gt":1}}"#));
    assert!(!point(r#"{"a":{"$regex":"^x"}}"#));
}

#[test]
fn a_clue_is_the_longest_text_that_must_be_there() {
    let pieces = |query: &str| parse(query).unwrap().clue().map(|clue| clue.pieces().to_vec());
    let of = |texts: &[&str]| {
        let stored = |text: &&str| jsonb::plain_element(text).unwrap();
        Some(texts.iter().map(stored).collect::<Vec<_>>())
    };
    assert_eq!(
        pieces(r#"{"a":"one","b.c":"seven","d":{"$gt":2}}"#),
        of(&["seven"])
    );
    assert_eq!(pieces(r#"{"a":{"$in":["two","one"]}}"#), of(&["one", "two"]));
    assert_eq!(pieces(r#"{"a":{"$in":["three","x"]},"b":"four"}"#), of(&["four"]));
    assert_eq!(pieces(r#"{"t":{"$elemMatch":{"n":"name"}}}"#), of(&["name"]));
    let long = "x".repeat(100);
    let cut = jsonb::plain_element(&long).unwrap()[..64].to_vec();
    assert_eq!(pieces(&format!(r#"{{"a":"{long}"}}"#)), Some(vec![cut]));
    for none in [
        r#"{"a":"ab"}"#,
        r#"{"a":"a \"b\""}"#,
        r#"{"a":{"$in":["one",2]}}"#,
        r#"{"a":7}"#,
        r#"{"a":{"$gte":"one"}}"#,
        r#"{"a":{"$in":[]}}"#,
    ] {
        assert_eq!(pieces(none), None, "{none}");
    }
}

/// Whether a document has what a clue tells of, or may have it in another spelling.
fn has(document: &jsonb::Jsonb, clue: Option<&query::Clue>) -> bool {
    let occurs = |piece: &[u8]| {
        document
            .as_bytes()
            .windows(piece.len())
            .any(|bytes| bytes == piece)
    };
    clue.is_none_or(|clue| occurs(b"\\") || clue.pieces().iter().any(|piece| occurs(piece)))
}

fn inside(key: &Vec<u8>, range: &KeyRange) -> bool {
    std::ops::RangeBounds::contains(range, key)
}

/// Small values of every kind, so that they meet.
fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        (-3..4i64).prop_map(|int| int.to_string()),
        prop_oneof![
            Just("9007199254740993"),
            Just("9007199254740992"),
            Just("9007199254740992.0"),
            Just("4611686018427387909")
        ]
        .prop_map(str::to_owned),
        (-3..4i64).prop_map(|int| format!("{int}.5")),
        (-3..4i64).prop_map(|int| format!(r#"{{"$numberDecimal":"{int}.00000000000000000001"}}"#)),
        (-3..4i64).prop_map(|int| format!(r#"{{"$numberDecimal":"{int}.5"}}"#)),
        Just(r#"{"$numberDecimal":"4611686018427387909.5"}"#.to_owned()),
        Just(r#"{"$numberDouble":"NaN"}"#.to_owned()),
        "[ab]{0,3}".prop_map(|text| format!("{text:?}")),
        prop_oneof![Just(r#""aab""#), Just(r#""\u0061ab""#)].prop_map(str::to_owned),
        prop_oneof![Just("null"), Just("true"), Just("false"), Just("[]"), Just("{}")]
            .prop_map(str::to_owned),
        (-2..3i64).prop_map(|ms| format!(r#"{{"$date":{ms},"$zone":"UTC","$offset":null}}"#)),
        (0..3u8).prop_map(|byte| format!(r#"{{"$uuid":"{byte:032x}"}}"#)),
        (0..3u8).prop_map(|byte| format!(r#"{{"$oid":"{byte:024x}"}}"#)),
        "[ab]{0,2}".prop_map(|text| format!(r#"{{"$regex":"^{text}","$options":""}}"#)),
    ]
}

fn document() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        3 => scalar(),
        1 => prop::collection::vec(scalar(), 0..3).prop_map(|items| format!("[{}]", items.join(","))),
    ];
    let object = prop::collection::btree_map("[ab]", value, 0..3).prop_map(|fields| {
        let fields: Vec<String> = fields
            .into_iter()
            .map(|(key, value)| format!("{key:?}:{value}"))
            .collect();
        format!("{{{}}}", fields.join(","))
    });
    let outer = prop_oneof![
        object.clone(),
        prop::collection::vec(object.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(","))),
    ];
    (object, outer).prop_map(|(object, outer)| match object.strip_suffix('}') {
        Some("{") => format!(r#"{{"c":{outer}}}"#),
        Some(open) => format!(r#"{open},"c":{outer}}}"#),
        None => object,
    })
}

fn condition() -> impl Strategy<Value = String> {
    let op = prop_oneof![Just("$eq"), Just("$gt"), Just("$gte"), Just("$lt"), Just("$lte")];
    let no_pattern = scalar().prop_filter("patterns have no order", |text| !text.contains("$regex"));
    prop_oneof![
        scalar(),
        (op, no_pattern).prop_map(|(op, value)| format!(r#"{{"{op}":{value}}}"#)),
        prop::collection::vec(scalar(), 0..3).prop_map(|items| format!(r#"{{"$in":[{}]}}"#, items.join(","))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn what_matches_is_in_the_index(document in document(), condition in condition(), path in "[abc]|c\\.[ab]") {
        for query in [
            format!(r#"{{"{path}":{condition}}}"#),
            format!(r#"{{"{path}":{{"$elemMatch":{{"a":{condition}}}}}}}"#),
        ] {
            let filter = parse(&query).unwrap();
            let document = body(&document);
            if filter.matches(document.root()).unwrap() {
                prop_assert!(has(&document, filter.clue().as_ref()), "{}", query);
                for term in filter.terms() {
                    let keys = index_keys(document.root(), &term.path).unwrap();
                    let found = keys.iter().any(|key| term.ranges.iter().any(|range| inside(key, range)));
                    prop_assert!(found, "{query} matches {document:?}, but not through {term:?}");
                }
            }
        }
    }
}
