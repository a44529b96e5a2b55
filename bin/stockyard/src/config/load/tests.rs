//! Where settings come from, and what a wrong one is told.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

use serde_json::Value;

use crate::config::{Config, LogFormat, Overrides};

const DEFAULTS: &str = include_str!("../../config.default.toml");

fn load(file: &str, variables: &[(&str, &str)], overrides: Overrides) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.toml");
    std::fs::write(&path, file).unwrap();
    let variables = variables
        .iter()
        .map(|(name, text)| (OsString::from(name), OsString::from(text)));
    Config::from_sources(Some(&path), variables, overrides)
        .map_err(|error| format!("{error:#}").replace(&*folder.path().to_string_lossy(), ""))
}

/// The paths of all values, without those that are absent.
fn keys(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                keys(value, &format!("{path}.{key}"), found);
            }
        }
        Value::Null => {}
        _ => {
            found.insert(path.to_owned());
        }
    }
}

fn keys_of(value: &impl serde::Serialize) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    keys(&serde_json::to_value(value).unwrap(), "", &mut found);
    found
}

/// The file with its examples of keys that are absent by default switched on: prose has a space behind the sign.
fn with_examples() -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(example) if !example.is_empty() && !example.starts_with(' ') => example.to_owned(),
        _ => line.to_owned(),
    };
    DEFAULTS.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_documented_file_is_the_defaults() {
    assert_eq!(load(DEFAULTS, &[], Overrides::default()), Ok(Config::default()));
}

#[test]
fn the_documented_file_has_every_key() {
    let text = with_examples();
    let config = load(&text, &[], Overrides::default()).unwrap();
    let object = serde_json::to_value(&config).unwrap();
    let absent: Vec<_> = object["http"]
        .as_object()
        .unwrap()
        .iter()
        .chain(object["jobs"].as_object().unwrap())
        .chain(object.as_object().unwrap())
        .filter(|(_, value)| value.is_null())
        .map(|(key, _)| key)
        .collect();
    assert!(absent.is_empty(), "the file has no example of {absent:?}");
    let written: toml::Table = text.parse().unwrap();
    let mut known = keys_of(&config);
    known.retain(|key| !matches!(key.as_str(), ".fetch.allowed_hosts" | ".delta.failure_mode"));
    assert_eq!(keys_of(&written), known);
}

#[test]
fn later_sources_win() {
    let file = "listen = \"a:1\"\ndata_dir = \"file\"\n[log]\nformat = \"json\"\nlevel = \"warn\"\n[http]\nmax_uri = 7";
    let overrides = Overrides {
        data_dir: Some(PathBuf::from("line")),
        ..Overrides::default()
    };
    let config = load(file, &[("STOCKYARD_LOG__LEVEL", "debug")], overrides).unwrap();
    assert_eq!(
        (config.listen.as_str(), config.data_dir),
        ("a:1", PathBuf::from("line"))
    );
    assert_eq!(
        (config.log.format, config.log.level.as_str()),
        (LogFormat::Json, "debug")
    );
    assert_eq!((config.http.max_uri, config.http.max_headers), (7, 100));
}

#[test]
fn the_file_in_the_data_folder_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let load = || {
        let overrides = Overrides {
            data_dir: Some(folder.path().to_owned()),
            ..Overrides::default()
        };
        Config::from_sources(None, std::iter::empty(), overrides).unwrap()
    };
    assert_eq!(load().listen, "127.0.0.1:8080");
    std::fs::write(folder.path().join("stockyard.toml"), "listen = \"b:2\"").unwrap();
    assert_eq!(load().listen, "b:2");
}

#[test]
fn settings_reach_the_parts() {
    let file = "[light100]\nallowed_hosts = [\"files.example.com\"]\nfailure_mode = \"strict\"\n[delta]\nmax_depth = 3";
    let config = load(file, &[], Overrides::default()).unwrap();
    assert_eq!(config.fetch_options().allowed_hosts.len(), 1);
    let delta = config.engine_options().delta;
    assert_eq!(
        (delta.failure_mode, delta.max_depth),
        (engine::FailureMode::Strict, 3)
    );
}

#[test]
fn mappings_keep_their_order_through_all_sources() {
    let file = "[exports.mappings.m]\nF_9 = \"Z\"\nF_1 = \"No.\"\nC_5 = { name = \"A\", type = \"decimal\" }";
    let config = load(
        file,
        &[("STOCKYARD_EXPORTS__CHUNK_ARTICLES", "7")],
        Overrides::default(),
    )
    .unwrap();
    let order = |config: &Config| -> Vec<String> {
        let columns = config.exports.mappings["m"].columns().iter();
        columns.map(|column| column.field.clone()).collect()
    };
    assert_eq!(order(&config), ["F_9", "F_1", "C_5"]);
    let printed = load(&config.to_toml(), &[], Overrides::default());
    assert_eq!(printed, Ok(config));
}

#[test]
fn secrets_come_from_the_environment_and_are_not_printed() {
    let file = "[exports.targets.nav]\nurl = \"http://nav/Items\"\nauth = { basic = { user = \"u\", password = \"\" } }";
    let password = "STOCKYARD_EXPORTS__TARGETS__NAV__AUTH__BASIC__PASSWORD";
    let config = load(file, &[(password, "s3cret")], Overrides::default()).unwrap();
    assert_eq!(
        serde_json::to_value(&config.exports.targets["nav"].auth).unwrap()["basic"]["user"],
        "u"
    );
    assert!(!format!("{} {config:?}", config.to_toml()).contains("s3cret"));
    let error = load(file, &[(password, "4711")], Overrides::default()).unwrap_err();
    assert!(
        error.contains(password) && error.contains("in quotes") && !error.contains("4711"),
        "{error}"
    );
}

#[test]
fn a_line_that_holds_a_secret_is_not_repeated() {
    let target = "[exports.targets.nav]\nurl = \"http://nav/Items\"\n";
    for (line, place, needles) in [
        (
            "auth = { basic = { user = \"u\", password = \"s3cret } }",
            "line 3, column",
            vec!["exports.targets.nav.auth.basic.password", "expected `}`"],
        ),
        (
            "auth = { basic = { user = \"u\", password = s3cret } }",
            "line 3, column 43",
            vec!["exports.targets.nav.auth.basic.password", "quoted"],
        ),
        (
            "auth.basic.user = \"u\"\nauth.basic.password = \"x\\s3cret\"",
            "line 4, column",
            vec!["exports.targets.nav.auth.basic.password", "escape"],
        ),
        (
            "s3cret",
            "line 3, column 7",
            vec!["column 7: key with no value, expected `=`"],
        ),
        (
            "auth = [\"a\",\n  \"s3cret]",
            "line 4, column",
            vec!["exports.targets.nav.auth: "],
        ),
        (
            "auth = \"s3cret\"",
            "line 3, column",
            vec!["exports.targets.nav.auth: unknown variant", "`basic`"],
        ),
        (
            "auth = { basic = \"s3cret\" }",
            "line 3, column",
            vec!["exports.targets.nav.auth", "invalid type: string"],
        ),
    ] {
        let error = load(&format!("{target}{line}\n"), &[], Overrides::default()).unwrap_err();
        assert!(!error.contains("s3cret"), "{line}:\n{error}");
        for needle in needles.iter().chain(&["/test.toml", place]) {
            assert!(error.contains(needle), "{line}: {needle} is not in\n{error}");
        }
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let variable = ("STOCKYARD_EXPORTS__TARGETS__NAV__AUTH", "s3cret");
    let error = load(target, &[variable], Overrides::default()).unwrap_err();
    assert!(!error.contains("s3cret") && error.contains(variable.0), "{error}");
}

#[test]
fn what_is_printed_can_be_read_again() {
    let file =
        "[light100]\nfailure_mode = \"strict\"\n[jobs]\nmax_finished = \"unlimited\"\n[http]\ngrace = 0.5";
    let config = load(file, &[], Overrides::default()).unwrap();
    assert_eq!(load(&config.to_toml(), &[], Overrides::default()), Ok(config));
}

#[test]
fn what_is_wrong_is_named_with_its_source() {
    let wrong_files = [
        (
            "lisen = \"x\"",
            vec!["/test.toml", "line 1", "unknown field `lisen`", "`listen`"],
        ),
        (
            "[http]\nmax_uri = \"long\"",
            vec!["/test.toml", "line 2", "max_uri", "invalid type"],
        ),
        (
            "[http]\nmax_urI = 1",
            vec!["line 2", "unknown field `max_urI`", "`max_uri`"],
        ),
        ("listen = ", vec!["/test.toml", "line 1"]),
        (
            "[log]\nformat = \"xml\"",
            vec!["unknown variant `xml`", "`text` or `json`"],
        ),
        (
            "[fetch]\nallowed_hosts = []",
            vec!["fetch.allowed_hosts", "light100.allowed_hosts"],
        ),
        (
            "[delta]\nfailure_mode = \"strict\"",
            vec!["delta.failure_mode", "light100.failure_mode"],
        ),
        (
            "[light100]\nallowed_hosts = [\"http://x\"]",
            vec!["http://x", "not a rule"],
        ),
        (
            "database = \"mysql://u:secret@h/d\"",
            vec!["database: \"mysql\"", "sqlite:", "postgres://"],
        ),
        (
            "blobs = \"gs://bucket\"",
            vec!["blobs: \"gs\"", "disk:", "s3://bucket/prefix"],
        ),
        (
            "blobs = \"s3://key:hidden@bucket\"",
            vec!["blobs: expected s3://BUCKET", "AWS_ACCESS_KEY_ID"],
        ),
        ("[s3]\nbucket = \"x\"", vec!["unknown field `bucket`", "endpoint"]),
    ];
    for (file, needles) in wrong_files {
        let error = load(file, &[], Overrides::default()).unwrap_err();
        assert!(!error.contains("secret"), "{error}");
        for needle in needles {
            assert!(error.contains(needle), "{file}: {needle} is not in\n{error}");
        }
    }
    let wrong_variables = [
        (
            ("STOCKYARD_HTTP__MAX_URI", "long"),
            vec!["STOCKYARD_HTTP__MAX_URI", "http.max_uri", "invalid type"],
        ),
        (
            ("STOCKYARD_HTTP__MAX_URL", "1"),
            vec!["STOCKYARD_HTTP__MAX_URL", "unknown field `max_url`", "`max_uri`"],
        ),
        (
            ("STOCKYARD_HTP__MAX_URI", "1"),
            vec!["STOCKYARD_HTP__MAX_URI", "unknown field `htp`", "`http`"],
        ),
        (
            ("STOCKYARD_FETCH__ALLOWED_HOSTS", "[]"),
            vec!["light100.allowed_hosts"],
        ),
    ];
    for (variable, needles) in wrong_variables {
        let error = load("", &[variable], Overrides::default()).unwrap_err();
        for needle in needles {
            assert!(
                error.contains(needle),
                "{variable:?}: {needle} is not in\n{error}"
            );
        }
    }
}
