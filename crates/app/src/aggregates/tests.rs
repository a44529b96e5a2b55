//! Aggregates run over hand-made records.

use std::time::Duration;

use jiff::tz::TimeZone;
use jsonb::{Jsonb, Value};
use query::{Around, Flow, Refusal, Source};

use super::*;
use crate::lower::path::plain;
use crate::testing::{self, User, integer, text};
use crate::{App, Field, FieldType};

struct Store(Vec<(&'static str, Vec<Jsonb>)>);

impl Source for Store {
    fn scan(
        &self,
        collection: &str,
        each: &mut dyn FnMut(Value<'_>) -> Result<Flow, Refusal>,
    ) -> Result<(), Refusal> {
        for (name, records) in &self.0 {
            if *name == collection {
                records
                    .iter()
                    .try_for_each(|record| each(record.root()).map(|_| ()))?;
            }
        }
        Ok(())
    }
}

fn json(text: &str) -> Jsonb {
    Jsonb::parse(text.as_bytes(), &jsonb::Limits::default()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn fields() -> Vec<Field> {
    let mut fields = testing::nested_fields();
    fields.extend([
        text("name"),
        integer("skills"),
        plain("rating", FieldType::BigNumber(Default::default()), false),
        plain("ratings", FieldType::BigNumber(Default::default()), true),
        plain("tags", FieldType::Text(Default::default()), true),
        plain("done", FieldType::Boolean, false),
        plain("notes", FieldType::Html, false),
    ]);
    fields
}

fn store() -> Store {
    let things = [
        r#"{"id":"585a0b0c0000000000000001","version":0,"label":"Ann","company":{"id":"585a0b0c00000000000000c1","label":"Blogpad","type":"a"},
            "addresses":[{"state":"CA","rank":1},{"state":"NJ","rank":2}],"place":{"latitude":0,"longitude":0},
            "name":"Ann","skills":2,"rating":"10.5","ratings":["2","10"],"tags":["x","y"],"done":true,"notes":"<b>z</b>",
            "~":{"rating":"0010","ratings":["0002","0010"],"notes":"z"}}"#,
        r#"{"id":"585a0b0c0000000000000002","version":3,"label":"Bob","company":{"id":"585a0b0c00000000000000c1","label":"Blog pad","type":"a"},
            "place":{"latitude":0,"longitude":2},"name":"Bob","skills":5,"rating":"9","tags":["y"],"done":false,
            "notes":"<i>a</i>","~":{"rating":"0009","notes":"a"}}"#,
        r#"{"id":"585a0b0c0000000000000003","version":0,"label":"Cid","company":{"id":"585a0b0c00000000000000c2","label":"Jazzy","type":"b"},
            "place":{"latitude":0,"longitude":1},"name":"Cid","skills":1,"done":false}"#,
        r#"{"id":"585a0b0c0000000000000004","version":0,"label":"Dot","name":"Dot","done":true}"#,
    ];
    let companies = [
        r#"{"id":"585a0b0c00000000000000c1","version":0,"label":"Blogpad","name":"Blogpad","type":"a","size":7}"#,
        r#"{"id":"585a0b0c00000000000000c2","version":0,"label":"Jazzy","name":"Jazzy","type":"b"}"#,
        r#"{"id":"585a0b0c00000000000000c3","version":0,"label":"Empty"}"#,
    ];
    Store(vec![
        ("app:things", things.map(json).into()),
        ("app:companies", companies.map(json).into()),
    ])
}

fn app() -> App {
    testing::app(fields())
}

fn lower(app: &App, entity: &str, body: &str) -> Result<Aggregate, String> {
    let zone = TimeZone::UTC;
    let scope = Scope {
        app,
        entity: app.entity(entity).expect("there"),
        zone: &zone,
        user: &User,
    };
    aggregate(&scope, json(body).root()).map_err(|error| error.to_string())
}

/// The results, shadows left out as rendering does.
fn run(entity: &str, body: &str) -> Vec<String> {
    let app = app();
    let lowered = lower(&app, entity, body).unwrap_or_else(|why| panic!("{body}: {why}"));
    let store = store();
    let elapsed = || Duration::ZERO;
    let limits = query::Limits::default();
    let around = Around {
        now: 0,
        elapsed: &elapsed,
        source: &store,
        seed: 0,
        limits: &limits,
    };
    let found = lowered.pipeline.run_over(&collection(entity), around);
    let found = found.unwrap_or_else(|refusal| panic!("{body}: {refusal}"));
    found
        .iter()
        .map(|document| shown(document, &lowered.output))
        .collect()
}

fn shown(document: &Jsonb, output: &Output) -> String {
    let mut out = jsonb::object();
    for entry in document.root().entries() {
        let (name, value) = entry.expect("sound");
        match &*name {
            "~" => continue,
            "id" if output.id => {}
            "label" if output.label => {}
            name => assert!(
                output.fields.get(name).is_some(),
                "{name} is described in {output:?}"
            ),
        }
        out = out.field_raw(&name, value);
    }
    out.finish().to_text().expect("sound")
}

fn check(entity: &str, cases: &[(&str, &[&str])]) {
    for (body, wanted) in cases {
        assert_eq!(run(entity, body), *wanted, "{body}");
    }
}

#[test]
fn records_are_chosen_and_ordered() {
    let ids = |numbers: &[u32]| -> Vec<String> {
        let id = |number: &u32| {
            format!(
                r#"{{"id":"585a0b0c000000000000000{number}","name":"{}"}}"#,
                ["Ann", "Bob", "Cid", "Dot"][*number as usize - 1]
            )
        };
        numbers.iter().map(id).collect()
    };
    let cases: [(&str, &[u32]); 14] = [
        (r#"[{"project":"name"}]"#, &[1, 2, 3, 4]),
        (r#"{"project":"name, id"}"#, &[1, 2, 3, 4]),
        (
            r#"[{"match":{"skills":"greater(1)"}},{"project":["name"]}]"#,
            &[1, 2],
        ),
        (
            r#"[{"match":{"done":true,"_size":5}},{"project":"name"}]"#,
            &[1, 4],
        ),
        (
            r#"[{"match":{"_or":{"name":"Ann","skills":1}}},{"project":"name"}]"#,
            &[1, 3],
        ),
        (
            r#"[{"match":{"company":"585a0b0c00000000000000c1"}},{"project":"name"}]"#,
            &[1, 2],
        ),
        (
            r#"[{"sort":{"skills":"desc"}},{"project":"name"}]"#,
            &[2, 1, 3, 4],
        ),
        (
            r#"[{"sort":{"done":"asc","name":"desc"}},{"project":"name"}]"#,
            &[3, 2, 4, 1],
        ),
        (r#"[{"sort":{"rating":"asc"}},{"project":"name"}]"#, &[3, 4, 2, 1]),
        (
            r#"[{"sort":{"company":"desc"}},{"project":"name"}]"#,
            &[3, 1, 2, 4],
        ),
        (r#"[{"skip":1},{"limit":2},{"project":"name"}]"#, &[2, 3]),
        (
            r#"{"match":{"done":false},"sort":{"name":"desc"},"project":"name"}"#,
            &[3, 2],
        ),
        (
            r#"[{"project":"name,rating"},{"sort":{"rating":"desc"}},{"limit":1},{"project":"name"}]"#,
            &[1],
        ),
        (
            r#"[{"match":{"place":"near(0,0,100000)"}},{"project":"name"}]"#,
            &[2, 3],
        ),
    ];
    for (body, wanted) in cases {
        assert_eq!(run("things", body), ids(wanted), "{body}");
    }
}

#[test]
fn whole_records_have_neither_label_nor_version() {
    check(
        "companies",
        &[
            (
                r#"[{"match":{"name":"Jazzy"}}]"#,
                &[r#"{"id":"585a0b0c00000000000000c2","name":"Jazzy","type":"b"}"#],
            ),
            (
                r#"[{"limit":1},{"project":"label"}]"#,
                &[r#"{"id":"585a0b0c00000000000000c1","label":"Blogpad"}"#],
            ),
            (
                "[]",
                &[
                    r#"{"id":"585a0b0c00000000000000c1","name":"Blogpad","type":"a","size":7}"#,
                    r#"{"id":"585a0b0c00000000000000c2","name":"Jazzy","type":"b"}"#,
                    r#"{"id":"585a0b0c00000000000000c3"}"#,
                ],
            ),
        ],
    );
}

#[test]
fn groups_have_keys_and_accumulators() {
    check(
        "things",
        &[
            (
                r#"[{"project":"company,skills"},{"group":{"by":"company","total":"sum(skills)"}},{"sort":{"total":"desc"}}]"#,
                &[
                    r#"{"company":{"id":"585a0b0c00000000000000c1","label":"Blogpad"},"total":7}"#,
                    r#"{"company":{"id":"585a0b0c00000000000000c2","label":"Jazzy"},"total":1}"#,
                    r#"{"total":0}"#,
                ],
            ),
            (
                r#"[{"group":{"by":"company","n":"count()"}},{"match":{"company":"Blogpad"}}]"#,
                &[r#"{"company":{"id":"585a0b0c00000000000000c1","label":"Blogpad"},"n":2}"#],
            ),
            (
                r#"[{"group":{"by":"company.type, done","n":"count()"}},{"sort":{"company.type":"desc","done":"asc"}},{"limit":2}]"#,
                &[
                    r#"{"company":{"type":"b"},"done":false,"n":1}"#,
                    r#"{"company":{"type":"a"},"done":false,"n":1}"#,
                ],
            ),
            (
                r#"[{"group":{"n":"count()","s":"sum(skills)","a":"avg(skills)","f":"first(name)","l":"last(name)","min":"min(name)","max":"max(skills)"}}]"#,
                &[r#"{"n":4,"s":8,"a":2.6666666666666665,"f":"Ann","l":"Dot","min":"Ann","max":5}"#],
            ),
            (
                r#"[{"group":{"min":"min(rating)","max":"max(rating)","sum":"sum(rating)","avg":"avg(rating)","first":"first(rating)"}}]"#,
                &[r#"{"min":"9","max":"10.5","sum":19.5,"avg":9.75,"first":"10.5"}"#],
            ),
            (
                r#"[{"group":{"min":"min(notes)","max":"max(notes)"}}]"#,
                &[r#"{"min":"<i>a</i>","max":"<b>z</b>"}"#],
            ),
            (
                r#"[{"match":{"name":"Cid,Dot"}},{"group":{"by":"name","min":"min(rating)","c":"first(company)"}}]"#,
                &[
                    r#"{"name":"Cid","c":{"id":"585a0b0c00000000000000c2","label":"Jazzy","type":"b"}}"#,
                    r#"{"name":"Dot"}"#,
                ],
            ),
            (
                r#"[{"match":{"rating":"notEmpty()"}},{"group":{"by":"rating","n":"count()"}},{"sort":{"rating":"asc"}}]"#,
                &[r#"{"rating":"9","n":1}"#, r#"{"rating":"10.5","n":1}"#],
            ),
            (
                r#"[{"group":{"by":"company","max":"max(rating)"}},{"group":{"m":"min(max)"}},{"match":{"m":"notEmpty()"}}]"#,
                &[r#"{"m":"10.5"}"#],
            ),
            (
                r#"[{"group":{"by":"done"}},{"count":"groups"}]"#,
                &[r#"{"groups":2}"#],
            ),
            (r#"[{"match":{"name":"nobody"}},{"group":{"n":"count()"}}]"#, &[]),
        ],
    );
}

#[test]
fn lists_are_unwound() {
    check(
        "things",
        &[
            (
                r#"[{"unwind":{"fieldPath":"tags"}},{"group":{"by":"tags","n":"count()"}},{"sort":{"n":"desc"}}]"#,
                &[r#"{"tags":"y","n":2}"#, r#"{"tags":"x","n":1}"#],
            ),
            (
                r#"[{"unwind":{"fieldPath":"tags","includeEmpty":true}},{"group":{"by":"tags","n":"count()"}},{"sort":{"n":"desc","tags":"asc"}}]"#,
                &[r#"{"n":2}"#, r#"{"tags":"y","n":2}"#, r#"{"tags":"x","n":1}"#],
            ),
            (
                r#"[{"unwind":"addresses"},{"match":{"addresses.state":"NJ"}},{"project":"addresses"}]"#,
                &[r#"{"id":"585a0b0c0000000000000001","addresses":{"state":"NJ","rank":2}}"#],
            ),
            (
                r#"[{"unwind":"addresses"},{"group":{"by":"addresses.state","r":"sum(addresses.rank)"}},{"sort":{"addresses.state":"desc"}}]"#,
                &[
                    r#"{"addresses":{"state":"NJ"},"r":2}"#,
                    r#"{"addresses":{"state":"CA"},"r":1}"#,
                ],
            ),
            (
                r#"[{"unwind":"ratings"},{"sort":{"ratings":"desc"}},{"project":"ratings"}]"#,
                &[
                    r#"{"id":"585a0b0c0000000000000001","ratings":"10"}"#,
                    r#"{"id":"585a0b0c0000000000000001","ratings":"2"}"#,
                ],
            ),
            (
                r#"[{"unwind":{"fieldPath":"ratings","includeEmpty":true}},{"group":{"n":"count()","max":"max(ratings)"}}]"#,
                &[r#"{"n":5,"max":"10"}"#],
            ),
        ],
    );
}

#[test]
fn other_entities_are_looked_up() {
    check(
        "companies",
        &[
            (
                r#"[{"lookup":{"localFieldPath":"id","foreignFieldPath":"company.id","foreignEntityName":"things","as":"people"}},
                {"project":"name,people.name"}]"#,
                &[
                    r#"{"id":"585a0b0c00000000000000c1","name":"Blogpad","people":[{"name":"Ann"},{"name":"Bob"}]}"#,
                    r#"{"id":"585a0b0c00000000000000c2","name":"Jazzy","people":[{"name":"Cid"}]}"#,
                    r#"{"id":"585a0b0c00000000000000c3","people":[]}"#,
                ],
            ),
            (
                r#"[{"lookup":{"localFieldPath":"id","foreignFieldPath":"company","foreignEntityName":"things","as":"people"}},
                {"unwind":"people"},{"match":{"people.rating":"notEmpty()"}},
                {"group":{"by":"name","best":"max(people.rating)"}}]"#,
                &[r#"{"name":"Blogpad","best":"10.5"}"#],
            ),
            (
                r#"[{"lookup":{"localFieldPath":"size","foreignFieldPath":"skills","foreignEntityName":"things","as":"same"}},{"project":"same"}]"#,
                &[
                    r#"{"id":"585a0b0c00000000000000c1","same":[]}"#,
                    r#"{"id":"585a0b0c00000000000000c2","same":[]}"#,
                    r#"{"id":"585a0b0c00000000000000c3","same":[]}"#,
                ],
            ),
        ],
    );
}

#[test]
fn places_are_ordered_by_distance() {
    let body = r#"[{"geoNear":{"coordinates":{"longitude":0,"latitude":0},"distanceField":"far","minDistance":1,
        "distanceMultiplier":0.001,"includeLocs":"at","key":"place"}},{"project":"name,at"}]"#;
    check(
        "things",
        &[
            (
                body,
                &[
                    r#"{"id":"585a0b0c0000000000000003","name":"Cid","at":{"latitude":0,"longitude":1}}"#,
                    r#"{"id":"585a0b0c0000000000000002","name":"Bob","at":{"latitude":0,"longitude":2}}"#,
                ],
            ),
            (
                r#"{"geoNear":{"coordinates":{"longitude":0,"latitude":0},"distanceField":"far","maxDistance":150000},"sort":{"far":"desc"},"project":"name"}"#,
                &[
                    r#"{"id":"585a0b0c0000000000000003","name":"Cid"}"#,
                    r#"{"id":"585a0b0c0000000000000001","name":"Ann"}"#,
                ],
            ),
        ],
    );
    let far = run("things", &body.replace("name,at", "far"));
    let far: Vec<f64> = far
        .iter()
        .filter_map(|line| json(line).root().get("far").ok()??.as_f64().ok()?)
        .collect();
    assert!(
        matches!(far.as_slice(), [one, two] if (one - 111.195).abs() < 0.001 && (two - 222.390).abs() < 0.001),
        "{far:?}"
    );
}

#[test]
fn fields_that_are_used_are_told() {
    let app = app();
    let used = |entity, body| {
        let lowered = lower(&app, entity, body).unwrap_or_else(|why| panic!("{body}: {why}"));
        let lookups: Vec<_> = lowered
            .lookups
            .into_iter()
            .map(|lookup| (lookup.entity, lookup.path, lookup.fields_used.join(",")))
            .collect();
        (lowered.fields_used.join(","), lookups, lowered.output.records)
    };
    let cases = [
        (
            r#"[{"match":{"name":"a"}},{"sort":{"skills":"asc"}},{"limit":1}]"#,
            "name,skills",
            true,
        ),
        (
            r#"[{"group":{"by":"company","n":"sum(skills)"}},{"sort":{"n":"asc"}}]"#,
            "company,skills",
            false,
        ),
        (
            r#"[{"unwind":"addresses"},{"match":{"addresses":{"state":"CA"}}},{"project":"name"}]"#,
            "addresses,addresses.state,name",
            true,
        ),
        (
            r#"[{"geoNear":{"coordinates":{"longitude":0,"latitude":0},"distanceField":"far"}},{"sort":{"far":"asc"}}]"#,
            "place",
            true,
        ),
    ];
    for (body, paths, records) in cases {
        assert_eq!(
            used("things", body),
            (paths.to_owned(), vec![], records),
            "{body}"
        );
    }
    let body = r#"[{"lookup":{"localFieldPath":"name","foreignFieldPath":"company","foreignEntityName":"things","as":"people"}},
        {"match":{"people.skills":"greater(1)"}},{"group":{"all":"first(people)"}}]"#;
    let lookup = (
        "things".to_owned(),
        "people".to_owned(),
        ",company,skills".to_owned(),
    );
    assert_eq!(used("companies", body), ("name".to_owned(), vec![lookup], false));
}

const REFUSED: &[(&str, &str)] = &[
    (r#""x""#, "a list of operations"),
    (r#"[5]"#, "operation 1: must be an object, found 5"),
    (
        r#"[{"limit":1},{"frobnicate":1}]"#,
        "operation 2, `frobnicate`: there is no such operation",
    ),
    (
        r#"[{"match":{"foo":1}}]"#,
        "operation 1, `match`: field `foo`: there is no field `foo`",
    ),
    (r#"[{"match":{"skills":"like(a)"}}]"#, "operator `like`"),
    (r#"[{"match":{"skills":"x"}}]"#, "value \"x\""),
    (r#"[{"match":"x"}]"#, "must be a map"),
    (r#"[{"project":""}]"#, "at least one field"),
    (r#"[{"project":"name,foo"}]"#, "there is no field `foo`"),
    (r#"[{"project":5}]"#, "found 5"),
    (
        r#"[{"project":"name"},{"sort":{"skills":"asc"}}]"#,
        "operation 2, `sort`: field `skills`",
    ),
    (r#"[{"sort":{"name":"up"}}]"#, "`asc` or `desc`, found \"up\""),
    (r#"[{"sort":{}}]"#, "must be an object"),
    (r#"[{"sort":{"tags":"asc"}}]"#, "several values"),
    (r#"[{"sort":{"secret":"asc"}}]"#, "sensitive"),
    (r#"[{"count":"a b"}]"#, "no name for a field"),
    (r#"[{"count":5}]"#, "found 5"),
    (r#"[{"skip":-1}]"#, "from 0, found -1"),
    (r#"[{"limit":0}]"#, "from 1, found 0"),
    (r#"[{"limit":1.5}]"#, "found 1.5"),
    (r#"[{"unwind":{}}]"#, "needs `fieldPath`"),
    (r#"[{"unwind":{"fieldPath":"foo"}}]"#, "there is no field `foo`"),
    (
        r#"[{"unwind":{"fieldPath":"addresses.state"}}]"#,
        "unwind `addresses` first",
    ),
    (
        r#"[{"unwind":{"fieldPath":"tags","includeEmpty":"yes"}}]"#,
        "true or false, found \"yes\"",
    ),
    (r#"[{"unwind":{"fieldPath":"tags","x":1}}]"#, "has no option `x`"),
    (r#"[{"group":{"by":"foo"}}]"#, "`by`: `foo`: there is no field"),
    (r#"[{"group":{"by":"tags"}}]"#, "unwind it first"),
    (r#"[{"group":{"by":"contact"}}]"#, "grouped by one of them"),
    (r#"[{"group":{"by":"secret"}}]"#, "sensitive"),
    (
        r#"[{"group":{"by":"name","name":"count()"}}]"#,
        "`name` is there twice",
    ),
    (r#"[{"group":{"n":"count(name)"}}]"#, "`count` takes no field"),
    (
        r#"[{"group":{"n":"median(skills)"}}]"#,
        "there is no accumulator `median`",
    ),
    (r#"[{"group":{"n":"sum(name)"}}]"#, "is of type text"),
    (r#"[{"group":{"n":"min(company)"}}]"#, "is of type relationship"),
    (r#"[{"group":{"n":"first(place)"}}]"#, "is of type geoPoint"),
    (r#"[{"group":{"n":"sum(addresses.rank)"}}]"#, "unwind it first"),
    (r#"[{"group":{"n":"max(secret)"}}]"#, "sensitive"),
    (r#"[{"group":{"n":"skills"}}]"#, "is no accumulator"),
    (r#"[{"group":{"n":5}}]"#, "found 5"),
    (r#"[{"group":{"a.b":"count()"}}]"#, "no name for a field"),
    (r#"[{"group":"name"}]"#, "must be an object"),
    (
        r#"[{"group":{"n":"count()"}},{"match":{"name":"a"}}]"#,
        "operation 2, `match`",
    ),
    (
        r#"[{"lookup":{"localFieldPath":"id"}}]"#,
        "needs `foreignFieldPath`",
    ),
    (
        r#"[{"lookup":{"localFieldPath":"id","foreignFieldPath":"id","foreignEntityName":"x","as":"a"}}]"#,
        "there is no entity `x`",
    ),
    (
        r#"[{"lookup":{"localFieldPath":"id","foreignFieldPath":"foo","foreignEntityName":"companies","as":"a"}}]"#,
        "`foreignFieldPath`",
    ),
    (
        r#"[{"lookup":{"localFieldPath":"foo","foreignFieldPath":"id","foreignEntityName":"companies","as":"a"}}]"#,
        "`localFieldPath`",
    ),
    (
        r#"[{"lookup":{"localFieldPath":"id","foreignFieldPath":"id","foreignEntityName":"companies","as":"name"}}]"#,
        "a field `name` already",
    ),
    (
        r#"[{"limit":1},{"geoNear":{"coordinates":{"longitude":0,"latitude":0},"distanceField":"d"}}]"#,
        "must be the first",
    ),
    (r#"[{"geoNear":{"distanceField":"d"}}]"#, "needs `coordinates`"),
    (
        r#"[{"geoNear":{"coordinates":{"longitude":0,"latitude":95},"distanceField":"d"}}]"#,
        "latitude from -90",
    ),
    (
        r#"[{"geoNear":{"coordinates":{"longitude":0,"latitude":0}}}]"#,
        "needs `distanceField`",
    ),
    (
        r#"[{"geoNear":{"coordinates":{"longitude":0,"latitude":0},"distanceField":"d","key":"name"}}]"#,
        "is no place",
    ),
    (
        r#"[{"geoNear":{"coordinates":{"longitude":0,"latitude":0},"distanceField":"d","minDistance":-1}}]"#,
        "must not be negative",
    ),
];

#[test]
fn refusals_name_operation_and_value() {
    let app = app();
    let many = format!("[{}]", vec![r#"{"skip":1}"#; 200].join(","));
    let cases = REFUSED.iter().copied().chain([(many.as_str(), "limit `stages`")]);
    for (body, why) in cases {
        let found = lower(&app, "things", body)
            .err()
            .unwrap_or_else(|| panic!("{body} is taken"));
        assert!(found.contains(why), "{body}: {found}");
    }
}
