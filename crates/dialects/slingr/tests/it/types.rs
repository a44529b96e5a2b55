//! Every type of field over the wire: the forms it may be written in, both forms it is read in, and what is refused.

use serde_json::{Value, json};

use crate::support::{Crm, Who, app_of, id};

const THINGS: &str = r#"
name: things
recordLabel: fields/title
fields:
  - {name: title, type: text, label: Title, typeRules: {minLength: 2, maxLength: 10, regex: "[a-z ]+", regexHint: small letters}}
  - {name: code, type: text, label: Code, typeRules: {exactLength: 3}}
  - {name: taken, type: text, label: Taken, unique: true}
  - {name: story, type: longText, label: Story}
  - {name: page, type: html, label: Page}
  - {name: mail, type: email, label: Mail}
  - {name: phone, type: phone, label: Phone, typeRules: {international: true, defaultPrefix: "1"}}
  - {name: site, type: url, label: Site}
  - {name: plate, type: maskedText, label: Plate, typeRules: {mask: "999-aaa"}}
  - {name: qr, type: qr, label: Qr}
  - {name: whole, type: integer, label: Whole, typeRules: {minValue: -5, maxValue: 5}}
  - {name: counter, type: autoIncrement, label: Counter, typeRules: {minValue: 7}}
  - {name: decimal, type: decimal, label: Decimal, typeRules: {decimals: 2, rounding: round}}
  - {name: strict, type: decimal, label: Strict, typeRules: {decimals: 1, rounding: throwError}}
  - {name: money, type: money, label: Money}
  - {name: percentage, type: percentage, label: Percentage}
  - {name: big, type: bigNumber, label: Big}
  - {name: flag, type: boolean, label: Flag}
  - {name: choice, type: choice, label: Choice, typeRules: {possibleValues: [{name: a, label: Letter A}, {name: b, label: Letter B}]}}
  - {name: dynamic, type: dynamicChoice, label: Dynamic, typeRules: {possibleValues: [{name: AZ, label: Arizona}, {name: CA, label: California}]}}
  - {name: day, type: date, label: Day, typeRules: {minValue: "2000-01-01"}}
  - {name: moment, type: dateTime, label: Moment}
  - {name: local, type: dateTimeNoTimezone, label: Local}
  - {name: made, type: dateRecordCreated, label: Made}
  - {name: touched, type: dateRecordModified, label: Touched}
  - {name: month, type: dateYearMonth, label: Month}
  - {name: birthday, type: dateMonthDay, label: Birthday}
  - {name: hour, type: time, label: Hour}
  - {name: length, type: duration, label: Length}
  - {name: team, type: group, label: Team}
  - {name: file, type: fileUpload, label: File}
  - {name: color, type: color, label: Color}
  - {name: rank, type: rank, label: Rank}
  - {name: place, type: geoPoint, label: Place}
  - {name: other, type: relationship, label: Other, typeRules: {entity: things, copiedFields: [code]}}
  - {name: words, type: text, label: Words, multiplicity: many}
  - {name: sums, type: money, label: Sums, multiplicity: many}
  - {name: others, type: relationship, label: Others, multiplicity: many, typeRules: {entity: things}}
  - {name: part, type: nestedFields, label: Part, nestedFields: [{name: size, type: money, label: Size, required: always}, {name: on, type: boolean, label: On}]}
  - {name: parts, type: nestedFields, label: Parts, multiplicity: many, typeRules: {recordLabel: fields/code},
     nestedFields: [{name: code, type: text, label: Code}, {name: worth, type: percentage, label: Worth}]}
"#;

const GROUP: &str = "name: sales\nlabel: Sales people\nentityPermissions: []\n";

async fn things() -> Crm {
    app_of(&[("entities/things.yaml", THINGS), ("groups/sales.yaml", GROUP)]).await
}

async fn make(crm: &Crm, body: Value) -> Value {
    crm.expect(Who::Developer, 200, "POST", "/data/things", body)
        .await
}

/// A field, what is written, and how it is read as JSON and by people. `null` is absent.
type Row = (&'static str, Value, Value, Value);

fn texts() -> Vec<Row> {
    vec![
        ("title", json!("abc"), json!("abc"), json!("abc")),
        ("title", json!(""), Value::Null, Value::Null),
        ("title", Value::Null, Value::Null, Value::Null),
        ("code", json!("x1y"), json!("x1y"), json!("x1y")),
        ("story", json!("one\ntwo"), json!("one\ntwo"), json!("one\ntwo")),
        (
            "page",
            json!("<b onclick='x()'>bold</b> text<script>x()</script>"),
            json!("<b>bold</b> text"),
            json!("bold text"),
        ),
        ("mail", json!("a@b.org"), json!("a@b.org"), json!("a@b.org")),
        (
            "phone",
            json!("(702) 845 9380"),
            json!("1-702-845-9380"),
            json!("1-702-845-9380"),
        ),
        (
            "phone",
            json!("1-702-845-9380"),
            json!("1-702-845-9380"),
            json!("1-702-845-9380"),
        ),
        (
            "site",
            json!("http://a.org"),
            json!("http://a.org"),
            json!("http://a.org"),
        ),
        (
            "site",
            json!("(http://a.org)<A site>"),
            json!("(http://a.org)<A site>"),
            json!("A site"),
        ),
        ("plate", json!("862SKB"), json!("862-SKB"), json!("862-SKB")),
        ("plate", json!("862-SKB"), json!("862-SKB"), json!("862-SKB")),
        ("qr", json!("any 1"), json!("any 1"), json!("any 1")),
        ("choice", json!("a"), json!("a"), json!("Letter A")),
        ("color", json!("#f5a9a9"), json!("#f5a9a9"), json!("#f5a9a9")),
    ]
}

fn numbers() -> Vec<Row> {
    vec![
        ("whole", json!(-5), json!(-5), json!("-5")),
        ("decimal", json!(1.255), json!(1.26), json!("1.26")),
        ("strict", json!(1.2), json!(1.2), json!("1.2")),
        ("money", json!(1234.5), json!(1234.5), json!("$1234.50")),
        ("money", json!(-0.125), json!(-0.125), json!("-$0.13")),
        ("percentage", json!(0.125), json!(0.125), json!("12.5%")),
        ("big", json!("2.80"), json!("2.80"), json!("2.80")),
        ("big", json!(12), json!("12"), json!("12")),
        ("flag", json!(true), json!(true), json!("true")),
        ("flag", Value::Null, json!(false), json!("false")),
        (
            "dynamic",
            json!("AZ"),
            json!({ "options": [{ "name": "AZ", "label": "Arizona" }, { "name": "CA", "label": "California" }], "selectedValue": "AZ" }),
            json!("Arizona"),
        ),
        (
            "dynamic",
            json!({ "options": [{ "name": "X", "label": "Ex" }], "selectedValue": "X" }),
            json!({ "options": [{ "name": "X", "label": "Ex" }], "selectedValue": "X" }),
            json!("Ex"),
        ),
        (
            "place",
            json!({ "latitude": 10.5, "longitude": 12 }),
            json!({ "latitude": 10.5, "longitude": 12 }),
            json!("(10.5,12)"),
        ),
    ]
}

fn times() -> Vec<Row> {
    vec![
        (
            "day",
            json!("2016-07-30"),
            json!("2016-07-30"),
            json!("2016-07-30"),
        ),
        (
            "moment",
            json!(1_429_623_180_000_u64),
            json!(1_429_623_180_000_u64),
            json!("2015-04-21 13:33"),
        ),
        (
            "local",
            json!("2016-07-30 08:05"),
            json!("2016-07-30 08:05"),
            json!("2016-07-30 08:05"),
        ),
        (
            "made",
            json!(5),
            json!(1_464_584_157_316_u64),
            json!("2016-05-30 04:55"),
        ),
        (
            "touched",
            json!(5),
            json!(1_464_584_157_316_u64),
            json!("2016-05-30 04:55"),
        ),
        ("month", json!("2016-07"), json!("2016-07"), json!("2016-07")),
        ("birthday", json!("04-16"), json!("04-16"), json!("04-16")),
        ("hour", json!("08:00"), json!("08:00"), json!("08:00")),
        (
            "length",
            json!(93_784_000),
            json!(93_784_000),
            json!("1d 2h 3m 4s"),
        ),
    ]
}

fn lists() -> Vec<Row> {
    vec![
        (
            "words",
            json!(["b", "a", "b"]),
            json!(["b", "a", "b"]),
            json!(["b", "a", "b"]),
        ),
        ("words", json!([]), Value::Null, Value::Null),
        ("words", json!(["", "a", null]), json!(["a"]), json!(["a"])),
        (
            "sums",
            json!([1, 2.5]),
            json!([1, 2.5]),
            json!(["$1.00", "$2.50"]),
        ),
    ]
}

/// What a record shows for a field, without the ids of what lies in it.
fn shown(record: &Value, field: &str) -> Value {
    fn without_ids(value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(without_ids).collect(),
            Value::Object(fields) => {
                let kept = fields.iter().filter(|(key, _)| *key != "id");
                kept.map(|(key, value)| (key.clone(), without_ids(value)))
                    .collect()
            }
            other => other.clone(),
        }
    }
    record.get(field).map(without_ids).unwrap_or_default()
}

async fn reads(crm: &Crm, (field, written, native, plain): Row) {
    let made = make(crm, json!({ (field): written })).await;
    assert_eq!(shown(&made, field), native, "{field} written as {written}");
    let path = format!("/data/things/{}", id(&made));
    assert_eq!(crm.get(&path).await, made);
    let read = crm.get(&format!("{path}?_format=plainText")).await;
    assert_eq!(shown(&read, field), plain, "{field} written as {written}");
    assert_eq!((&read["id"], &read["version"]), (&made["id"], &json!(0)));
    let page = crm
        .get(&format!("/data/things?id={}&_format=plainText", id(&made)))
        .await;
    assert_eq!(page["items"][0], read);
    // What was read can be written again, and changes nothing.
    let back = crm.expect(Who::Developer, 200, "PUT", &path, made.clone()).await;
    assert_eq!(back, made, "{field}");
}

#[tokio::test]
async fn every_type_is_read_as_it_is_kept_and_as_people_read_it() {
    let crm = things().await;
    // The first record of all, whose counter is known.
    let counter = ("counter", json!(99), json!(7), json!("7"));
    for row in [vec![counter], texts(), numbers(), times(), lists()].concat() {
        reads(&crm, row).await;
    }
}

#[tokio::test]
async fn references_and_groups_of_fields_are_read_by_their_labels() {
    let crm = things().await;
    let target = make(&crm, json!({ "title": "target", "code": "abc" })).await;
    let target = id(&target);
    let group = crm.get("/users/currentGroups").await;
    assert_eq!(group, json!([]));
    for (field, written, native, plain) in [
        (
            "other",
            json!({ "id": target }),
            json!({ "label": "target", "code": "abc" }),
            json!("target"),
        ),
        (
            "other",
            json!(target),
            json!({ "label": "target", "code": "abc" }),
            json!("target"),
        ),
        (
            "other",
            json!({ "label": "target" }),
            json!({ "label": "target", "code": "abc" }),
            json!("target"),
        ),
        (
            "other",
            json!("target"),
            json!({ "label": "target", "code": "abc" }),
            json!("target"),
        ),
        (
            "others",
            json!([target, { "label": "target" }]),
            json!([{ "label": "target" }, { "label": "target" }]),
            json!(["target", "target"]),
        ),
        (
            "team",
            json!("Sales people"),
            json!({ "label": "Sales people" }),
            json!("Sales people"),
        ),
        (
            "team",
            json!({ "label": "Sales people" }),
            json!({ "label": "Sales people" }),
            json!("Sales people"),
        ),
        (
            "file",
            json!({ "name": "a.txt", "contentType": "text/plain", "content": "YWJj" }),
            json!({ "name": "a.txt" }),
            json!("a.txt"),
        ),
        (
            "part",
            json!({ "size": 2 }),
            json!({ "label": "Part", "size": 2, "on": false }),
            json!({ "label": "Part", "size": "$2.00", "on": "false" }),
        ),
        (
            "parts",
            json!([{ "code": "x", "worth": 0.5 }, { "worth": 1 }]),
            json!([{ "label": "x", "code": "x", "worth": 0.5 }, { "label": "", "worth": 1 }]),
            json!([{ "label": "x", "code": "x", "worth": "50%" }, { "label": "", "worth": "100%" }]),
        ),
    ] {
        reads(&crm, (field, written, native, plain)).await;
    }
}

#[tokio::test]
async fn values_that_do_not_fit_are_refused_by_field_with_code_and_value() {
    let crm = things().await;
    make(&crm, json!({ "taken": "x" })).await;
    let rows = [
        ("title", json!("a"), "invalid", Some("a")),
        ("title", json!("abcdefghijk"), "invalid", Some("abcdefghijk")),
        ("title", json!("ABC"), "invalid", Some("ABC")),
        ("title", json!(5), "invalid", Some("5")),
        ("title", json!(["a"]), "invalid", Some("[\"a\"]")),
        ("code", json!("ab"), "invalid", Some("ab")),
        ("taken", json!("x"), "unique", Some("x")),
        ("mail", json!("a.org"), "invalidEmail", Some("a.org")),
        ("phone", json!("none"), "invalid", Some("none")),
        ("site", json!("a b"), "invalid", Some("a b")),
        ("plate", json!("86-SKB"), "invalid", Some("86-SKB")),
        ("whole", json!(6), "invalid", Some("6")),
        ("whole", json!(1.5), "invalid", Some("1.5")),
        ("whole", json!("5"), "invalid", Some("5")),
        ("strict", json!(1.25), "invalid", Some("1.25")),
        ("money", json!("much"), "invalid", Some("much")),
        ("big", json!("1.2.3"), "invalid", Some("1.2.3")),
        ("flag", json!("perhaps"), "invalid", Some("perhaps")),
        ("choice", json!("c"), "invalid", Some("c")),
        ("dynamic", json!("NY"), "invalid", Some("NY")),
        ("day", json!("2016-02-30"), "invalid", Some("2016-02-30")),
        ("day", json!("1999-12-31"), "invalid", Some("1999-12-31")),
        ("moment", json!("soon"), "invalid", Some("soon")),
        ("local", json!("2016-07-30"), "invalid", Some("2016-07-30")),
        ("month", json!("2016-13"), "invalid", Some("2016-13")),
        ("birthday", json!("02-30"), "invalid", Some("02-30")),
        ("hour", json!("25:00"), "invalid", Some("25:00")),
        ("length", json!("long"), "invalid", Some("long")),
        ("color", json!("red"), "invalid", Some("red")),
        (
            "place",
            json!({ "latitude": 91, "longitude": 0 }),
            "invalid",
            Some("{\"latitude\":91,\"longitude\":0}"),
        ),
        ("team", json!("nobody"), "notFound", Some("nobody")),
        ("other", json!("nobody"), "notFound", Some("nobody")),
        (
            "other",
            json!("588775f63b063a0007604f4c"),
            "notFound",
            Some("588775f63b063a0007604f4c"),
        ),
        (
            "file",
            json!("588775f63b063a0007604f4c"),
            "notFound",
            Some("588775f63b063a0007604f4c"),
        ),
        ("words", json!("a"), "invalidStructure", None),
        ("words[1]", json!(["a", 5]), "invalid", Some("5")),
        ("part", json!("x"), "invalidStructure", None),
        ("part.size", json!({ "on": true }), "required", None),
        ("part.size", json!({ "size": "x" }), "invalid", Some("x")),
        (
            "part.none",
            json!({ "size": 1, "none": 1 }),
            "invalidStructure",
            None,
        ),
        ("parts", json!({ "code": "x" }), "invalidStructure", None),
        (
            "parts[1].worth",
            json!([{ "code": "x" }, { "worth": "x" }]),
            "invalid",
            Some("x"),
        ),
        ("nothing", json!(1), "invalidStructure", None),
    ];
    let mut wrong = Vec::new();
    for (path, written, code, rejected) in rows {
        let field = path.split(['.', '[']).next().unwrap();
        let body = json!({ (field): written });
        let answer = crm.call(Who::Developer, "POST", "/data/things", body).await;
        let found = answer.json();
        let expected = (
            400,
            json!("validationErrors"),
            json!(path),
            json!(code),
            rejected.map_or(Value::Null, |value| json!({ "rejectedValue": value })),
        );
        let first = &found["errors"][0];
        let told = (
            answer.status.as_u16(),
            found["code"].clone(),
            first["field"].clone(),
            first["code"].clone(),
            first["additionalInfo"].clone(),
        );
        if told != expected || found["errors"].as_array().is_none_or(|all| all.len() != 1) {
            wrong.push(format!("{path} {written}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
