//! Arrays and sets.

use crate::common::{refused, table};

const DOC: &str = r#"{"a":[1,2,3],"e":[],"n":null,"s":["x","y"],"o":[{"k":1,"v":"a"},{"k":2},{"w":3}],"nest":[[1,2],[3]],
    "mixed":[1,null,"x",[1],true],"scores":[{"n":"b","p":2},{"n":"a","p":2},{"n":"c","p":1}],"five":5}"#;

#[test]
fn reading_parts() {
    table(
        DOC,
        &[
            (r#"{"$arrayElemAt":["$a",0]}"#, "1"),
            (r#"{"$arrayElemAt":["$a",-2]}"#, "2"),
            (r#"{"$arrayElemAt":["$a",15]}"#, "missing"),
            (r#"{"$arrayElemAt":["$n",0]}"#, "null"),
            (r#"{"$first":"$a"}"#, "1"),
            (r#"{"$last":"$a"}"#, "3"),
            (r#"{"$last":"$e"}"#, "missing"),
            (r#"{"$first":"$n"}"#, "null"),
            (r#"{"$size":"$mixed"}"#, "5"),
            (r#"{"$isArray":["$a"]}"#, "true"),
            (r#"{"$isArray":"$five"}"#, "false"),
            (r#"{"$slice":["$a",2]}"#, "[1,2]"),
            (r#"{"$slice":["$a",-2]}"#, "[2,3]"),
            (r#"{"$slice":["$a",1,2]}"#, "[2,3]"),
            (r#"{"$slice":["$a",15,2]}"#, "[]"),
            (r#"{"$slice":["$a",-15,2]}"#, "[1,2]"),
            (r#"{"$slice":["$n",1]}"#, "null"),
            (r#"{"$reverseArray":"$a"}"#, "[3,2,1]"),
            (r#"{"$reverseArray":"$nest"}"#, "[[3],[1,2]]"),
            (r#"{"$in":[2,"$a"]}"#, "true"),
            (r#"{"$in":[[1,2],"$nest"]}"#, "true"),
            (r#"{"$in":["abc",["xyz"]]}"#, "false"),
            (r#"{"$indexOfArray":["$s","y"]}"#, "1"),
            (r#"{"$indexOfArray":["$a",2,2]}"#, "-1"),
            (r#"{"$indexOfArray":["$n","x"]}"#, "null"),
            (r#"{"$firstN":{"input":"$a","n":2}}"#, "[1,2]"),
            (r#"{"$lastN":{"input":"$a","n":5}}"#, "[1,2,3]"),
            (r#"{"$maxN":{"input":"$a","n":2}}"#, "[3,2]"),
            (r#"{"$minN":{"input":"$mixed","n":2}}"#, r#"[1,"x"]"#),
            // Paths go through arrays of documents, not through arrays in arrays, and not by place.
            (r#""$o.k""#, "[1,2]"),
            (r#""$nest.k""#, "[]"),
            (r#""$o.0""#, "[]"),
            (r#""$five.x""#, "missing"),
        ],
    );
    refused(
        DOC,
        &[
            (r#"{"$arrayElemAt":["$five",0]}"#, "must be an array, not int"),
            (
                r#"{"$arrayElemAt":["$a",1.5]}"#,
                "the index must be a whole number",
            ),
            (r#"{"$size":"$n"}"#, "must be an array, not null"),
            (r#"{"$slice":["$a",1,0]}"#, "at least 1, not 0"),
            (r#"{"$in":[1,"$five"]}"#, "must be an array, not int"),
            (
                r#"{"$firstN":{"input":"$a","n":0}}"#,
                "n must be at least 1, not 0",
            ),
        ],
    );
}

#[test]
fn making() {
    table(
        DOC,
        &[
            (
                r#"{"$concatArrays":["$a","$s",[null]]}"#,
                r#"[1,2,3,"x","y",null]"#,
            ),
            (r#"{"$concatArrays":["$a","$n"]}"#, "null"),
            (r#"{"$range":[0,10,2]}"#, "[0,2,4,6,8]"),
            (r#"{"$range":[10,0,-2]}"#, "[10,8,6,4,2]"),
            (r#"{"$range":[0,10,-2]}"#, "[]"),
            (r#"{"$range":[0,5]}"#, "[0,1,2,3,4]"),
            (r#"{"$zip":{"inputs":[["a"],["b"],["c"]]}}"#, r#"[["a","b","c"]]"#),
            (
                r#"{"$zip":{"inputs":[[1,2,3],["a","b"]]}}"#,
                r#"[[1,"a"],[2,"b"]]"#,
            ),
            (
                r#"{"$zip":{"inputs":[[1],[2,3]],"useLongestLength":true,"defaults":["a","b"]}}"#,
                r#"[[1,2],["a",3]]"#,
            ),
            (r#"{"$zip":{"inputs":[[1],"$n"]}}"#, "null"),
            (
                r#"{"$map":{"input":"$a","as":"x","in":{"$add":["$$x",1]}}}"#,
                "[2,3,4]",
            ),
            (r#"{"$map":{"input":"$o","in":"$$this.v"}}"#, r#"["a",null,null]"#),
            (r#"{"$map":{"input":"$n","in":1}}"#, "null"),
            (
                r#"{"$filter":{"input":"$a","as":"x","cond":{"$gte":["$$x",2]}}}"#,
                "[2,3]",
            ),
            (r#"{"$filter":{"input":"$a","cond":true,"limit":1}}"#, "[1]"),
            (
                r#"{"$reduce":{"input":"$s","initialValue":"","in":{"$concat":["$$value","$$this"]}}}"#,
                r#""xy""#,
            ),
            (
                r#"{"$reduce":{"input":"$a","initialValue":{"sum":5,"product":2},
                    "in":{"sum":{"$add":["$$value.sum","$$this"]},"product":{"$multiply":["$$value.product","$$this"]}}}}"#,
                r#"{"sum":11,"product":12}"#,
            ),
            (
                r#"{"$map":{"input":"$nest","as":"r","in":{"$map":{"input":"$$r","as":"c","in":["$$r","$$c"]}}}}"#,
                "[[[[1,2],1],[[1,2],2]],[[[3],3]]]",
            ),
            (r#"["$a","$nothing",{"x":"$nothing"}]"#, "[[1,2,3],null,{}]"),
            (
                r#"{"$sortArray":{"input":"$mixed","sortBy":1}}"#,
                r#"[null,1,"x",[1],true]"#,
            ),
            (r#"{"$sortArray":{"input":"$a","sortBy":-1}}"#, "[3,2,1]"),
            (
                r#"{"$sortArray":{"input":"$scores","sortBy":{"p":-1,"n":1}}}"#,
                r#"[{"n":"a","p":2},{"n":"b","p":2},{"n":"c","p":1}]"#,
            ),
        ],
    );
    refused(
        DOC,
        &[
            (r#"{"$range":[0,5,0]}"#, "the step must not be 0"),
            (r#"{"$range":[0,3000000000]}"#, "must fit in 32 bits"),
            (
                r#"{"$map":{"input":"$five","in":1}}"#,
                "input must be an array, not int",
            ),
            (
                r#"{"$map":{"input":[1],"as":"X","in":1}}"#,
                "`X` is not a name for a variable",
            ),
            (
                r#"{"$map":{"input":[1],"in":"$$that"}}"#,
                "there is no variable `$$that` here",
            ),
            (r#"{"$zip":{"inputs":[[1]],"defaults":[1]}}"#, "useLongestLength"),
            (r#"{"$sortArray":{"input":"$a","sortBy":2}}"#, "1 or -1"),
        ],
    );
}

#[test]
fn sets() {
    table(
        DOC,
        &[
            (r#"{"$setEquals":[["a","b","a"],["b","a"]]}"#, "true"),
            (r#"{"$setEquals":[["a","b"],[["a","b"]]]}"#, "false"),
            (
                r#"{"$setIntersection":[["a","b","a"],["b","a"]]}"#,
                r#"["a","b"]"#,
            ),
            (r#"{"$setIntersection":["$a","$n"]}"#, "null"),
            (r#"{"$setUnion":[["b","a"],["a","c"]]}"#, r#"["a","b","c"]"#),
            (r#"{"$setDifference":[["a","b","a"],["b","a"]]}"#, "[]"),
            (r#"{"$setDifference":[["z","b","z",1],["b"]]}"#, r#"["z",1]"#),
            (r#"{"$setIsSubset":[["a","b","a"],["b","a"]]}"#, "true"),
            (r#"{"$setIsSubset":[["a","b"],[["a","b"]]]}"#, "false"),
            (r#"{"$allElementsTrue":[[true,1,"x"]]}"#, "true"),
            (r#"{"$allElementsTrue":[[null]]}"#, "false"),
            (r#"{"$allElementsTrue":[[]]}"#, "true"),
            (r#"{"$anyElementTrue":[[[false]]]}"#, "true"),
            (r#"{"$anyElementTrue":[[null,false,0]]}"#, "false"),
        ],
    );
    refused(
        DOC,
        &[(
            r#"{"$setEquals":["$a","$n"]}"#,
            "an operand must be an array, not null",
        )],
    );
}
