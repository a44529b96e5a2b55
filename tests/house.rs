//! The rules of the house, checked: which crate may use which, how long files are, that modules say what they are for,
//! and that every error code has its page.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each crate and the crates of ours it may use: the arrows of docs/ARCHITECTURE.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("jsonb", &[]),
    ("model", &["jsonb"]),
    ("query", &["model", "jsonb"]),
    ("script", &["model", "jsonb"]),
    ("app", &["model", "jsonb", "query"]),
    ("storage", &["model", "jsonb", "query"]),
    ("testdb", &[]),
    ("blobs", &["model"]),
    ("amazon", &[]),
    ("fetch", &["model"]),
    ("jobs", &["model", "storage"]),
    (
        "engine",
        &[
            "model", "jsonb", "query", "app", "script", "storage", "blobs", "fetch", "jobs",
        ],
    ),
    ("http", &["model", "jsonb", "engine"]),
    ("light100", &["model", "jsonb", "engine", "http"]),
    ("fusion", &["model", "jsonb", "engine", "http"]),
    ("qalx", &["model", "jsonb", "query", "engine", "http"]),
    ("slingr", &["model", "jsonb", "query", "app", "engine", "http"]),
    ("sqs", &["model", "engine", "http"]),
];

/// The longest source file, tests excluded.
const LONGEST: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the workspace is two levels up")
}

fn crates() -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for folder in ["crates", "crates/dialects"] {
        for entry in fs::read_dir(root().join(folder)).expect("the folder of the crates is there") {
            let path = entry.expect("the folder can be read").path();
            if path.join("Cargo.toml").exists() {
                let name = path
                    .file_name()
                    .expect("a folder has a name")
                    .to_string_lossy()
                    .into_owned();
                found.insert(name, path);
            }
        }
    }
    found
}

/// The crates of ours that a crate's code (not its tests) uses, by folder name.
fn uses(path: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(path.join("Cargo.toml")).expect("a crate has a manifest");
    let manifest: toml::Table = text.parse().expect("a manifest is TOML");
    let known = crates();
    let dependencies = manifest
        .get("dependencies")
        .and_then(toml::Value::as_table)
        .cloned()
        .unwrap_or_default();
    // The edge lives in crates/http; the name http itself is that of a crate of types that is not ours.
    let ours =
        |name: &&String| name.as_str() == "edge" || (name.as_str() != "http" && known.contains_key(*name));
    let folder = |name: &String| {
        if name == "edge" {
            "http".to_owned()
        } else {
            name.clone()
        }
    };
    dependencies.keys().filter(ours).map(folder).collect()
}

#[test]
fn the_arrows_point_one_way() {
    let mut wrong = Vec::new();
    for (name, path) in crates().iter().filter(|(name, _)| *name != "testkit") {
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| known == name) else {
            wrong.push(format!("{name} has no row in ARROWS"));
            continue;
        };
        for used in uses(path).iter().filter(|used| !allowed.contains(&used.as_str())) {
            wrong.push(format!("{name} uses {used}"));
        }
    }
    assert!(wrong.is_empty(), "see docs/ARCHITECTURE.md: {wrong:#?}");
}

#[test]
fn only_storage_knows_sqlite_and_only_the_edge_and_dialects_know_axum() {
    for (name, path) in crates() {
        let manifest = fs::read_to_string(path.join("Cargo.toml")).expect("a crate has a manifest");
        let code = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        assert!(
            name == "storage" || !code.contains("rusqlite"),
            "{name} must not know SQLite"
        );
        let above =
            ["http", "light100", "fusion", "qalx", "slingr", "sqs", "testkit"].contains(&name.as_str());
        assert!(above || !code.contains("\naxum"), "{name} must not know HTTP");
    }
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a source folder can be read") {
        let path = entry.expect("a source folder can be read").path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.') || name == "target");
        if path.is_dir() && !hidden {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut files = Vec::new();
    for folder in ["crates", "bin", "tests", "benches"]
        .iter()
        .filter(|folder| root().join(folder).exists())
    {
        sources(&root().join(folder), &mut files);
    }
    let mut wrong = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source file can be read");
        let name = file.strip_prefix(root()).unwrap_or(&file).display().to_string();
        if !text.trim_start_matches("#![").contains("//!")
            || !text.lines().take(3).any(|line| line.starts_with("//!"))
        {
            wrong.push(format!("{name} does not open with what it is for (//!)"));
        }
        let is_test = name.contains("tests") || name.starts_with("benches") || name.contains("testkit");
        let lines = text.lines().count();
        if !is_test && lines > LONGEST {
            wrong.push(format!("{name} has {lines} lines, more than {LONGEST}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A record that is written past the ledger leaves counts of it wrong.
#[test]
fn records_of_apps_are_written_through_the_ledger() {
    let mut files = Vec::new();
    sources(&root().join("crates/engine/src/records"), &mut files);
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| !file.ends_with("totals/ledger.rs")) {
        let text = fs::read_to_string(file).expect("a source file can be read");
        for past in ["tx.put_record(", "tx.delete_record("] {
            if text.contains(past) {
                wrong.push(format!("{}: {past}…)", file.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "write with `Ledger::put` and `Ledger::remove` (records/totals.rs), and settle it: {wrong:#?}"
    );
}

#[test]
fn every_error_code_has_its_page_and_every_page_its_code() {
    let codes: BTreeSet<String> = model::Code::ALL
        .iter()
        .map(|code| code.as_str().to_owned())
        .collect();
    let mut pages = BTreeSet::new();
    for entry in fs::read_dir(root().join("docs/errors")).expect("docs/errors is there") {
        let name = entry
            .expect("docs/errors can be read")
            .file_name()
            .to_string_lossy()
            .into_owned();
        if name != "README.md" {
            pages.insert(name.trim_end_matches(".md").to_owned());
        }
    }
    assert_eq!(codes, pages);
}
