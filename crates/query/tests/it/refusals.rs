//! What is refused, where, and in which words.

use super::parse;

/// Query, place, part of the reason.
const REFUSED: &[(&str, &str, &str)] = &[
    (r#"[]"#, "", "a filter is an object, found an array"),
    (
        r#"{"$where":"1"}"#,
        "$where",
        "operator `$where` is not supported: code from a query is never run",
    ),
    (
        r#"{"a":{"$where":"1"}}"#,
        "a.$where",
        "operator `$where` is not supported",
    ),
    (r#"{"$text":{"$search":"x"}}"#, "$text", "there is no text index"),
    (r#"{"$jsonSchema":{}}"#, "$jsonSchema", "is not supported"),
    (
        r#"{"a":{"$near":[1,2]}}"#,
        "a.$near",
        "there are no geospatial queries",
    ),
    (
        r#"{"a":{"$elemMatch":{"$expr":true}}}"#,
        "a.$elemMatch.$expr",
        "cannot stand in `$elemMatch`",
    ),
    (
        r#"{"$or":[{"$expr":{"$gt":["$a","$$NOW"]}}]}"#,
        "$or.0.$expr.$gt.1",
        "the same answer each time",
    ),
    (
        r#"{"$expr":{"$lt":[{"$rand":{}},0.5]}}"#,
        "$expr.$lt.0.$rand",
        "the same answer each time",
    ),
    (r#"{"$expr":{"$nothing":1}}"#, "$expr.$nothing", "`$nothing`"),
    (r#"{"$foo":1}"#, "$foo", "unknown operator `$foo`"),
    (r#"{"$gt":1}"#, "$gt", "operator `$gt` needs a field"),
    (r#"{"a":{"$and":[{}]}}"#, "a.$and", "cannot stand behind a field"),
    (
        r#"{"a":{"$gt":1,"b":2}}"#,
        "a.b",
        "expected an operator, found the field \"b\"",
    ),
    (
        r#"{"$and":[{"x":1},{"name":{"$regex":"("}}]}"#,
        "$and.1.name.$regex",
        "unclosed group",
    ),
    (r#"{"$and":[]}"#, "$and", "at least one filter"),
    (r#"{"$or":{}}"#, "$or", "found an object"),
    (r#"{"$or":[1]}"#, "$or.0", "a filter is an object, found a number"),
    (r#"{"a":{"$in":1}}"#, "a.$in", "needs an array, found a number"),
    (
        r#"{"a":{"$in":[{"$gt":1}]}}"#,
        "a.$in.0",
        "operators cannot stand in a list",
    ),
    (
        r#"{"a":{"$not":5}}"#,
        "a.$not",
        "needs operators or a pattern, found 5",
    ),
    (r#"{"a":{"$not":{}}}"#, "a.$not", "needs operators or a pattern"),
    (
        r#"{"a":{"$ne":{"$regex":"x"}}}"#,
        "a.$ne",
        "cannot take a pattern",
    ),
    (
        r#"{"a":{"$gt":{"$regex":"x"}}}"#,
        "a.$gt",
        "cannot take a pattern",
    ),
    (r#"{"a":{"$regex":"(?=x)"}}"#, "a.$regex", "look-around"),
    (
        r#"{"a":{"$regex":"(x)\\1"}}"#,
        "a.$regex",
        "backreferences are not supported",
    ),
    (
        r#"{"a":{"$regex":5}}"#,
        "a.$regex",
        "needs a string, found a number",
    ),
    (
        r#"{"a":{"$regex":"x","$options":"q"}}"#,
        "a.$options",
        "unknown regular expression option 'q'",
    ),
    (
        r#"{"a":{"$regex":{"$regex":"x","$options":"i"},"$options":"m"}}"#,
        "a.$regex",
        "options are set both",
    ),
    (r#"{"a":{"$options":"i"}}"#, "a.$options", "needs a `$regex`"),
    (r#"{"a":{"$mod":[0,1]}}"#, "a.$mod", "must not be 0"),
    (r#"{"a":{"$mod":[1]}}"#, "a.$mod", "needs an array of two numbers"),
    (r#"{"a":{"$mod":[1,"x"]}}"#, "a.$mod", "the remainder"),
    (
        r#"{"a":{"$size":-1}}"#,
        "a.$size",
        "needs a whole number from 0, found -1",
    ),
    (r#"{"a":{"$size":1.5}}"#, "a.$size", "found 1.5"),
    (
        r#"{"a":{"$type":"int128"}}"#,
        "a.$type",
        "there is no BSON type \"int128\"",
    ),
    (r#"{"a":{"$type":0}}"#, "a.$type", "there is no BSON type 0"),
    (r#"{"a":{"$type":[]}}"#, "a.$type", "at least one type"),
    (r#"{"a":{"$all":[{"$gt":1}]}}"#, "a.$all.0", "only `$elemMatch`"),
    (
        r#"{"a":{"$elemMatch":1}}"#,
        "a.$elemMatch",
        "a filter is an object",
    ),
    (r#"{"a..b":1}"#, "a..b", "has an empty step"),
    (r#"{"a":{"$uuid":"zz"}}"#, "a", "the key `$uuid` is reserved"),
    (
        r#"{"a":{"b":[{"$date":"yesterday"}]}}"#,
        "a.b.0",
        "the key `$date` is reserved",
    ),
];

#[test]
fn each_says_what_and_where() {
    for (query, at, why) in REFUSED {
        let refusal = parse(query).unwrap_err();
        assert_eq!(refusal.at, *at, "{query}: {refusal}");
        assert!(refusal.why.contains(why), "{query}: {refusal}");
        assert!(!refusal.why.contains('\n'), "{query}: {refusal}");
    }
}
