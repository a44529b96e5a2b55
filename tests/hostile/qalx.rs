//! Queries and pipelines made to hurt, bodies that a document store would choke on, addresses of files that were made up.

use super::answer::Form;
use super::row::{Call, Row};

const ITEM: &str = "/qalx/item";

/// The rows of this family.
pub(crate) fn rows() -> Vec<Row> {
    [filters(), pipelines(), bodies(), addresses(), lists()]
        .into_iter()
        .flatten()
        .collect()
}

fn refused(name: &str, call: Call, says: &str) -> Row {
    call.refused(name, 400, Form::Qalx).says(says)
}

fn encoded(text: &str) -> String {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let escape = |byte: u8| match safe(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

fn find(query: &str) -> Call {
    Call::qalx("GET", &format!("{ITEM}?query={}", encoded(query)))
}

fn aggregate(pipeline: &str) -> Call {
    Call::qalx("POST", "/qalx/item/aggregate").json(format!(r#"{{"aggregate":{pipeline}}}"#))
}

/// `open` so many times around `inside`.
fn nested(count: usize, open: &str, inside: &str, close: &str) -> String {
    format!("{}{inside}{}", open.repeat(count), close.repeat(count))
}

fn filters() -> Vec<Row> {
    let say = |name: &str, query: &str, says: &str| refused(name, find(query), says);
    vec![
        say("no JSON", r#"{"a":"#, "query"),
        say("an array", "[]", "a filter is an object"),
        say(
            "code",
            r#"{"$where":"while(true){}"}"#,
            "code from a query is never run",
        ),
        say(
            "a function",
            r#"{"$expr":{"$function":{"body":"x","args":[],"lang":"js"}}}"#,
            "$function",
        ),
        say("an unknown operator", r#"{"a":{"$like":"x"}}"#, "$like"),
        say(
            "300 levels of $and",
            &nested(300, r#"{"$and":["#, "{}", "]}"),
            "deep",
        ),
        say(
            "300 levels of $not",
            &format!(r#"{{"a":{}}}"#, nested(300, r#"{"$not":"#, r#"{"$gt":1}"#, "}")),
            "deep",
        ),
        say(
            "a pattern that looks back",
            r#"{"a":{"$regex":"(a+)+\\1$"}}"#,
            "$regex",
        ),
        say(
            "a pattern that looks ahead",
            r#"{"a":{"$regex":"(?=x)"}}"#,
            "$regex",
        ),
        say(
            "a pattern that explodes",
            r#"{"a":{"$regex":"((a{1,1000}){1,1000}){1,1000}"}}"#,
            "$regex",
        ),
        say("a negative size", r#"{"a":{"$size":-1}}"#, "$size"),
        say("a date that is none", r#"{"a":{"$date":"soon"}}"#, "$date"),
        say("a uuid that is none", r#"{"guid":{"$uuid":"zz"}}"#, "$uuid"),
        say(
            "NOW in a filter",
            r#"{"$expr":{"$gt":["$a","$$NOW"]}}"#,
            "the same answer each time",
        ),
    ]
}

fn pipelines() -> Vec<Row> {
    let say = |name: &str, pipeline: &str, says: &str| refused(name, aggregate(pipeline), says);
    let text = |pipeline: &str| serde_json::to_string(pipeline).expect("a text can be written");
    let facets = |count: usize| {
        let one: Vec<String> = (0..count)
            .map(|n| format!(r#""f{n}":[{{"$match":{{}}}}]"#))
            .collect();
        format!(r#"[{{"$facet":{{{}}}}}]"#, one.join(","))
    };
    vec![
        say(
            "10,000 levels of $and",
            &format!(r#"[{{"$match":{}}}]"#, nested(10_000, r#"{"$and":["#, "{}", "]}")),
            "deep",
        ),
        say(
            "10,000 levels of $and in a text",
            &text(&format!(
                r#"[{{"$match":{}}}]"#,
                nested(10_000, r#"{"$and":["#, "{}", "]}")
            )),
            "deep",
        ),
        say("no JSON in a text", &text("[{"), "aggregate"),
        say("an object", "{}", "array of stages"),
        say("writing out", r#"[{"$out":"item"}]"#, "$out"),
        say("merging", r#"[{"$merge":{"into":"item"}}]"#, "$merge"),
        say("an unknown stage", r#"[{"$boom":{}}]"#, "$boom"),
        say("two stages in one", r#"[{"$match":{},"$limit":1}]"#, ""),
        say(
            "a thousand stages",
            &format!("[{}]", vec![r#"{"$match":{}}"#; 1000].join(",")),
            "stages",
        ),
        say("a thousand facets", &facets(1000), "stages"),
        say(
            "facets in facets",
            r#"[{"$facet":{"a":[{"$facet":{"b":[]}}]}}]"#,
            "$facet",
        ),
        say(
            "another collection",
            r#"[{"$lookup":{"from":"users","localField":"a","foreignField":"b","as":"c"}}]"#,
            "users",
        ),
        say(
            "no buckets",
            r#"[{"$bucketAuto":{"groupBy":"$n","buckets":0}}]"#,
            "$bucketAuto",
        ),
        say("a limit of zero", r#"[{"$limit":0}]"#, "$limit"),
        say(
            "deep expressions",
            &format!(
                r#"[{{"$addFields":{{"x":{}}}}}]"#,
                nested(500, r#"{"$not":["#, "true", "]}")
            ),
            "deep",
        ),
        say(
            "a path without end",
            &format!(r#"[{{"$project":{{"{}":1}}}}]"#, vec!["a"; 5000].join(".")),
            "",
        ),
    ]
}

fn bodies() -> Vec<Row> {
    let post = |kind: &str, body: String| Call::qalx("POST", &format!("/qalx/{kind}")).json(body);
    let long = "x".repeat(11 << 20);
    vec![
        refused("an array for an entity", post("item", "[]".to_owned()), "object"),
        refused(
            "data that is none",
            post("item", r#"{"data":5}"#.to_owned()),
            "data",
        ),
        refused(
            "a false date inside",
            post("item", r#"{"data":{"a":[{"$date":"x"}]}}"#.to_owned()),
            "$date",
        ),
        refused(
            "a set of numbers",
            post("set", r#"{"items":{"a":5}}"#.to_owned()),
            "items",
        ),
        refused(
            "a schema that is none",
            post(
                "blueprint",
                r#"{"name":"b","entity_type":"item","schema":{"type":"nonsense"}}"#.to_owned(),
            ),
            "schema",
        ),
        refused(
            "a name that is none",
            post("queue", r#"{"name":5}"#.to_owned()),
            "name",
        ),
        refused(
            "a queue that holds messages for ever",
            post(
                "queue",
                r#"{"name":"q","parameters":{"VisibilityTimeout":9223372036854775807}}"#.to_owned(),
            ),
            "VisibilityTimeout",
        ),
        refused(
            "a queue set by a list",
            post(
                "queue",
                r#"{"name":"q","parameters":{"DelaySeconds":[[1]]}}"#.to_owned(),
            ),
            "DelaySeconds",
        ),
        post(
            "queue/00000000-0000-4000-8000-000000000000/complete",
            r#"{"receipt_handle":"x","item":{}}"#.to_owned(),
        )
        .refused("a job of no queue", 404, Form::Qalx)
        .says("queue not found"),
        refused(
            "a job without a message",
            post(
                "queue/00000000-0000-4000-8000-000000000000/complete",
                r#"{"item":{}}"#.to_owned(),
            ),
            "receipt_handle",
        ),
        refused(
            "tags that are none",
            post("item", r#"{"tags":"x"}"#.to_owned()),
            "tags",
        ),
        refused(
            "a tag of nobody's project",
            post("item", r#"{"tags":[{"name":"a","value":"b"}]}"#.to_owned()),
            "tags",
        ),
        refused(
            "a field twice",
            post("item", r#"{"data":{"a":1,"a":2}}"#.to_owned()),
            "a",
        ),
        post("item", format!(r#"{{"data":{{"a":"{long}"}}}}"#)).refused("eleven megabytes", 413, Form::Qalx),
        refused(
            "a plan of tabs",
            post("factory/validate", r#"{"plan":"\t:\n- ["}"#.to_owned()),
            "plan",
        ),
        refused(
            "a plan of anchors",
            post(
                "factory/validate",
                r#"{"plan":"a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]"}"#.to_owned(),
            ),
            "",
        ),
        refused(
            "a letter to nobody",
            post(
                "notification",
                r#"{"subject":"s","message":"m","to":[]}"#.to_owned(),
            ),
            "",
        ),
        Call::qalx("GET", ITEM)
            .header("qalx-bulk: true")
            .refused("many read at once", 406, Form::Qalx),
        refused(
            "many that are one",
            Call::qalx("POST", ITEM)
                .header("qalx-bulk: true")
                .json(r#"{"items":{}}"#),
            "items",
        ),
    ]
}

fn addresses() -> Vec<Row> {
    let one = "/qalx/file/00000000000000000000000000000001";
    let open = |method: &str, path: &str| Call::new(method, path);
    vec![
        open(
            "GET",
            &format!("{one}?expires=9999999999&signature={}", "0".repeat(64)),
        )
        .refused("a signature that was made up", 403, Form::Qalx),
        open(
            "PUT",
            &format!("{one}?expires=9999999999&signature={}", "f".repeat(64)),
        )
        .body("x")
        .refused("a file for nobody", 403, Form::Qalx),
        Call::qalx("GET", "/qalx/item/../../etc/passwd").refused("a path upwards", 404, Form::Qalx),
        Call::qalx("GET", "/qalx/item/%00").refused("a zero for a guid", 400, Form::Qalx),
        Call::qalx("GET", "/qalx/item/00000000-0000-0000-0000-000000000000").refused(
            "nobody",
            404,
            Form::Qalx,
        ),
        Call::qalx("PATCH", "/qalx/item/nonsense/archive").refused("no guid", 404, Form::Qalx),
    ]
}

fn lists() -> Vec<Row> {
    let get = |query: &str| Call::qalx("GET", &format!("{ITEM}?{query}"));
    vec![
        refused("a negative limit", get("limit=-1"), "limit"),
        refused("a limit of text", get("limit=many"), "limit"),
        refused(
            "a skip beyond numbers",
            get("skip=99999999999999999999999"),
            "skip",
        ),
        refused("an order of nothing", get("sort=-"), "sort"),
    ]
}
