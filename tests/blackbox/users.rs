//! Users and tokens, beside the running server and without it.

use crate::support::{Client, Server, stockyard, stockyard_with};

#[test]
fn tokens_are_made_while_it_runs_and_while_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    let create = [
        "token",
        "create",
        "--user",
        "admin@example.com",
        "--data-dir",
        path,
    ];
    let refusal = stockyard(&create).refusal();
    // A database becomes a store by whoever opens it first.
    let nobody = match testdb::on_postgres() {
        true => "user not found: admin@example.com",
        false => "there is no store in",
    };
    assert!(refusal.contains(nobody), "{refusal}");
    let server = Server::start(dir.path(), &[]);
    let running = stockyard(&create).ok();
    assert!(server.terminate().success());
    let resting = stockyard(&create).ok();
    let server = Server::start(dir.path(), &[]);
    for token in [running, resting] {
        let token = token.strip_suffix('\n').unwrap();
        assert!(
            !token.contains(char::is_whitespace),
            "the token and nothing else: {token:?}"
        );
        let answer = Client::new(server.url(), token).get("/api/v1/admin/users");
        assert_eq!(answer.status, 200);
    }
    let refusal = stockyard(&["token", "create", "--user", "nobody@x", "--data-dir", path]).refusal();
    assert_eq!(refusal, "error: user not found: nobody@x\n");
}

#[test]
fn users_are_made_and_listed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    let new = ["user", "create", "--data-dir", path, "--name", "Ann", "--email"];
    let with = |more: &[&'static str]| [&new[..], more].concat();
    let made = stockyard(&with(&["ann@x.de", "--password", "long enough", "--developer"])).ok();
    assert!(made.starts_with("made the user ann@x.de\ntoken: sy_"), "{made}");
    stockyard_with(
        &with(&["bob@x.de", "--password", "-", "--admin"]),
        &[],
        "from a pipe\n",
        None,
    )
    .ok();
    stockyard_with(
        &with(&["cid@x.de"]),
        &[("STOCKYARD_PASSWORD", "from the surroundings")],
        "",
        None,
    )
    .ok();
    let list = stockyard(&["user", "list", "--data-dir", path]).ok();
    let rows: Vec<Vec<_>> = list
        .lines()
        .map(|line| line.split_whitespace().take(3).collect())
        .collect();
    assert_eq!(
        rows[1..],
        [
            ["ann@x.de", "developer", "never"],
            ["bob@x.de", "admin", "never"],
            ["cid@x.de", "-", "never"]
        ]
    );
    let server = Server::start(dir.path(), &[]);
    assert!(
        server.first_lines().is_empty(),
        "a store with users needs no first admin"
    );
    let bob = Client::new(server.url(), &server.token_of("bob@x.de"));
    let found = bob.get("/api/v1/admin/users").text().to_owned();
    assert!(
        found.contains("ann@x.de") && found.contains("cid@x.de"),
        "{found}"
    );
}

#[test]
fn wrong_users_are_refused_with_every_complaint() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    let create = |email, name, password| {
        stockyard(&[
            "user",
            "create",
            "--data-dir",
            path,
            "--email",
            email,
            "--name",
            name,
            "--password",
            password,
        ])
    };
    let refusal = create("nowhere", " ", "short").refusal();
    for needle in [
        "mail address",
        "\"nowhere\"",
        "name field is required",
        "at least 8 characters, got 5",
    ] {
        assert!(refusal.contains(needle), "{needle}: {refusal}");
    }
    create("a@b.c", "A", "long enough").ok();
    let refusal = create("A@B.c", "A", "long enough").refusal();
    assert!(refusal.contains("already been taken: a@b.c"), "{refusal}");
}
