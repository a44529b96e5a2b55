//! Documents, variables and literals.

use crate::common::{refused, table};

const DOC: &str = r#"{"a":{"x":1,"y":2},"b":{"y":3,"z":{"q":1}},"n":null,"dotted.name":5,"$price":9,"i":4}"#;

#[test]
fn documents() {
    table(
        DOC,
        &[
            (r#"{"$mergeObjects":["$a","$b"]}"#, r#"{"x":1,"y":3,"z":{"q":1}}"#),
            (r#"{"$mergeObjects":["$n","$a","$nothing"]}"#, r#"{"x":1,"y":2}"#),
            (r#"{"$mergeObjects":[["$a",{"w":0}]]}"#, r#"{"x":1,"y":2,"w":0}"#),
            (r#"{"$getField":"dotted.name"}"#, "5"),
            (r#"{"$getField":{"$literal":"$price"}}"#, "9"),
            (r#"{"$getField":{"field":"x","input":"$a"}}"#, "1"),
            (r#"{"$getField":{"field":"w","input":"$a"}}"#, "missing"),
            (
                r#"{"$setField":{"field":"y","input":"$a","value":"$i"}}"#,
                r#"{"x":1,"y":4}"#,
            ),
            (
                r#"{"$setField":{"field":"a.b","input":"$a","value":0}}"#,
                r#"{"x":1,"y":2,"a.b":0}"#,
            ),
            (
                r#"{"$setField":{"field":"y","input":"$a","value":"$$REMOVE"}}"#,
                r#"{"x":1}"#,
            ),
            (r#"{"$unsetField":{"field":"x","input":"$a"}}"#, r#"{"y":2}"#),
            (r#"{"$unsetField":{"field":"x","input":"$n"}}"#, "null"),
            (
                r#"{"$objectToArray":"$a"}"#,
                r#"[{"k":"x","v":1},{"k":"y","v":2}]"#,
            ),
            (
                r#"{"$arrayToObject":[[["p",1],["q",2],["p",3]]]}"#,
                r#"{"p":3,"q":2}"#,
            ),
            (
                r#"{"$arrayToObject":{"$literal":[{"k":"p","v":null}]}}"#,
                r#"{"p":null}"#,
            ),
            (
                r#"{"$let":{"vars":{"lo":1,"hi":"$i"},"in":{"$add":["$$lo","$$hi"]}}}"#,
                "5",
            ),
            (r#"{"$let":{"vars":{"d":"$b"},"in":"$$d.z.q"}}"#, "1"),
            (r#"{"$let":{"vars":{"CURRENT":"$a"},"in":"$x"}}"#, "1"),
            (r#"{"$let":{"vars":{"CURRENT":"$a"},"in":"$$ROOT.i"}}"#, "4"),
            (r#"{"$literal":{"$add":[1,2]}}"#, r#"{"$add":[1,2]}"#),
            (r#"{"$literal":"$i"}"#, r#""$i""#),
            (r#""$$ROOT.a.x""#, "1"),
            (r#""$$CURRENT.i""#, "4"),
            (r#"{"p":"$i","q":"$$REMOVE"}"#, r#"{"p":4}"#),
            (r#"{"$gte":[{"$rand":{}},0]}"#, "true"),
            (r#"{"$lt":[{"$rand":{}},1]}"#, "true"),
        ],
    );
}

#[test]
fn mistakes() {
    refused(
        DOC,
        &[
            (
                r#"{"$mergeObjects":["$i"]}"#,
                "an operand must be a document, not int",
            ),
            (r#"{"$getField":1}"#, "field must be a string, not int"),
            (
                r#"{"$setField":{"field":"$i","input":"$a","value":1}}"#,
                "must be a constant string",
            ),
            (
                r#"{"$setField":{"field":{"$literal":"$date"},"input":"$a","value":1}}"#,
                "starts with `$`",
            ),
            (
                r#"{"$arrayToObject":{"$literal":[["$date",1]]}}"#,
                "starts with `$`",
            ),
            (r#"{"$arrayToObject":[[["a"]]]}"#, "a pair must be"),
            (
                r#"{"$arrayToObject":[[{"k":"a"}]]}"#,
                "exactly the fields `k` and `v`",
            ),
            (
                r#"{"$let":{"vars":{"a.b":1},"in":1}}"#,
                "not a name for a variable",
            ),
            (r#"{"$add":[1],"b":2}"#, "must be alone in its document"),
            (r#"{"a.b":1}"#, "has a dot"),
            (r#""$a..b""#, "empty field name"),
            (r#""$a.$b""#, "starts with `$`"),
            ("\"$$CLUSTER_TIME\"", "is not supported"),
        ],
    );
}
