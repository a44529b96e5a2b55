//! Broken definitions, each with everything that is said of it.
//!
//! A row lays a text over a sound definition: the file, its new text, and the complaints, exactly.

mod entities;
mod expressions;
mod fields;
mod files;
mod groups;
mod types;

use app::{Source, load_source};

const APP: &str = "name: test\n";
const THINGS: &str = "\
name: things
fields:
  - {name: title, type: text, unique: true}
  - {name: state, type: choice, typeRules: {possibleValues: [{name: open}, {name: closed}]}}
  - {name: count, type: integer}
  - {name: done, type: boolean}
  - {name: secret, type: text, sensitiveData: true}
  - {name: safe, type: nestedFields, nestedFields: [{name: pin, type: text, sensitiveData: true}]}
  - {name: gone, type: text, transient: true}
  - {name: place, type: geoPoint}
  - {name: parts, type: nestedFields, multiplicity: many, nestedFields: [{name: size, type: integer}]}
  - {name: owner, type: relationship, typeRules: {entity: sys.users, copiedFields: [email]}}
actions:
  - {name: poke, actions: js/poke, parameters: [{name: how, type: text}]}
";
const SCRIPT: &str = "function poke(record) {}\n";

/// The sound definition with one file laid over it.
fn complaints(path: &str, text: &str) -> Vec<String> {
    let files = [
        ("app.yaml", APP),
        ("entities/things.yaml", THINGS),
        ("entities/things.js", SCRIPT),
    ];
    let mut source = Source::default();
    for (path, text) in files.into_iter().chain([(path, text)]) {
        source.files.insert(path.to_owned(), text.to_owned());
    }
    match load_source(&source) {
        Ok(_) => Vec::new(),
        Err(complaints) => complaints.iter().map(ToString::to_string).collect(),
    }
}

#[track_caller]
fn refused(path: &str, text: &str, expected: &[&str]) {
    assert_eq!(complaints(path, text), expected, "{path}\n{text}");
}

/// A row: what stands in a file, and what is said of it, without the file's name.
type Row = (&'static str, &'static [&'static str]);

#[track_caller]
fn table(path: &str, head: &str, rows: &[Row]) {
    for (text, expected) in rows {
        let expected: Vec<String> = expected.iter().map(|line| format!("{path}:{line}")).collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        refused(path, &format!("{head}{text}\n"), &expected);
    }
}
