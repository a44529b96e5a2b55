//! Labels and values that functions give to records that are there already.

use app::Loaded;
use model::Code;
use model::job::Status;
use serde_json::json;

use crate::support::{self, Bed, defined, end};

const OLD: &str = "auditLogs: true\nfields: [{name: f, type: integer}, {name: parts, type: nestedFields, multiplicity: \
                   many, nestedFields: [{name: city, type: text}]}]";
const NEW: &str = "auditLogs: true\nrecordLabel: js/label\nfields: [{name: f, type: integer}, {name: double, type: \
                   integer, valueCalculation: js/double}, {name: twice, type: integer, valueCalculation: js/twice}, \
                   {name: number, type: autoIncrement}, {name: parts, type: nestedFields, multiplicity: many, \
                   typeRules: {recordLabel: js/part}, nestedFields: [{name: city, type: text}]}]";
const REFERRERS: &str =
    "fields: [{name: to, type: relationship, typeRules: {entity: things, copiedFields: [f]}}]";
const COPIES: &str =
    "fields: [{name: to, type: relationship, typeRules: {entity: things, copiedFields: [f, double]}}]";

const FUNCTIONS: &str = "
function label(record) { return '#' + record.field('number').val() + ' ' + record.field('twice').val(); }
function twice(record) { return record.field('double').val() * 2; }
function double(record) {
  if (record.field('f').val() === 13) sys.exceptions.throwException('invalidState', 'not thirteen');
  return record.field('f').val() * 2;
}
function part(record, part) { return 'in ' + part.field('city').val(); }
";

/// The same with this file of functions for `things`.
fn with_functions(entities: &[(&str, &str)], functions: &str) -> Loaded {
    support::with_functions(entities, "things", functions)
}

#[tokio::test]
async fn records_that_are_there_get_labels_and_values_by_functions() {
    let bed = Bed::new().await;
    bed.force(&defined(&[("things", OLD), ("others", REFERRERS)]))
        .await;
    bed.app.run_jobs().await;
    let mut ids = Vec::new();
    for number in 0..450 {
        let body = json!({"f": number + 100, "parts": [{"city": "X"}]});
        ids.push(bed.create("things", &body).await);
    }
    let other = bed.create("others", &json!({"to": {"id": ids[7]}})).await;
    let job = bed
        .change(&with_functions(&[("things", NEW), ("others", COPIES)], FUNCTIONS))
        .await;
    assert_eq!(
        (job.status, job.counts.failed),
        (Status::Finished, 0),
        "{:?}",
        job.error
    );
    for number in [0, 7, 199, 200, 449] {
        let stored = bed.stored("things", &ids[number]).await;
        let value = 2 * (number + 100);
        assert_eq!(
            (&stored["double"], &stored["twice"]),
            (&json!(value), &json!(value * 2))
        );
        assert_eq!(stored["label"], json!(format!("#{} {}", number + 1, value * 2)));
        assert_eq!(stored["parts"][0]["label"], json!("in X"));
    }
    let referrer = bed.stored("others", &other).await;
    assert_eq!(
        (&referrer["to"]["label"], &referrer["to"]["double"]),
        (&json!("#8 428"), &json!(214))
    );
}

#[tokio::test]
async fn other_functions_give_other_labels_and_values() {
    let bed = Bed::new().await;
    let entities = [("things", NEW), ("others", COPIES)];
    bed.force(&with_functions(&entities, FUNCTIONS)).await;
    bed.app.run_jobs().await;
    let part = json!({"f": 3, "parts": [{"city": "X"}]});
    let id = bed.create("things", &part).await;
    let plain = bed.create("others", &json!({"to": {"id": id}})).await;
    let before = bed.stored("things", &id).await;
    assert_eq!((&before["twice"], &before["version"]), (&json!(12), &json!(0)));
    let functions = FUNCTIONS
        .replace("'#'", "'No. '")
        .replace("val() * 2;\n}\nfunction part", "val() * 3;\n}\nfunction part")
        .replace("'in '", "'near '");
    let next = with_functions(&entities, &functions);
    let plan = bed.app.engine.plan_app(&next).await.unwrap().to_string();
    for line in [
        "double is computed",
        "twice is computed",
        "the labels of parts are made anew",
        "its label is made anew",
        "rewrites 1 record of things",
    ] {
        assert!(plan.contains(line), "{plan}");
    }
    let job = bed.change(&next).await;
    assert_eq!(end(&job).2, 0, "{:?}", job.error);
    let after = bed.stored("things", &id).await;
    assert_eq!(
        (&after["label"], &after["double"], &after["twice"]),
        (&json!("No. 1 18"), &json!(9), &json!(18))
    );
    assert_eq!(after["parts"][0]["label"], json!("near X"));
    let referrer = bed.stored("others", &plain).await;
    assert_eq!(
        (&referrer["to"]["label"], &referrer["to"]["double"]),
        (&json!("No. 1 18"), &json!(9))
    );
    // Another text that gives the same changes no record.
    let same = with_functions(&entities, &format!("// words\n{functions}"));
    bed.change(&same).await;
    assert_eq!(bed.stored("things", &id).await["version"], after["version"]);
}

#[tokio::test]
async fn a_record_that_a_function_fails_on_is_told_and_the_others_are_done() {
    let bed = Bed::new().await;
    bed.force(&defined(&[("things", OLD)])).await;
    bed.app.run_jobs().await;
    let bad = bed.create("things", &json!({"f": 13})).await;
    let good = bed.create("things", &json!({"f": 2})).await;
    let job = bed.change(&with_functions(&[("things", NEW)], FUNCTIONS)).await;
    // Each is looked at twice: numbered, then computed.
    assert_eq!(end(&job), (Status::Finished, 4, 1));
    let errors = bed.errors(&job).await;
    let error = errors[0]["error"].as_str().unwrap();
    assert!(error.contains(&bad) && error.contains("not thirteen"), "{error}");
    let (bad, good) = (
        bed.stored("things", &bad).await,
        bed.stored("things", &good).await,
    );
    assert_eq!((&bad["f"], bad.get("double")), (&json!(13), None));
    assert_eq!((&good["double"], &good["label"]), (&json!(4), &json!("#2 8")));
}

#[tokio::test]
async fn files_that_are_no_javascript_are_refused_before_anything_changes() {
    let bed = Bed::new().await;
    bed.force(&defined(&[("things", OLD)])).await;
    bed.app.run_jobs().await;
    let broken = with_functions(
        &[(
            "things",
            "recordLabel: js/label\nfields: [{name: f, type: integer}]",
        )],
        "function label(record) {\n  return 1 +;\n}\n",
    );
    let faults = engine::records::script_faults(&broken.app).unwrap();
    assert_eq!(faults.len(), 1);
    assert!(faults[0].starts_with("entities/things.js:2: "), "{faults:?}");
    let actor = &bed.developer.actor;
    let refused = bed.app.engine.apply_app(actor, &broken, true).await.unwrap_err();
    assert_eq!(refused.code(), Code::BadRequest);
    assert!(
        refused.message().starts_with("entities/things.js:2: "),
        "{}",
        refused.message()
    );
    assert_eq!(bed.app.engine.app_number(), 1);
}
