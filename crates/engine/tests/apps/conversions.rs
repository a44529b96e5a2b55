//! What becomes of values when their fields change.

use serde_json::{Value as Json, json};

use crate::support::{Bed, defined};

/// Old field, new field, stored value, value afterwards (null: none), how many values are lost.
const ROWS: &[(&str, &str, &str, &str, u64)] = &[
    // Types, by way of text.
    ("type: text", "type: integer", r#""12""#, "12", 0),
    ("type: text", "type: integer", r#""twelve""#, "null", 1),
    (
        "type: text",
        "type: integer, typeRules: {minValue: 20}",
        r#""12""#,
        "null",
        1,
    ),
    ("type: integer", "type: text", "12", r#""12""#, 0),
    ("type: decimal", "type: integer", "1.5", "null", 1),
    ("type: integer", "type: bigNumber", "12", r#""12""#, 0),
    ("type: decimal", "type: percentage", "0.25", "0.25", 0),
    ("type: percentage", "type: text", "0.25", r#""0.25""#, 0),
    ("type: text", "type: boolean", r#""yes""#, "true", 0),
    ("type: text", "type: boolean", r#""maybe""#, "false", 1),
    ("type: boolean", "type: text", "true", r#""true""#, 0),
    ("type: text", "type: email", r#""a@b.co""#, r#""a@b.co""#, 0),
    ("type: text", "type: email", r#""a b""#, "null", 1),
    ("type: text", "type: longText", r#""a b""#, r#""a b""#, 0),
    (
        "type: html",
        "type: text",
        r#""<b>bold</b>""#,
        r#""<b>bold</b>""#,
        0,
    ),
    (
        "type: text",
        "type: date",
        r#""2016-07-30""#,
        r#""2016-07-30""#,
        0,
    ),
    (
        "type: dateTime",
        "type: date",
        "1469831400000",
        r#""2016-07-30""#,
        0,
    ),
    (
        "type: date",
        "type: dateTime",
        r#""2016-07-30""#,
        "1469829600000",
        0,
    ),
    (
        "type: dateTime",
        "type: text",
        "1469831400000",
        r#""2016-07-29T22:30:00.000Z""#,
        0,
    ),
    (
        "type: text",
        "type: dateTime",
        r#""2016-07-29T22:30:00.000Z""#,
        "1469831400000",
        0,
    ),
    (
        "type: date",
        "type: dateYearMonth",
        r#""2016-07-30""#,
        r#""2016-07""#,
        0,
    ),
    ("type: duration", "type: text", "16200000", r#""4h 30m""#, 0),
    ("type: text", "type: duration", r#""4h 30m""#, "16200000", 0),
    (
        "type: maskedText, typeRules: {mask: \"99-aa\"}",
        "type: text",
        r#""12-ab""#,
        r#""12-ab""#,
        0,
    ),
    (
        "type: text",
        "type: choice, typeRules: {possibleValues: [{name: a, label: Aye}, {name: b, label: Bee}]}",
        r#""Bee""#,
        r#""b""#,
        0,
    ),
    (
        "type: choice, typeRules: {possibleValues: [{name: a, label: Aye}]}",
        "type: text",
        r#""a""#,
        r#""a""#,
        0,
    ),
    (
        "type: group",
        "type: text",
        r#"{"name":"sales"}"#,
        r#""Sales people""#,
        0,
    ),
    // How many.
    (
        "type: text",
        "type: text, multiplicity: many",
        r#""a""#,
        r#"["a"]"#,
        0,
    ),
    (
        "type: text, multiplicity: many",
        "type: text",
        r#"["a","b"]"#,
        r#""a""#,
        1,
    ),
    (
        "type: text, multiplicity: many",
        "type: text",
        r#"["a"]"#,
        r#""a""#,
        0,
    ),
    (
        "type: text, multiplicity: many",
        "type: integer",
        r#"["x","2","3"]"#,
        "2",
        2,
    ),
    (
        "type: integer",
        "type: text, multiplicity: many",
        "7",
        r#"["7"]"#,
        0,
    ),
];

#[tokio::test]
async fn values_change_with_their_fields() {
    for (old, new, before, after, lost) in ROWS {
        let bed = Bed::new().await;
        let field = |rules: &str| defined(&[("things", &format!("fields: [{{name: f, {rules}}}]"))]);
        bed.force(&field(old)).await;
        let value: Json = serde_json::from_str(before).unwrap();
        let id = bed.create("things", &json!({"f": value})).await;
        let plan = bed.app.engine.plan_app(&field(new)).await.unwrap();
        let planned: u64 = plan.losses.iter().map(|loss| loss.count).sum();
        assert_eq!(planned, *lost, "{old} > {new} of {before}: {plan}");
        let job = bed.force(&field(new)).await.job.unwrap();
        // Shown in the new form already, and stored in it in the end.
        let after: Json = serde_json::from_str(after).unwrap();
        assert_eq!(
            bed.read("things", &id).await["f"],
            after,
            "shown: {old} > {new} of {before}"
        );
        bed.app.run_jobs().await;
        assert_eq!(bed.job(&job).await.counts.failed, 0);
        assert_eq!(
            bed.stored("things", &id).await["f"],
            after,
            "{old} > {new} of {before}"
        );
    }
}

#[tokio::test]
async fn references_are_found_by_label_and_texts_keep_labels() {
    let people = (
        "people",
        "recordLabel: fields/name\nfields: [{name: name, type: text}]",
    );
    let text = defined(&[people, ("things", "fields: [{name: who, type: text}]")]);
    let reference = defined(&[
        people,
        (
            "things",
            "fields: [{name: who, type: relationship, typeRules: {entity: people}}]",
        ),
    ]);
    let bed = Bed::new().await;
    bed.force(&text).await;
    let ann = bed.create("people", &json!({"name": "Ann"})).await;
    let known = bed.create("things", &json!({"who": "Ann"})).await;
    let unknown = bed.create("things", &json!({"who": "Bob"})).await;
    let plan = bed.app.engine.plan_app(&reference).await.unwrap();
    assert_eq!(
        plan.loss_text().unwrap(),
        "this change would lose 1 value of who in things"
    );
    bed.change(&reference).await;
    let who = json!({"who": {"id": ann, "label": "Ann"}});
    assert_eq!(bed.read("things", &known).await, who);
    assert_eq!(bed.read("things", &unknown).await, json!({}));
    bed.change(&text).await;
    assert_eq!(bed.read("things", &known).await, json!({"who": "Ann"}));
}

#[tokio::test]
async fn nested_values_are_converted_within() {
    let with = |many: &str, inner: &str| {
        defined(&[(
            "things",
            &format!("fields: [{{name: n, type: nestedFields{many}, nestedFields: [{inner}]}}]"),
        )])
    };
    let bed = Bed::new().await;
    bed.force(&with("", "{name: a, type: text}, {name: b, type: text}"))
        .await;
    let id = bed.create("things", &json!({"n": {"a": "5", "b": "x"}})).await;
    let new = with(
        ", multiplicity: many",
        "{name: a, type: integer}, {name: c, type: boolean}",
    );
    let plan = bed.app.engine.plan_app(&new).await.unwrap();
    assert_eq!(
        plan.loss_text().unwrap(),
        "this change would lose 1 value of n.b in things"
    );
    bed.change(&new).await;
    let mut record = bed.read("things", &id).await;
    record["n"][0]["id"].take();
    assert_eq!(
        record,
        json!({"n": [{"id": null, "label": "n", "a": 5, "c": false}]})
    );
}

#[tokio::test]
async fn new_fields_get_their_first_values() {
    let old = defined(&[("things", "fields: [{name: f, type: text}]")]);
    let new = defined(&[(
        "things",
        "fields: [{name: f, type: text}, {name: done, type: boolean}, {name: number, type: autoIncrement, \
         typeRules: {minValue: 10}}, {name: rank, type: rank}, {name: made, type: dateRecordCreated}]",
    )]);
    let bed = Bed::new().await;
    bed.force(&old).await;
    let made = bed.app.engine.env().now().0;
    let mut ids = Vec::new();
    for text in ["a", "b", "c"] {
        ids.push(bed.create("things", &json!({"f": text})).await);
    }
    bed.app.clock.advance(std::time::Duration::from_secs(60));
    bed.force(&new).await;
    // Before the job: a record that is made, and one that is changed.
    let fresh = bed.create("things", &json!({"f": "d"})).await;
    bed.update("things", &ids[1], &json!({"f": "B"})).await.unwrap();
    bed.app.run_jobs().await;
    let mut ranks = Vec::new();
    for (id, (text, number)) in ids.iter().zip([("a", 10), ("B", 11), ("c", 12)]) {
        let mut record = bed.read("things", id).await;
        ranks.push(record["rank"].take().as_str().unwrap().to_owned());
        assert_eq!(
            record,
            json!({"f": text, "done": false, "number": number, "rank": null, "made": made})
        );
    }
    let fresh = bed.read("things", &fresh).await;
    ranks.push(fresh["rank"].as_str().unwrap().to_owned());
    assert_eq!(
        (&fresh["number"], &fresh["made"]),
        (&json!(13), &json!(made + 60_000))
    );
    assert!(ranks.is_sorted() && ranks.first() != ranks.last(), "{ranks:?}");
}

#[tokio::test]
async fn new_labels_go_to_those_who_refer() {
    let people = |label: &str| {
        format!(
            "recordLabel: fields/{label}\nfields: [{{name: first, type: text}}, {{name: last, type: text}}]"
        )
    };
    let things = "fields:\n- {name: who, type: relationship, typeRules: {entity: people}}\n\
                  - {name: fixed, type: relationship, typeRules: {entity: people, labelUpdatePolicy: false}}";
    let bed = Bed::new().await;
    bed.force(&defined(&[("people", &people("first")), ("things", things)]))
        .await;
    let ann = bed
        .create("people", &json!({"first": "Ann", "last": "Bee"}))
        .await;
    let id = bed
        .create("things", &json!({"who": {"id": ann}, "fixed": {"id": ann}}))
        .await;
    let job = bed
        .change(&defined(&[("people", &people("last")), ("things", things)]))
        .await;
    assert_eq!((job.counts.total, job.counts.processed), (Some(2), 2));
    assert_eq!(bed.stored("people", &ann).await["label"], "Bee");
    let record = bed.read("things", &id).await;
    assert_eq!(
        (&record["who"]["label"], &record["fixed"]["label"]),
        (&json!("Bee"), &json!("Ann"))
    );
}

#[tokio::test]
async fn copies_are_made_anew_when_more_is_copied_or_its_type_changes() {
    let with = |kind: &str, copied: &str| {
        let people = format!("fields: [{{name: age, type: {kind}}}, {{name: city, type: text}}]");
        let rules = format!("{{entity: people, copiedFields: [{copied}]}}");
        let things = format!("fields: [{{name: who, type: relationship, typeRules: {rules}}}]");
        defined(&[("people", &people), ("things", &things)])
    };
    let bed = Bed::new().await;
    bed.force(&with("text", "age")).await;
    let ann = bed.create("people", &json!({"age": "7", "city": "Rome"})).await;
    let id = bed.create("things", &json!({"who": {"id": ann}})).await;
    bed.change(&with("integer", "age, city")).await;
    let who = &bed.read("things", &id).await["who"];
    assert_eq!((&who["age"], &who["city"]), (&json!(7), &json!("Rome")));
}
