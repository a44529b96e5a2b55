//! What becomes of functions of an app that fail while a record is made, changed or shown.

use serde_json::{Value, json};

use crate::support::{Crm, Who, app_of, error, id};

const THINGS: &str = "
name: things
recordLabel: js/thingLabel
validations: js/validations
fields:
  - {name: place, type: text, required: always}
  - {name: how, type: text}
  - {name: given, type: text, defaultValue: js/given}
  - {name: needed, type: text, required: js/needed}
  - {name: checked, type: text, validation: js/checked}
  - {name: counted, type: integer, valueCalculation: js/counted}
  - {name: written, type: text, writeAccess: js/written}
  - {name: part, type: nestedFields, typeRules: {recordLabel: js/partLabel}, nestedFields: [{name: size, type: integer}]}
";

/// Fails where the record says, as it says.
const FUNCTIONS: &str = "
function fail(record, place) {
  if (record.field('place').val() !== place) return;
  switch (record.field('how').val()) {
    case 'throws': sys.exceptions.throwException('invalidState', 'not now', {until: 'noon'});
    case 'plain': throw {code: 'invalidState', message: 'not now'};
    case 'notFound': sys.exceptions.throwException(sys.exceptions.NOT_FOUND_ERROR, 'no such thing');
    case 'forbidden': sys.exceptions.throwException('forbidden', 'not you');
    case 'stale': sys.exceptions.throwException('optimisticLocking', 'too late');
    case 'systemException': sys.exceptions.throwException('systemException', 'it broke');
    case 'breaks': return nothing.at.all();
    case 'slow': for (;;) {}
  }
}
function thingLabel(record) { fail(record, 'label'); return 'thing'; }
function validations(record) { fail(record, 'validations'); return []; }
function given(record) { fail(record, 'default'); return 'given'; }
function needed(record) { fail(record, 'required'); return false; }
function checked(record) { fail(record, 'validation'); }
function counted(record) { fail(record, 'calculated'); return 1; }
function written(record) { fail(record, 'writeAccess'); return true; }
function partLabel(record) { fail(record, 'nestedLabel'); return 'part'; }
";

/// Where functions are called when a record is made.
const PLACES: [&str; 8] = [
    "label",
    "validations",
    "default",
    "required",
    "validation",
    "calculated",
    "writeAccess",
    "nestedLabel",
];

async fn things() -> Crm {
    app_of(&[
        ("entities/things.yaml", THINGS),
        ("entities/things.js", FUNCTIONS),
    ])
    .await
}

fn thing(place: &str, how: &str) -> Value {
    json!({ "place": place, "how": how, "checked": "x", "written": "x", "part": { "size": 1 } })
}

#[tokio::test]
async fn a_function_that_fails_says_why_wherever_it_is_called() {
    let crm = things().await;
    for place in PLACES {
        for how in ["throws", "breaks"] {
            let answer = crm
                .expect(Who::Developer, 400, "POST", "/data/things", thing(place, how))
                .await;
            told(&answer, place, how);
        }
    }
    assert_eq!(crm.get("/data/things").await["total"], 0, "nothing was made");
    let made = crm
        .expect(Who::Developer, 200, "POST", "/data/things", thing("nowhere", ""))
        .await;
    let path = format!("/data/things/{}", id(&made));
    // A default is for new records, and a rule about writing is asked of the record as it is.
    let called = |place: &&&str| !["default", "writeAccess"].contains(*place);
    for place in PLACES.iter().filter(called) {
        for how in ["throws", "breaks"] {
            let change = json!({ "place": place, "how": how, "needed": null });
            let answer = crm.expect(Who::Developer, 400, "PUT", &path, change).await;
            told(&answer, place, how);
        }
    }
    assert_eq!(crm.get(&path).await, made, "nothing was changed");
}

/// Whether an answer tells what a function threw.
fn told(answer: &Value, place: &str, how: &str) {
    if how == "throws" {
        let expected =
            json!({ "code": "invalidState", "message": "not now", "additionalInfo": { "until": "noon" } });
        assert_eq!(*answer, expected, "{place}");
        return;
    }
    let (code, message) = error(answer);
    assert_eq!(code, "javascriptException", "{place}: {answer}");
    assert!(
        message.starts_with("entities/things.js:") && message.contains("nothing is not defined"),
        "{place}: {message}"
    );
    assert_eq!(answer.as_object().unwrap().len(), 2, "{answer}");
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_ended() {
    let crm = things().await;
    for place in PLACES {
        let answer = crm
            .expect(Who::Developer, 400, "POST", "/data/things", thing(place, "slow"))
            .await;
        let (code, message) = error(&answer);
        assert_eq!(code, "timeout", "{place}: {answer}");
        assert!(
            message.contains("entities/things.js") && message.contains("ran longer than"),
            "{place}: {message}"
        );
    }
    crm.expect(Who::Developer, 200, "POST", "/data/things", thing("nowhere", ""))
        .await;
}

#[tokio::test]
async fn codes_of_the_system_have_their_status_but_never_one_that_clients_repeat() {
    let crm = things().await;
    for (how, status, code, message) in [
        ("plain", 400, "invalidState", "not now"),
        ("notFound", 404, "notFound", "no such thing"),
        ("forbidden", 403, "forbidden", "not you"),
        ("stale", 409, "optimisticLocking", "too late"),
        ("systemException", 400, "systemException", "it broke"),
    ] {
        let body = thing("validations", how);
        let answer = crm
            .expect(Who::Developer, status, "POST", "/data/things", body)
            .await;
        assert_eq!(answer, json!({ "code": code, "message": message }), "{how}");
    }
}

#[tokio::test]
async fn a_rule_about_reading_that_fails_shows_nothing() {
    let entity = "
name: things
fields:
  - {name: how, type: text}
  - {name: hidden, type: text, readAccess: js/readable}
";
    let functions = FUNCTIONS.replace("'place'", "'how'")
        + "function readable(record) { if (record.field('how').val() === 'throws') sys.exceptions.throwException('locked', 'it is locked'); return true; }";
    let crm = app_of(&[
        ("entities/things.yaml", entity),
        ("entities/things.js", &functions),
    ])
    .await;
    let body = json!({ "how": "throws", "hidden": "x" });
    let refused = crm
        .expect(Who::Developer, 400, "POST", "/data/things", body)
        .await;
    assert_eq!(refused, json!({ "code": "locked", "message": "it is locked" }));
    assert_eq!(crm.get("/data/things").await["total"], 0, "nothing was made");
    let made = crm
        .expect(
            Who::Developer,
            200,
            "POST",
            "/data/things",
            json!({ "how": "fine", "hidden": "x" }),
        )
        .await;
    let path = format!("/data/things/{}", id(&made));
    let change = json!({ "how": "throws" });
    crm.expect(Who::Developer, 400, "PUT", &path, change).await;
    assert_eq!(crm.get(&path).await, made, "nothing was changed");
}
