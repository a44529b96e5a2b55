//! What cannot be read or is not supported: the place and the reason.

use crate::common::run;

/// Pipelines that cannot be read, and why.
const PARSED: &[(&str, &str)] = &[
    (r#"{"$match":{}}"#, "a pipeline must be an array of stages"),
    (
        r#"[1]"#,
        "0: a stage must be a document with exactly one field, its name",
    ),
    (
        r#"[{}]"#,
        "0: a stage must be a document with exactly one field, its name",
    ),
    (
        r#"[{"$limit":1,"$skip":1}]"#,
        "0: a stage must be a document with exactly one field, its name",
    ),
    (
        r#"[{"$match":{}},{"$teleport":{}}]"#,
        "1: there is no stage `$teleport`",
    ),
    (
        r#"[{"$out":"x"}]"#,
        "0.$out: the stage is not supported: pipelines only read",
    ),
    (
        r#"[{"$merge":{"into":"x"}}]"#,
        "0.$merge: the stage is not supported: pipelines only read",
    ),
    (
        r#"[{"$where":"1"}]"#,
        "0.$where: the stage is not supported: javascript is not run in pipelines",
    ),
    (
        r#"[{"$limit":0}]"#,
        "0.$limit: the limit must be at least 1, not 0",
    ),
    (
        r#"[{"$limit":"1"}]"#,
        "0.$limit: the limit must be a whole number, not string",
    ),
    (
        r#"[{"$skip":-1}]"#,
        "0.$skip: the number to skip must be at least 0, not -1",
    ),
    (r#"[{"$count":""}]"#, "0.$count: `` is not a name for the count"),
    (
        r#"[{"$count":"$x"}]"#,
        "0.$count: `$x` is not a name for the count",
    ),
    (r#"[{"$sort":{}}]"#, "0.$sort: needs at least one path"),
    (
        r#"[{"$sort":{"a":2}}]"#,
        "0.$sort.a: a direction is 1 or -1, found 2",
    ),
    (
        r#"[{"$sort":"a"}]"#,
        "0.$sort: a sort is an object of paths and directions",
    ),
    (r#"[{"$project":{}}]"#, "0.$project: needs at least one field"),
    (
        r#"[{"$project":{"a":1,"b":0}}]"#,
        "0.$project: cannot both leave out `b` and take in `a`",
    ),
    (
        r#"[{"$project":{"a":1,"a.b":1}}]"#,
        "0.$project.a.b: the path collides with another one at `a`",
    ),
    (
        r#"[{"$project":{"a":{}}}]"#,
        "0.$project.a: must not be an empty document",
    ),
    (r#"[{"$addFields":{}}]"#, "0.$addFields: needs at least one field"),
    (
        r#"[{"$set":{"a..b":1}}]"#,
        "0.$set: `a..b` has an empty field name",
    ),
    (r#"[{"$unset":[]}]"#, "0.$unset: needs at least one path"),
    (
        r#"[{"$unset":[1]}]"#,
        "0.$unset: a path must be a string, not int",
    ),
    (
        r#"[{"$group":{"n":{"$sum":1}}}]"#,
        "0.$group: needs an `_id`; with null everything is one group",
    ),
    (
        r#"[{"$group":{"_id":1,"n":{"$add":1}}}]"#,
        "0.$group.n.$add: there is no accumulator `$add`",
    ),
    (
        r#"[{"$group":{"_id":1,"n":{"$accumulator":{}}}}]"#,
        "0.$group.n.$accumulator: not supported: javascript is not run in pipelines",
    ),
    (
        r#"[{"$group":{"_id":1,"n":1}}]"#,
        "0.$group.n: must be a document with an accumulator",
    ),
    (
        r#"[{"$group":{"_id":1,"a.b":{"$sum":1}}}]"#,
        "0.$group.a.b: `a.b` is not a name for a field",
    ),
    (
        r#"[{"$group":{"_id":1,"n":{"$firstN":{"input":"$a","n":"$b"}}}}]"#,
        "0.$group.n.$firstN: `n` must be a constant",
    ),
    (
        r#"[{"$sample":{"size":0}}]"#,
        "0.$sample: size must be at least 1, not 0",
    ),
    (
        r#"[{"$facet":{"a":[{"$facet":{"b":[]}}]}}]"#,
        "0.$facet.a.0.$facet: the stage cannot stand inside $facet",
    ),
    (r#"[{"$facet":{}}]"#, "0.$facet: needs at least one facet"),
    (
        r#"[{"$lookup":{"from":"x","as":"y"}}]"#,
        "0.$lookup: needs `localField` and `foreignField`, or a `pipeline`",
    ),
    (
        r#"[{"$lookup":{"from":"x","as":"y","pipeline":[{"$out":"z"}]}}]"#,
        "0.$lookup.pipeline.0.$out: the stage is not supported: pipelines only read",
    ),
    (
        r#"[{"$unionWith":{"pipeline":[]}}]"#,
        "0.$unionWith: needs the argument `coll`",
    ),
    (
        r#"[{"$bucket":{"groupBy":"$x","boundaries":[2,1]}}]"#,
        "0.$bucket.boundaries: the boundaries must be in ascending order",
    ),
    (
        r#"[{"$bucket":{"groupBy":"$x","boundaries":[0,"a"]}}]"#,
        "0.$bucket.boundaries: the boundaries must be of one type",
    ),
    (
        r#"[{"$bucket":{"groupBy":"$x","boundaries":[0,5],"default":3}}]"#,
        "0.$bucket.default: must be less than the first boundary, or not less than the last",
    ),
    (
        r#"[{"$bucketAuto":{"groupBy":"$x","buckets":2,"granularity":"R5"}}]"#,
        "0.$bucketAuto: `granularity` is not supported",
    ),
    (
        r#"[{"$match":{"$expr":{"$function":{}}}}]"#,
        "0.$match.$expr.$function: not supported: javascript is not run in pipelines",
    ),
    (
        r#"[{"$addFields":{"a":{"$nope":1}}}]"#,
        "0.$addFields.a.$nope: there is no expression operator `$nope`",
    ),
];

#[test]
fn stages_say_why() {
    for (pipeline, why) in PARSED {
        assert_eq!(run(pipeline, "[]"), Err((*why).to_owned()), "{pipeline}");
    }
}

#[test]
fn refusals_while_running_name_the_stage() {
    for (pipeline, why) in [
        (
            r#"[{"$match":{}},{"$addFields":{"a":{"$divide":["$v",0]}}}]"#,
            "1.$addFields.a.$divide: cannot divide by zero",
        ),
        (
            r#"[{"$facet":{"f":[{"$limit":1},{"$project":{"a":{"$size":"$v"}}}]}}]"#,
            "0.$facet.f.1.$project.a.$size: the operand must be an array, not int",
        ),
        (
            r#"[{"$lookup":{"from":"main","as":"x","pipeline":[{"$project":{"a":{"$ln":0}}}]}}]"#,
            "0.$lookup.pipeline.0.$project.a.$ln: the operand must be greater than 0, not 0",
        ),
        (
            r#"[{"$lookup":{"from":"nowhere","as":"x","pipeline":[]}}]"#,
            "0.$lookup: there is no collection `nowhere`",
        ),
        (
            r#"[{"$unionWith":"nowhere"}]"#,
            "0.$unionWith: there is no collection `nowhere`",
        ),
        (
            r#"[{"$group":{"_id":null,"n":{"$sum":{"$abs":"$s"}}}}]"#,
            "0.$group.n.$abs: the operand must be a number, not string",
        ),
    ] {
        assert_eq!(
            run(pipeline, r#"[{"v":1,"s":"x"}]"#),
            Err(why.to_owned()),
            "{pipeline}"
        );
    }
}
