//! Requests of the API of calculations.

use serde_json::{Value, json};

use super::chance::{Chance, encoded, quoted};
use super::pair::{Ask, USERS};

const KINDS: &[&str] = &[
    "item",
    "item",
    "item",
    "set",
    "set",
    "group",
    "group",
    "blueprint",
    "bot",
    "queue",
    "queue",
    "factory",
    "factory",
];
const PATHS: &[&str] = &[
    "data.n",
    "data.n",
    "data.s",
    "data.list",
    "data.list.0",
    "data.deep.n",
    "data.many.n",
    "metadata.data.p",
    "metadata.data._class",
    "name",
    "info.archived",
    "info.created.by.email",
    "tags.name",
    "data",
    "data.none",
    "entity_type",
    "state",
];
const TAG: &str = r#"{"name":"project_name","value":"bridge"}"#;

/// What the requests before have made known: guids by kind, bots with their tokens, addresses of files.
#[derive(Default)]
pub(super) struct Known {
    guids: Vec<(String, String)>,
    bots: Vec<(String, String)>,
    workers: Vec<(String, String)>,
    urls: Vec<(bool, String)>,
    pages: Vec<String>,
    names: u32,
}

fn guid(chance: &mut Chance, known: &Known, kind: &str) -> String {
    match chance.below(6) {
        0 if chance.errs(1) => "00000000000040008000000000000000".to_owned(),
        1 if chance.errs(1) => encoded(chance.word()) + "x",
        2 if chance.errs(1) => chance
            .any(&known.guids)
            .map_or_else(|| "x".to_owned(), |(_, guid)| guid),
        _ => {
            let own: Vec<_> = known.guids.iter().filter(|(of, _)| of == kind).collect();
            chance
                .any(&own)
                .map_or_else(|| "none".to_owned(), |(_, guid)| guid.clone())
        }
    }
}

fn data(chance: &mut Chance) -> String {
    let mut parts = Vec::new();
    for (name, often) in [
        ("n", 2),
        ("s", 2),
        ("list", 3),
        ("deep", 4),
        ("many", 4),
        ("when", 8),
        ("odd", 10),
    ] {
        if chance.below(often) > 0 && often > 2 {
            continue;
        }
        let value = match name {
            "n" => chance.number().to_owned(),
            "s" => quoted(&chance.text()),
            "list" => format!("[{},{}]", chance.json(0), chance.json(1)),
            "deep" => format!("{{\"n\":{},\"s\":{}}}", chance.json(0), quoted(chance.word())),
            "many" => format!("[{{\"n\":{}}},{{\"n\":{}}}]", chance.number(), chance.json(0)),
            "when" => chance
                .fit(
                    &[
                        r#"{"$date":1000000000000}"#,
                        r#"{"$date":"2001-02-03T04:05:06Z"}"#,
                        r#"{"$numberDouble":"NaN"}"#,
                        r#"{"$numberDecimal":"1.50"}"#,
                        r#"{"$oid":"00000000000000000000000a"}"#,
                        r#"{"$date":"soon"}"#,
                    ],
                    5,
                )
                .to_owned(),
            _ => chance.json(3),
        };
        parts.push(format!("\"{name}\":{value}"));
    }
    format!("{{{}}}", parts.join(","))
}

/// Fields that every kind has.
fn common(chance: &mut Chance) -> String {
    let mut common = String::new();
    if chance.once_in(2) {
        let class = chance.of(&["", ",\"_class\":\"orcaflex\"", ",\"_class\":\"excel\""]);
        common.push_str(&format!(",\"meta\":{{\"p\":{}{class}}}", chance.json(1)));
    }
    if chance.once_in(5) {
        let tags = [
            TAG,
            r#"{"name":"project_name","value":"tunnel"}"#,
            r#"{"name":1}"#,
        ];
        common.push_str(&format!(",\"tags\":[{}]", chance.fit(&tags, 1)));
    }
    common
}

fn links(chance: &mut Chance, known: &Known, of: &str) -> String {
    let mut links = Vec::new();
    for key in ["first", "Ä", "third"] {
        if chance.once_in(2) {
            links.push(format!("{}:{}", quoted(key), quoted(&guid(chance, known, of))));
        }
    }
    format!("{{{}}}", links.join(","))
}

fn entity(chance: &mut Chance, known: &mut Known, kind: &str) -> String {
    if chance.errs(6) {
        return chance.broken();
    }
    known.names += 1;
    let name = match chance.below(5) {
        0 => quoted(chance.word()),
        _ => format!("\"name {}\"", known.names),
    };
    let own = match kind {
        "item" if chance.once_in(5) => {
            let key = chance.fit(&["", ",\"keyfile\":\"k\"", ",\"keyfile\":true"], 2);
            format!("\"data\":{},\"file\":{{\"name\":{name}{key}}}", data(chance))
        }
        "item" => format!("\"data\":{}", data(chance)),
        "set" => format!("\"items\":{}", links(chance, known, "item")),
        "group" => format!("\"sets\":{}", links(chance, known, "set")),
        "blueprint" => {
            let schemas = [
                r#"{"type":"object"}"#,
                r#"{"type":"object","properties":{"data":{"type":"object","required":["n"]}}}"#,
                r#"{"type":"nonsense"}"#,
                "5",
            ];
            let schema = chance.fit(&schemas, 2);
            let entity = chance.fit(&["item", "item", "set", "group"], 3);
            format!("\"name\":{name},\"schema\":{schema},\"entity_type\":\"{entity}\"")
        }
        "bot" => format!(
            "\"name\":{name},\"config\":{{\"n\":{}}},\"host\":{{\"node\":\"n1\"}}",
            chance.number()
        ),
        "queue" => {
            let parameters = [
                r#""VisibilityTimeout":30"#,
                r#""VisibilityTimeout":"0","maxReceiveCount":3"#,
                r#""DelaySeconds":1,"colour":"red""#,
                r#""ContentBasedDeduplication":true,"DeduplicationScope":"messageGroup""#,
                r#""VisibilityTimeout":43201"#,
                r#""FifoThroughputLimit":"perMessageGroupId""#,
                r#""maxReceiveCount":1e3"#,
            ];
            let parameters = chance.fit(&parameters, 4);
            format!("\"name\":{name},\"parameters\":{{{parameters}}}")
        }
        _ => format!("\"name\":{name},\"stage\":\"dev\",\"plan\":{{\"name\":\"plan.yaml\"}},\"bots\":[]"),
    };
    format!("{{{own}{}}}", common(chance))
}

fn condition(chance: &mut Chance) -> Value {
    let value = chance.plain();
    match chance.below(20) {
        0..5 => value,
        5..10 => {
            let operator = chance.of(&["$gt", "$gte", "$lt", "$lte", "$ne", "$eq"]);
            json!({ operator: value })
        }
        10 => json!({ "$in": [value, chance.plain()] }),
        11 => json!({ "$nin": [value, chance.plain()] }),
        12 => json!({ "$exists": chance.once_in(2) }),
        13 => json!({ "$type": chance.of(&["string", "number", "int", "object", "array", "null", "bool"]) }),
        14 => json!({ "$regex": chance.fit(&["^a", "bee", "ß", "x$", "^.{3}$", "("], 5), "$options": "i" }),
        15 => json!({ "$size": chance.below(4) }),
        16 => json!({ "$all": [value] }),
        17 => json!({ "$elemMatch": { "n": { "$gte": value } } }),
        18 => json!({ "$not": { "$lt": value } }),
        _ => json!({ "$mod": [1 + chance.below(3), chance.below(2)] }),
    }
}

fn query(chance: &mut Chance, depth: usize) -> Value {
    if depth > 0 && chance.once_in(4) {
        let operator = chance.of(&["$and", "$or", "$nor"]);
        let parts: Vec<_> = (0..1 + chance.below(2))
            .map(|_| query(chance, depth - 1))
            .collect();
        return json!({ operator: parts });
    }
    let mut query = json!({ chance.of(PATHS): condition(chance) });
    if chance.once_in(3) {
        query[chance.of(PATHS)] = condition(chance);
    }
    query
}

fn list(chance: &mut Chance, known: &Known, kind: &str) -> String {
    if let (0, Some(page)) = (chance.below(15), chance.any(&known.pages)) {
        return format!("/qalx/{page}");
    }
    let mut parts = Vec::new();
    if chance.below(4) > 0 {
        let query = query(chance, 2).to_string();
        let query = if chance.errs(5) {
            query.replace("\":", "\"")
        } else {
            query
        };
        parts.push(format!("query={}", encoded(&query)));
    }
    for _ in 0..chance.below(3) {
        // The newest first is no order among those of one millisecond.
        let sign = chance.of(&["", "-"]);
        let paths = [
            "data__n",
            "data__s",
            "data__list",
            "meta__p",
            "name",
            "data__deep__n",
            "info__archived",
        ];
        parts.push(format!("sort={sign}{}", chance.of(&paths)));
    }
    if chance.once_in(2) {
        parts.push(format!(
            "limit={}",
            chance.fit(&["1", "3", "10", "200", "0", "1001", "x"], 4)
        ));
    }
    if chance.once_in(3) {
        parts.push(format!(
            "skip={}",
            chance.fit(&["0", "1", "5", "20", "100000", "-1"], 5)
        ));
    }
    parts.extend(fields(chance));
    format!("/qalx/{kind}?{}", parts.join("&"))
}

fn fields(chance: &mut Chance) -> Option<String> {
    let paths = [
        "data",
        "data.n",
        "meta",
        "info.created",
        "info.archived",
        "name",
        "none",
        "",
        "data.many.n",
        "tags",
    ];
    chance.once_in(4).then(|| format!("fields={}", chance.of(&paths)))
}

fn stage(chance: &mut Chance) -> Value {
    let (path, other) = (chance.of(PATHS), chance.of(PATHS));
    match chance.below(14) {
        0..3 => json!({ "$match": query(chance, 1) }),
        3..6 => {
            let accumulator = chance.of(&[
                "$sum",
                "$avg",
                "$min",
                "$max",
                "$first",
                "$last",
                "$push",
                "$addToSet",
                "$stdDevPop",
            ]);
            json!({ "$group": { "_id": format!("${path}"), "n": { "$sum": 1 }, "x": { accumulator: format!("${other}") } } })
        }
        6 => json!({ "$sort": { path: 1, other: -1 } }),
        7 => json!({ "$sort": { "_id": chance.of(&[1, -1]) } }),
        8 => json!({ "$limit": 1 + chance.below(6) }),
        9 => json!({ "$skip": chance.below(5) }),
        10 => json!({ "$unwind": { "path": "$data.list", "preserveNullAndEmptyArrays": chance.once_in(2) } }),
        11 => {
            json!({ "$project": { "a": format!("${path}"), "b": { "$type": format!("${other}") }, "data.n": 1 } })
        }
        12 => json!({ "$sortByCount": format!("${path}") }),
        _ => chance.fit(
            &[
                json!({ "$count": "n" }),
                json!({ "$sample": { "x": 1 } }),
                json!({ "$out": "x" }),
            ],
            1,
        ),
    }
}

fn aggregate(chance: &mut Chance, kind: &str) -> Ask {
    let stages: Vec<_> = (0..1 + chance.below(4)).map(|_| stage(chance)).collect();
    let pipeline = match chance.below(4) {
        0 => json!({ "aggregate": stages }),
        _ => json!({ "aggregate": Value::Array(stages).to_string() }),
    };
    Ask::new("POST", format!("/qalx/{kind}/aggregate")).json(pipeline.to_string())
}

fn bulk(chance: &mut Chance, known: &mut Known) -> Ask {
    let items: Vec<_> = (0..chance.below(6))
        .map(|_| entity(chance, known, "item"))
        .collect();
    let items = items
        .iter()
        .filter(|item| serde_json::from_str::<Value>(item).is_ok());
    let body = format!("{{\"items\":[{}]}}", items.cloned().collect::<Vec<_>>().join(","));
    Ask::new("POST", "/qalx/item")
        .header("qalx-bulk", "true")
        .json(body)
}

fn file(chance: &mut Chance, known: &Known) -> Option<Ask> {
    let (put, url) = chance.any(&known.urls)?;
    if put && chance.once_in(2) {
        let content = chance.text().repeat(1 + chance.below(20));
        let kind = chance.of(&["application/json", "text/plain", "application/octet-stream"]);
        return Some(
            Ask::new("PUT", url)
                .header("content-type", kind)
                .body(content)
                .by(None),
        );
    }
    let ask = Ask::new("GET", url).by(None);
    Some(if chance.once_in(3) {
        ask.header("range", "bytes=1-7")
    } else {
        ask
    })
}

fn bot(chance: &mut Chance, known: &Known) -> Option<Ask> {
    let (guid, token) = chance.any(&known.bots)?;
    let (of, worker) = chance
        .any(&known.workers)
        .unwrap_or_else(|| (guid.clone(), "none".to_owned()));
    let ask = match chance.below(4) {
        0 => Ask::new("PATCH", format!("/qalx/bot/{guid}/replace-workers")).json(format!(
            "{{\"workers\":{}}}",
            chance.fit(&["1", "2", "3", "0", "\"x\"", "1000000"], 3)
        )),
        1 => Ask::new("GET", format!("/qalx/bot/{of}/worker/{worker}")),
        2 => Ask::new("GET", format!("/qalx/bot/{guid}")),
        _ => {
            let bodies = [
                r#"{"signal":{"terminate":true,"warm":true}}"#,
                r#"{"state":"idle"}"#,
                r#"{"state":"active","status":{"n":1}}"#,
                r#"{"state":"asleep"}"#,
            ];
            let body = chance.fit(&bodies, 3);
            Ask::new("PATCH", format!("/qalx/bot/{of}/worker/{worker}")).json(body)
        }
    };
    if chance.once_in(4) {
        return Some(ask);
    }
    Some(ask.by(None).header("authorization", format!("Token {token}")))
}

fn beside(chance: &mut Chance) -> Ask {
    match chance.below(5) {
        0 => {
            let tags = chance.fit(
                &[TAG, r#"{"name":"project_name","value":"none"}"#, r#"{"name":7}"#],
                1,
            );
            Ask::new("POST", "/qalx/tags/validate").json(format!("{{\"tags\":[{tags}]}}"))
        }
        1 => {
            let to = chance.fit(&["\"ann@example.com\"", "\"no mail\"", ""], 1);
            let body = format!(
                "{{\"subject\":{},\"message\":\"<p>x</p>\",\"to\":[{to}]}}",
                quoted(chance.word())
            );
            Ask::new("POST", "/qalx/notification").json(body)
        }
        2 => {
            let good = "factory:\n  name: f\n  bots: {b: {source: {path: .}, bot_path: 'a.b:c'}}\n  stages: {dev: {here: \
                        {type: local, bots: {b: {queue-name: q}}}}}\n";
            let plan = chance.fit(
                &[
                    good,
                    "factory:\n  stages:\n    dev:\n      here: {}\n",
                    "stages: [",
                    "",
                ],
                1,
            );
            Ask::new("POST", "/qalx/factory/validate").json(json!({ "plan": plan }).to_string())
        }
        3 => Ask::new("GET", "/qalx/project"),
        _ => {
            let body = format!(
                "{{\"name\":{},\"tags\":[{TAG}]}}",
                quoted(chance.of(&["p1", "p2", "", "Ä"]))
            );
            match chance.below(3) {
                0 => Ask::new("POST", "/qalx/project").json(body),
                1 => Ask::new("PATCH", "/qalx/project/p1").json(body),
                _ => Ask::new(
                    "DELETE",
                    format!("/qalx/project/{}", chance.of(&["p1", "p2", "p3"])),
                ),
            }
        }
    }
}

fn of_one(chance: &mut Chance, known: &mut Known, kind: &str) -> Ask {
    let path = format!("/qalx/{kind}/{}", guid(chance, known, kind));
    let shown = fields(chance)
        .map(|fields| format!("?{fields}"))
        .unwrap_or_default();
    match chance.weighted(&[6, 4, 6, 4, 3, 3]) {
        0 if kind == "queue" && chance.once_in(4) => complete(chance, path),
        0 => Ask::new("GET", path + &shown),
        1 => Ask::new("PUT", path + &shown).json(entity(chance, known, kind)),
        2 => {
            let body = match chance.below(3) {
                0 => format!("{{\"meta\":{{\"p\":{}}}}}", chance.json(1)),
                1 if kind == "item" => format!("{{\"data\":{}}}", data(chance)),
                _ => entity(chance, known, kind),
            };
            Ask::new("PATCH", path + &shown).json(body)
        }
        3 => Ask::new("DELETE", path),
        4 => Ask::new("PATCH", path + "/archive"),
        _ => Ask::new("PATCH", path + "/unarchive"),
    }
}

/// Finishing a job with a receipt handle that was never given out.
fn complete(chance: &mut Chance, queue: String) -> Ask {
    let receipts = [
        "\"AQAAAAAAAAACAAAAAAAAAAIAAAAAAAAAAQAAAAAAAAAB4yNUmA\"",
        "\"x\"",
        "7",
    ];
    let (receipt, data) = (chance.of(&receipts), data(chance));
    let body = format!("{{\"receipt_handle\":{receipt},\"item\":{{\"data\":{data}}}}}");
    Ask::new("POST", queue + "/complete").json(body)
}

/// A request.
pub(super) fn ask(chance: &mut Chance, known: &mut Known) -> Ask {
    let kind = chance.of(KINDS);
    let ask = match chance.weighted(&[16, 26, 12, 26, 3, 8, 7, 6]) {
        0 => Ask::new("POST", format!("/qalx/{kind}")).json(entity(chance, known, kind)),
        1 => Ask::new("GET", list(chance, known, kind)),
        2 => aggregate(chance, kind),
        3 => of_one(chance, known, kind),
        4 => bulk(chance, known),
        5 => return file(chance, known).unwrap_or_else(|| Ask::new("GET", "/qalx/item")),
        6 => return bot(chance, known).unwrap_or_else(|| Ask::new("GET", "/qalx/bot")),
        _ => beside(chance),
    };
    let who = match chance.below(12) {
        0 if chance.errs(1) => None,
        1..4 => Some(chance.below(USERS.len())),
        _ => Some(0),
    };
    ask.by(who)
}

/// Learns from an answer.
pub(super) fn learn(ask: &Ask, told: &Value, known: &mut Known) {
    let kind = ask.path.split(['/', '?']).nth(2).unwrap_or_default();
    let lists = [&told["data"], &told["items"]];
    let shown = lists.into_iter().filter_map(Value::as_array).flatten();
    for entity in shown.chain([told]) {
        learn_entity(kind, entity, known);
    }
    for page in ["next", "previous"] {
        if let Some(page) = told["query"][page].as_str() {
            known.pages.push(page.to_owned());
        }
    }
}

fn learn_entity(kind: &str, entity: &Value, known: &mut Known) {
    let Some(guid) = entity["guid"]["$uuid"].as_str() else {
        return;
    };
    let found = (kind.to_owned(), guid.to_owned());
    if !known.guids.contains(&found) {
        known.guids.push(found);
    }
    if let Some(token) = entity["info"]["credentials"]["token"].as_str() {
        known.bots.push((guid.to_owned(), token.to_owned()));
    }
    for worker in entity["workers"].as_array().into_iter().flatten() {
        let worker = worker["guid"]["$uuid"].as_str().unwrap_or_default();
        known.workers.push((guid.to_owned(), worker.to_owned()));
    }
    for (put, name) in [(false, "url"), (true, "put_url")] {
        for file in ["file", "plan"] {
            if let Some(url) = entity[file][name].as_str() {
                known.urls.push((put, url.to_owned()));
            }
        }
    }
}
