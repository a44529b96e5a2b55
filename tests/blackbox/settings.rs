//! Settings that cannot be: refused before anything is made, with the place and what would be right.

use crate::support::{Server, stockyard, stockyard_with};

#[test]
fn unknown_options_are_refused_with_a_hint() {
    let output = stockyard(&["serve", "--lisen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        output.stderr.contains("'--lisen'") && output.stderr.contains("'--listen'"),
        "{output:?}"
    );
    let output = stockyard(&["serve", "--environment", "test"]);
    assert!(
        output.stderr.contains("[possible values: dev, staging, prod]"),
        "{output:?}"
    );
}

#[test]
fn what_there_is_not_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    for (option, value, needle) in [
        (
            "--app",
            "/no/such/folder",
            "the definition in /no/such/folder is wrong",
        ),
        (
            "--database",
            "mysql://u:geheim@h/d",
            "database: \"mysql\" is not supported by this release",
        ),
        (
            "--database",
            "postgres://u:geheim@h.invalid/d",
            "the store is away: ",
        ),
        (
            "--blobs",
            "s3://geheim@bucket",
            "blobs: expected s3://BUCKET or s3://BUCKET/PREFIX and nothing more",
        ),
    ] {
        let args = ["serve", "--data-dir", data.to_str().unwrap(), option, value];
        let refusal = stockyard(&args).refusal();
        assert!(refusal.contains(needle), "{refusal}");
        assert!(!refusal.contains("geheim"), "{refusal}");
        assert!(!data.exists());
    }
}

#[test]
fn a_wrong_file_is_named_with_line_and_key() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("stockyard.toml");
    std::fs::write(&file, "[http]\nmax_boddy_bytes = 5\n").unwrap();
    let refusal = stockyard(&["serve", "--data-dir", dir.path().to_str().unwrap()]).refusal();
    for needle in [
        file.to_str().unwrap(),
        "line 2",
        "unknown field `max_boddy_bytes`",
        "`max_body_bytes`",
    ] {
        assert!(refusal.contains(needle), "{needle}: {refusal}");
    }
    let refusal = stockyard(&["serve", "--config", "/no/such/file"]).refusal();
    assert!(refusal.contains("cannot read /no/such/file"), "{refusal}");
    let variables = [("STOCKYARD_HTTP__MAX_URI", "long")];
    let refusal = stockyard_with(&["serve", "--print-config"], &variables, "", None).refusal();
    assert!(
        refusal.contains("STOCKYARD_HTTP__MAX_URI: http.max_uri: invalid type"),
        "{refusal}"
    );
    let variables = [("STOCKYARD_LOG__LEVEL", "loud")];
    let refusal = stockyard_with(&["serve"], &variables, "", Some(dir.path())).refusal();
    assert!(refusal.contains("log.level: cannot read \"loud\""), "{refusal}");
}

#[test]
fn settings_are_in_force() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("stockyard.toml"),
        "[http]\nmax_uri = 100\n[log]\nformat = \"json\"\n",
    )
    .unwrap();
    let server = Server::start(dir.path(), &[]);
    let long = format!("/readyz?{}", "x".repeat(100));
    assert_eq!(server.request("GET", &long).send().status, 414);
    server.signal(rustix::process::Signal::TERM);
    let log = server.wait().1;
    let last: serde_json::Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    assert_eq!(last["message"], "stopped");
}

#[test]
fn help_teaches() {
    for command in [
        "serve",
        "demo",
        "backup",
        "restore",
        "doctor",
        "openapi",
        "jobs",
        "jobs list",
        "user create",
        "project create",
        "token create",
    ] {
        let words: Vec<_> = command.split(' ').chain(["--help"]).collect();
        let help = stockyard(&words).ok();
        assert!(help.contains("Example"), "{command}: {help}");
    }
}

#[test]
fn the_documents_are_printed() {
    for (api, path) in [
        ("light100", "/api/v1/articles/delta-update"),
        ("fusion", "/api/v2/jobs"),
        ("qalx", "/qalx/item"),
    ] {
        let text = stockyard(&["openapi", api]).ok();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        assert!(document["paths"][path].is_object(), "{api}");
    }
}
