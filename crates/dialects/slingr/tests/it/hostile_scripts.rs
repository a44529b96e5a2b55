//! Scripts that do all they can to harm the server: each is ended in its time, named, and leaves nothing.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{TestOptions, definition};

use crate::support::{Crm, Who, error, serve};

const THINGS: &str = "
name: things
recordLabel: fields/name
fields:
  - {name: name, type: text}
  - {name: size, type: integer, valueCalculation: js/size}
actions:
  - {name: harm, type: global, actions: js/harm, resultAsResponse: true}
";

/// What is done, and the code and part of the message that it ends with; no code where it comes to nothing by itself.
const HARM: &[(&str, &str, &str)] = &[
    ("for (;;) {}", "timeout", "ran longer than 2s"),
    (
        "for (;;) { try { for (;;) {} } catch (e) {} finally { continue; } }",
        "timeout",
        "ran longer than 2s",
    ),
    (
        "try { for (;;) sys.data.count('things', {}); } catch (e) { for (;;) {} }",
        "timeout",
        "ran longer than 2s",
    ),
    (
        "var all = []; for (;;) all.push(new Array(1000).fill('x'));",
        "javascriptException",
        "out of memory",
    ),
    (
        "var text = 'x'; for (;;) text += text;",
        "javascriptException",
        "too long",
    ),
    ("return 'x'.repeat(100 * 1024 * 1024);", "javascriptException", ""),
    (
        "return 'x'.repeat(8 * 1024 * 1024);",
        "javascriptException",
        "the result is longer than",
    ),
    (
        "function deep() { return deep() + 1; } deep();",
        "javascriptException",
        "call stack",
    ),
    (
        "/^(a+)+$/.test('a'.repeat(40) + 'b');",
        "timeout",
        "ran longer than 2s",
    ),
    (
        "for (var n = 0; n < 1000000; n++) sys.data.save(sys.data.createRecord('things', {name: 'n' + n}));",
        "",
        "",
    ),
    (
        "sys.data.save(sys.data.createRecord('things', {name: 'x'.repeat(1024 * 1024)}));",
        "validationErrors",
        "",
    ),
    (
        "for (;;) sys.logs.info('x'.repeat(3000));",
        "timeout",
        "ran longer than 2s",
    ),
    (
        "Object.prototype.stolen = 1; Array.prototype.push = null; sys.data.save = null; JSON.parse = null; globalThis.sys = null; return 1;",
        "fine",
        "",
    ),
    (
        "sys.data.createRecord('things').constructor.prototype.field = null; return 1;",
        "fine",
        "",
    ),
    (
        "return [sys.data.find('things', {}).constructor.constructor('return 1')()];",
        "javascriptException",
        "code from text",
    ),
    ("eval('1');", "javascriptException", "eval"),
    (
        "sys.data.save({id: function () { return 1; }});",
        "javascriptException",
        "needs a record",
    ),
    (
        "sys.data.find('things', {name: {a: {b: {}}}}).next();",
        "badRequest",
        "",
    ),
    (
        "var deep = {}; var at = deep; for (var n = 0; n < 5000; n++) at = at.a = {}; sys.data.find('things', deep).next();",
        "javascriptException",
        "nested deeper",
    ),
    (
        "sys.storage.put('k', 'x'.repeat(100000));",
        "badRequest",
        "a stored value has",
    ),
    ("sys.utils.script.wait(1e9);", "badRequest", "a script waits"),
];

async fn things(body: &str) -> Crm {
    let functions = format!(
        "function size(record) {{ return (record.field('name').val() || '').length; }}\nfunction harm(action) {{ {body} }}\n"
    );
    let loaded = definition(&[
        (
            "app.yaml",
            "name: test\nlabel: Test\nenvironment: prod\ntimezone: UTC\n",
        ),
        ("entities/things.yaml", THINGS),
        ("entities/things.js", &functions),
    ]);
    let mut options = TestOptions::default();
    options.engine.slingr.script_time = 2;
    serve(&loaded, options, stockyard_slingr::Options::default()).await
}

#[tokio::test]
async fn whatever_a_script_does_the_server_goes_on() {
    for (body, code, message) in HARM {
        let crm = things(body).await;
        let begun = Instant::now();
        let answer = crm
            .call(Who::Developer, "PUT", "/data/things/harm", json!({}))
            .await;
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{body}: {:?}",
            begun.elapsed()
        );
        let (status, answer) = (answer.status.as_u16(), answer.json());
        match *code {
            "fine" => assert_eq!((status, &answer), (200, &json!(1)), "{body}"),
            "" => assert_eq!(status, 400, "{body}: {answer}"),
            code => {
                assert_eq!(status, 400, "{body}: {answer}");
                assert_eq!(error(&answer).0, code, "{body}: {answer}");
                assert!(error(&answer).1.contains(message), "{body}: {answer}");
            }
        }
        assert_eq!(crm.get("/data/things").await["total"], 0, "{body}");
        // The next call sees a world as if nothing had been.
        let made = json!({ "name": "abc" });
        let made = crm
            .expect(Who::Developer, 200, "POST", "/data/things", made)
            .await;
        assert_eq!(made["size"], 3, "{body}");
    }
}

#[tokio::test]
async fn a_slow_script_keeps_nobody_waiting() {
    let crm = things("for (;;) {}").await;
    let slow = crm.call(Who::Developer, "PUT", "/data/things/harm", json!({}));
    let quick = async {
        let begun = Instant::now();
        for n in 0..20 {
            let made = json!({ "name": format!("n{n}") });
            crm.expect(Who::Developer, 200, "POST", "/data/things", made)
                .await;
        }
        begun.elapsed()
    };
    let (slow, quick) = tokio::join!(slow, quick);
    assert_eq!(error(&slow.json()).0, "timeout");
    assert!(quick < Duration::from_secs(2), "{quick:?}");
    assert_eq!(crm.get("/data/things").await["total"], 20);
}

#[tokio::test]
async fn a_script_changes_so_many_records_at_most() {
    let functions = "function harm() { for (var n = 0; n < 100000; n++) { var one = sys.data.createRecord('things'); sys.data.save(one); sys.data.remove(one); } }";
    let yaml = THINGS.replace(", valueCalculation: js/size", "");
    let crm =
        crate::support::app_of(&[("entities/things.yaml", &yaml), ("entities/things.js", functions)]).await;
    let refused: Value = crm
        .expect(Who::Developer, 400, "PUT", "/data/things/harm", json!({}))
        .await;
    let (code, message) = error(&refused);
    assert!(
        code == "badRequest" && message.contains("10000 records at most") || code == "timeout",
        "{refused}"
    );
    assert_eq!(crm.get("/data/things").await["total"], 0);
}
