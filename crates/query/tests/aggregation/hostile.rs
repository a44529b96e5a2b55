//! Pipelines made to hurt: each is refused by the bound it hits, and quickly.

use std::cell::Cell;
use std::time::Duration;

use jsonb::{Jsonb, Value};
use proptest::prelude::*;
use query::{Around, Direction, Flow, Limits, NoSource, Pipeline};

use crate::common::{bodies, body, run, run_with};

fn small() -> Limits {
    Limits {
        memory_bytes: 1 << 20,
        document_bytes: 1 << 20,
        result_bytes: 1 << 20,
        ..Limits::default()
    }
}

fn refused(pipeline: &str, documents: &str, setting: &str) {
    let tables = [("main", bodies(documents))];
    let why = run_with(pipeline, &tables, &small()).expect_err(pipeline);
    assert!(
        why.ends_with(&format!("(limit `{setting}`)")),
        "{pipeline}: {why}"
    );
}

#[test]
fn values_that_grow() {
    let rows = r#"[{"s":"0123456789abcdef"}]"#;
    // Doubling a string, an array and a shared value forty times and more.
    for body in [
        r#"{"$concat":["$$value","$$value"]}"#,
        r#"{"$concatArrays":[["$$value"],["$$value"]]}"#,
        r#"["$$value","$$value"]"#,
        r#"{"a":"$$value","b":"$$value"}"#,
        r#"{"$setUnion":[["$$value",["$$value"]],[1]]}"#,
    ] {
        let pipeline = format!(
            r#"[{{"$project":{{"x":{{"$reduce":{{"input":{{"$range":[0,190]}},"initialValue":"$s","in":{body}}}}}}}}}]"#
        );
        refused(&pipeline, rows, "document_bytes");
    }
    refused(
        r#"[{"$project":{"x":{"$range":[0,1000000000]}}}]"#,
        rows,
        "document_bytes",
    );
    refused(
        r#"[{"$project":{"x":{"$map":{"input":{"$range":[0,10000]},"in":{"$range":[0,10000]}}}}}]"#,
        rows,
        "document_bytes",
    );
    refused(
        r#"[{"$project":{"x":{"$replaceAll":{"input":{"$reduce":{"input":{"$range":[0,12]},"initialValue":"$s",
            "in":{"$concat":["$$value","$$value"]}}},"find":"","replacement":"0123456789abcdef0123456789abcdef"}}}}]"#,
        rows,
        "document_bytes",
    );
}

#[test]
fn values_that_deepen() {
    let deep =
        r#"[{"$project":{"x":{"$reduce":{"input":{"$range":[0,5000]},"initialValue":1,"in":["$$value"]}}}}]"#;
    let why = run(deep, r#"[{}]"#).unwrap_err();
    assert!(why.contains("nests deeper than 200 levels"), "{why}");
    // Each stage wraps what the one before made: the depth of stored parts counts too.
    let wraps: Vec<&str> = std::iter::repeat_n(r#"{"$project":{"x":[["$x"]]}}"#, 99).collect();
    let twice = format!("[{}]", wraps.join(","));
    let why = run(&twice, r#"[{"x":[[[[1]]]]}]"#).unwrap_err();
    assert!(why.contains("nests deeper than 200 levels"), "{why}");
}

#[test]
fn stages_that_hold() {
    let rows: Vec<String> = (0..3000)
        .map(|at| format!(r#"{{"n":{at},"s":"{}"}}"#, "x".repeat(500)))
        .collect();
    let rows = format!("[{}]", rows.join(","));
    for pipeline in [
        r#"[{"$sort":{"n":1}}]"#,
        r#"[{"$group":{"_id":"$n","all":{"$push":"$$ROOT"}}}]"#,
        r#"[{"$group":{"_id":"$$ROOT"}}]"#,
        r#"[{"$group":{"_id":null,"all":{"$push":"$$ROOT"}}}]"#,
        r#"[{"$group":{"_id":null,"all":{"$addToSet":"$$ROOT"}}}]"#,
        r#"[{"$group":{"_id":null,"all":{"$lastN":{"input":"$s","n":1000000000}}}}]"#,
        r#"[{"$group":{"_id":null,"all":{"$topN":{"n":1000000000,"sortBy":{"n":1},"output":"$s"}}}}]"#,
        r#"[{"$sample":{"size":1000000000}}]"#,
        r#"[{"$bucketAuto":{"groupBy":"$n","buckets":1000000000}}]"#,
        r#"[{"$lookup":{"from":"main","localField":"n","foreignField":"n","as":"x"}},{"$limit":1}]"#,
        r#"[{"$sortByCount":"$$ROOT"}]"#,
    ] {
        refused(pipeline, &rows, "memory_bytes");
    }
    // A facet's parts share the memory; each holds less than is allowed.
    let part = r#"[{"$limit":1000},{"$group":{"_id":null,"all":{"$push":"$s"}}}]"#;
    let facets = format!(r#"[{{"$facet":{{"a":{part},"b":{part},"c":{part}}}}}]"#);
    refused(&facets, &rows, "memory_bytes");
    refused(r#"[{"$match":{}}]"#, &rows, "result_bytes");
    refused(
        r#"[{"$facet":{"a":[{"$limit":1500}],"b":[{"$limit":1500}]}}]"#,
        &rows,
        "memory_bytes",
    );
    refused(
        r#"[{"$limit":1},{"$unionWith":"main"},{"$unionWith":"main"}]"#,
        &rows,
        "result_bytes",
    );
}

#[test]
fn what_is_given_back_can_be_used_again() {
    let rows: Vec<String> = (0..500)
        .map(|at| format!(r#"{{"n":{at},"s":"{}"}}"#, "x".repeat(500)))
        .collect();
    let rows = format!("[{}]", rows.join(","));
    let sorts = vec![r#"{"$sort":{"n":1}}"#; 20].join(",");
    let pipeline = format!(r#"[{sorts},{{"$count":"n"}}]"#);
    let found = run_with(&pipeline, &[("main", bodies(&rows))], &small());
    assert_eq!(found.as_deref(), Ok(r#"[{"n":500}]"#));
    let lasts = r#"[{"$unwind":{"path":"$r"}},{"$group":{"_id":null,"l":{"$last":"$$ROOT"},"m":{"$max":"$$ROOT"}}},{"$count":"n"}]"#;
    let wide = format!(r#"[{{"r":{:?},"s":"{}"}}]"#, vec![1; 3000], "x".repeat(2000));
    let found = run_with(lasts, &[("main", bodies(&wide))], &small());
    assert_eq!(found.as_deref(), Ok(r#"[{"n":1}]"#));
}

#[test]
fn queries_that_are_too_large() {
    let nested = format!(
        r#"[{{"$project":{{"x":{}1{}}}}}]"#,
        r#"{"$abs":"#.repeat(110),
        "}".repeat(110)
    );
    refused(&nested, "[]", "depth");
    let stages = format!("[{}]", vec![r#"{"$skip":1}"#; 101].join(","));
    refused(&stages, "[]", "stages");
    // Stages inside others count too.
    let inner = vec![r#"{"$skip":1}"#; 60].join(",");
    refused(
        &format!(r#"[{{"$facet":{{"a":[{inner}],"b":[{inner}]}}}}]"#),
        "[]",
        "stages",
    );
    let wide = format!(
        r#"[{{"$project":{{"x":{{"$add":[{}]}}}}}}]"#,
        vec!["1"; 10_001].join(",")
    );
    refused(&wide, "[]", "nodes");
    let mut lookups = r#"{"$limit":1}"#.to_owned();
    for _ in 0..40 {
        lookups = format!(r#"{{"$lookup":{{"from":"main","as":"x","pipeline":[{lookups}]}}}}"#);
    }
    assert!(
        run(&format!("[{lookups}]"), r#"[{}]"#).is_ok(),
        "deep but harmless"
    );
}

#[test]
fn loops_end_with_the_time() {
    let limits = Limits {
        time: Duration::from_millis(10),
        ..Limits::default()
    };
    // Each look at the clock takes a millisecond, so the tenth is the last.
    let loops = [
        r#"{"$size":{"$map":{"input":{"$range":[0,9000]},"as":"a","in":{"$size":{"$map":{"input":{"$range":[0,9000]},"as":"b",
            "in":{"$size":{"$filter":{"input":{"$range":[0,9000]},"as":"c","cond":{"$eq":["$$a","$$c"]}}}}}}}}}}"#,
        r#"{"$reduce":{"input":{"$range":[0,90000]},"initialValue":0,"in":{"$size":{"$setUnion":[{"$range":[0,9000]},["$$value"]]}}}}"#,
        r#"{"$reduce":{"input":{"$range":[0,90000]},"initialValue":0,"in":{"$add":["$$value",{"$indexOfArray":[{"$range":[0,9000]},-1]}]}}}"#,
        r#"{"$reduce":{"input":{"$range":[0,90000]},"initialValue":0,"in":{"$cond":[{"$regexMatch":{"input":"aaa","regex":{"$concat":["a",{"$toString":"$$this"}]}}},1,0]}}}"#,
    ];
    for expr in loops {
        let pipeline = format!(r#"[{{"$project":{{"x":{expr}}}}}]"#);
        let pipeline = Pipeline::parse(&body(&pipeline).root(), &limits).unwrap();
        let looks = Cell::new(0);
        let elapsed = || {
            looks.set(looks.get() + 1);
            Duration::from_millis(looks.get())
        };
        let around = Around {
            now: 0,
            elapsed: &elapsed,
            source: &NoSource,
            seed: 1,
            limits: &limits,
        };
        let why = pipeline
            .start(around)
            .push(body("{}").root())
            .unwrap_err()
            .to_string();
        assert!(
            why.ends_with("the pipeline takes longer than 10 ms (limit `time`)"),
            "{why}"
        );
        assert_eq!(looks.get(), 11);
    }
}

#[test]
fn enough_ends_the_scan() {
    for (pipeline, pushes) in [
        (r#"[{"$limit":3}]"#, 3),
        (r#"[{"$match":{"v":{"$gte":2}}},{"$skip":1},{"$limit":2}]"#, 5),
        (r#"[{"$unwind":"$two"},{"$limit":3}]"#, 2),
        (r#"[{"$facet":{"a":[{"$limit":2}],"b":[{"$limit":4}]}}]"#, 4),
        (
            r#"[{"$lookup":{"from":"x","as":"y","localField":"a","foreignField":"b"}}]"#,
            0,
        ),
        (r#"[{"$group":{"_id":"$v"}},{"$limit":1}]"#, 100),
    ] {
        let limits = Limits::default();
        let parsed = Pipeline::parse(&body(pipeline).root(), &limits).unwrap();
        let around = Around {
            now: 0,
            elapsed: &|| Duration::ZERO,
            source: &NoSource,
            seed: 1,
            limits: &limits,
        };
        let mut run = parsed.start(around);
        let mut pushed = 0;
        for at in 0..100 {
            let document = body(&format!(r#"{{"v":{at},"two":[1,2]}}"#));
            match run.push(document.root()) {
                Ok(flow) => {
                    pushed += 1;
                    if flow == Flow::Enough {
                        break;
                    }
                }
                Err(_) => break,
            }
        }
        assert_eq!(pushed, pushes, "{pipeline}");
    }
}

#[test]
fn what_a_pipeline_begins_with_and_reads() {
    let parse = |text: &str| Pipeline::parse(&body(text).root(), &Limits::default()).unwrap();
    let pipeline = parse(
        r#"[{"$match":{"a":1}},{"$match":{"b":2}},{"$limit":5},{"$match":{"c":3}},{"$lookup":{"from":"x","as":"y",
            "pipeline":[{"$unionWith":"z"}]}},{"$facet":{"f":[{"$unionWith":"x"}]}}]"#,
    );
    assert_eq!(pipeline.collections(), ["x", "z"]);
    let leading = pipeline.leading();
    assert_eq!(leading.limit, Some(5));
    let filter = leading.filter.unwrap();
    for (document, matches) in [
        (r#"{"a":1,"b":2}"#, true),
        (r#"{"a":1,"b":3}"#, false),
        (r#"{"a":2,"b":2}"#, false),
    ] {
        assert_eq!(filter.matches(body(document).root()), Ok(matches), "{document}");
    }
    let top = parse(r#"[{"$sort":{"a":-1}},{"$limit":2},{"$match":{"a":1}}]"#).leading();
    let paths: Vec<_> = top.sort.iter().flat_map(|sort| sort.paths()).collect();
    assert_eq!((paths, top.limit), (vec![("a", Direction::Descending)], Some(2)));
    let plain = parse(r#"[{"$project":{"a":1}},{"$match":{"a":1}},{"$limit":1}]"#).leading();
    assert!(plain.filter.is_none() && plain.limit.is_none());
}

#[test]
fn damaged_bytes_are_refused() {
    let limits = Limits::default();
    let good = body(r#"{"a":[1,{"b":"text"}],"c":{"d":2.5}}"#);
    for pipeline in [
        r#"[{"$project":{"x":"$a.b","y":{"$size":"$a"},"c":1}}]"#,
        r#"[{"$group":{"_id":"$c","p":{"$push":"$a"}}}]"#,
        r#"[{"$sort":{"a.b":1}},{"$unwind":"$a"},{"$addFields":{"c.e":1}}]"#,
        r#"[{"$redact":"$$DESCEND"}]"#,
    ] {
        let parsed = Pipeline::parse(&body(pipeline).root(), &limits).unwrap();
        for at in 0..good.as_bytes().len() {
            for byte in [0x00, 0x0b, 0x0c, 0x47, 0xcc, 0xf3, 0xff] {
                let mut bytes = good.as_bytes().to_vec();
                bytes[at] = byte;
                let around = Around {
                    now: 0,
                    elapsed: &|| Duration::ZERO,
                    source: &NoSource,
                    seed: 1,
                    limits: &limits,
                };
                let mut run = parsed.start(around);
                // Whatever it says, it says it without a panic.
                if run.push(Value::of(&bytes)).is_ok() {
                    let _ = run
                        .finish()
                        .map(|rows| rows.iter().map(Jsonb::to_text).collect::<Vec<_>>());
                }
            }
        }
    }
}

/// Names that mean something somewhere.
const WORDS: &str = "\
    $match $group $project $sort $unwind $facet $lookup $bucket $redact $addFields $limit $count \
    $sum $push $add $cond $map $filter $reduce $let $dateToString $dateFromString $convert \
    $regexMatch $substrCP $slice $zip $range $switch $in $setField $sortArray $arrayToObject $round \
    $pow $topN $expr $and _id input in as cond date format to vars path pipeline from a a.b field \
    value n initialValue sortBy output branches dateString timezone unit amount startDate \
";

/// Names and values a pipeline is made of, so that most of what is generated gets past the first check.
fn json() -> impl Strategy<Value = String> {
    let word = proptest::sample::select(WORDS.split_whitespace().collect::<Vec<_>>());
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|bool| bool.to_string()),
        any::<i64>().prop_map(|int| int.to_string()),
        (-5i64..5).prop_map(|int| int.to_string()),
        (-3.0..3.0f64).prop_map(|float| format!("{float:?}")),
        proptest::sample::select(
            &[
                "$a",
                "$$ROOT",
                "$$this",
                "$a.b",
                "%Y-%m-%dT%H",
                "day",
                "é",
                "",
                "$",
                "$$",
                "UTC"
            ][..]
        )
        .prop_map(|text| format!("{text:?}")),
        Just(r#"{"$date":1,"$zone":"UTC","$offset":null}"#.to_owned()),
    ];
    leaf.prop_recursive(5, 60, 5, move |inner| {
        let entries = proptest::collection::vec((word.clone(), inner.clone()), 0..4);
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            entries.prop_map(|entries| {
                let mut seen = std::collections::HashSet::new();
                let entries = entries.into_iter().filter(|(key, _)| seen.insert(*key));
                let entries: Vec<String> = entries.map(|(key, value)| format!("{key:?}:{value}")).collect();
                format!("{{{}}}", entries.join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_panics(stage in json(), name in proptest::sample::select(&["$project", "$match", "$group", "$facet", "$lookup", "$sort", "$bucket", "$redact", "$unwind", "$replaceWith"][..])) {
        let _ = run(&format!(r#"[{{"{name}":{stage}}}]"#), r#"[{"a":[{"b":1},{"b":"x"}],"s":"text"},{"a":null}]"#);
    }

    #[test]
    fn operators_take_anything(
        op in proptest::sample::select(&["$add", "$subtract", "$mod", "$round", "$pow", "$substrBytes", "$substrCP", "$indexOfBytes", "$indexOfCP",
            "$split", "$slice", "$range", "$arrayElemAt", "$year", "$week", "$toDate", "$toString", "$toInt", "$toObjectId", "$toUUID", "$dateToString",
            "$setUnion", "$arrayToObject", "$objectToArray", "$mergeObjects", "$stdDevPop", "$strcasecmp", "$concatArrays", "$trunc", "$log"][..]),
        args in proptest::collection::vec(json(), 0..4),
    ) {
        let args: Vec<String> = args.iter().map(|arg| format!(r#"{{"$literal":{arg}}}"#)).collect();
        let pipeline = format!(r#"[{{"$project":{{"x":{{"{op}":[{}]}}}}}}]"#, args.join(","));
        let _ = run(&pipeline, "[{}]");
    }
}
