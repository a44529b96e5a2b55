//! Definitions from the command line: checked, and applied beside a server and without one.

use std::path::Path;

use jsonb::{Jsonb, Limits};
use model::{Error, Stamp};
use serde_json::json;
use storage::tables::records::{Expect, Put};

use crate::support::place::visit;
use crate::support::{Server, stockyard};

const OLD: &str = "recordLabel: fields/code\nauditLogs: true\nfields:
- {name: code, type: text}\n- {name: age, type: text}\n- {name: tag, type: text}\n";
const NEW: &str = "recordLabel: fields/age\nauditLogs: true\nindexes: [{fields: [code, age]}]\nfields:
- {name: code, type: text, unique: true}\n- {name: age, type: integer, indexable: true}
- {name: tag, type: text, multiplicity: many}\n- {name: number, type: autoIncrement}\n- {name: done, type: boolean}\n";

/// Writes a definition of one entity, `things`.
fn define(folder: &Path, entity: &str) {
    let entities = folder.join("entities");
    std::fs::create_dir_all(&entities).unwrap();
    std::fs::write(folder.join("app.yaml"), "name: test\nlabel: Test\n").unwrap();
    std::fs::write(entities.join("things.yaml"), format!("name: things\n{entity}")).unwrap();
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_definition_is_checked_line_by_line() {
    let dir = tempfile::tempdir().unwrap();
    define(dir.path(), OLD);
    let fine = stockyard(&["app", "check", text(dir.path())]).ok();
    assert_eq!(fine, "test: 1 entities, 0 groups, 0 listeners, nothing wrong\n");
    define(dir.path(), "colour: red\nfields: [{name: f, type: txt}]\n");
    let wrong = stockyard(&["app", "check", text(dir.path())]);
    assert_eq!(wrong.status.code(), Some(1));
    let lines: Vec<_> = wrong.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{wrong:?}");
    assert!(
        lines[0].starts_with("entities/things.yaml:2: colour: "),
        "{wrong:?}"
    );
    assert!(
        lines[1].starts_with("entities/things.yaml:3: fields.f.type: "),
        "{wrong:?}"
    );
}

#[test]
fn a_change_is_applied_beside_the_server_and_without_it_and_losses_only_when_allowed() {
    let (dir, apps) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (data, app) = (text(dir.path()), text(apps.path()));
    define(apps.path(), OLD);
    let server = Server::start(dir.path(), &["--app", app]);
    fill(dir.path(), 300);
    // Beside the server, which carries it out and knows the new fields.
    define(apps.path(), NEW);
    let said = stockyard(&["app", "apply", app, "--data-dir", data]).ok();
    for needle in [
        "rewrites 300 records of things",
        "definition 2 is in force",
        "carries it out",
        "finished",
    ] {
        assert!(said.contains(needle), "{needle}: {said}");
    }
    let made = server.request("POST", "/prod/runtime/api/data/things");
    let made = made
        .header("content-type", "application/json")
        .body(r#"{"code":"x","age":7}"#)
        .send();
    assert_eq!(made.status, 200, "{made:?}");
    assert!(made.text().contains(r#""number":301"#), "{made:?}");
    // A field with data goes only when that is allowed.
    define(
        apps.path(),
        &NEW.replace("\n- {name: tag, type: text, multiplicity: many}", ""),
    );
    let refusal = stockyard(&["app", "apply", app, "--data-dir", data]).refusal();
    let command = format!("stockyard app apply {app} --data-dir {data} --allow-data-loss");
    assert!(
        refusal.contains("this change would lose 300 values of tag in things"),
        "{refusal}"
    );
    assert!(refusal.contains(&command), "{refusal}");
    server.terminate();
    let refusal = stockyard(&[
        "serve",
        "--app",
        app,
        "--data-dir",
        data,
        "--listen",
        "127.0.0.1:0",
    ])
    .refusal();
    assert!(refusal.contains(&command), "{refusal}");
    let said = stockyard(&["app", "apply", app, "--data-dir", data, "--allow-data-loss"]).ok();
    assert!(
        said.contains("loses 300 values of tag in things") && said.contains("finished"),
        "{said}"
    );
    let again = stockyard(&["app", "apply", app, "--data-dir", data]).ok();
    assert_eq!(again, "nothing changes\n");
}

/// Stores records of the old form.
fn fill(folder: &Path, count: u64) {
    let visit = visit(folder);
    let put = visit.store().write_blocking(move |tx| {
        let things = tx.collection("app:things")?.unwrap().id;
        for number in 0..count {
            let (id, code) = (format!("{number:024x}"), format!("c{number}"));
            let body = json!({"id": id, "version": 0, "label": code, "code": code, "age": number.to_string(), "tag": "t"});
            let body = Jsonb::parse(body.to_string().as_bytes(), &Limits::default()).unwrap();
            let put = Put {
                id: &id,
                expect: Expect::Absent,
                label: &code,
                archived: false,
                tags: &[],
                body: &body,
                stamp: &Stamp::default(),
                job: None,
            };
            tx.put_record(things, &put)?;
        }
        Ok::<_, Error>(())
    });
    put.unwrap();
}
