//! What the README claims: each of its calls is run as it is printed and must answer as it says.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::place::database_of;
use crate::support::{Server, stockyard};

const README: &str = include_str!("../../README.md");

/// The commands that are followed by their answer, in order.
fn calls() -> Vec<(&'static str, &'static str)> {
    let blocks: Vec<&str> = README.split("```").skip(1).step_by(2).collect();
    let pair = |pair: &[&'static str]| Some((pair[0].strip_prefix("sh\n")?, pair[1].strip_prefix("json\n")?));
    blocks.windows(2).filter_map(pair).collect()
}

/// Whether an answer is as printed; `…` in the README stands for any text, a time in milliseconds for any other.
fn fits(printed: &Value, answer: &Value) -> bool {
    match (printed, answer) {
        (Value::String(any), Value::String(_)) if any == "…" => true,
        (Value::Number(one), Value::Number(other)) if is_time(one) && is_time(other) => true,
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| fits(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.keys().eq(other.keys()) && one.iter().all(|(key, value)| fits(value, &other[key]))
        }
        (one, other) => one == other,
    }
}

fn is_time(number: &serde_json::Number) -> bool {
    number.as_i64().is_some_and(|millis| millis > 1_000_000_000_000)
}

/// Runs a command of somebody who has the program at hand and the server's folder said.
fn run(command: &str, token: &str, folder: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_stockyard")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", command])
        .env("TOKEN", token)
        .env("PATH", format!("{}:{path}", program.display()))
        .env("STOCKYARD_DATA_DIR", folder);
    if let Some(address) = database_of(Path::new(folder)) {
        shell.env("STOCKYARD_DATABASE", address);
    }
    let output = shell.output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_call_answers_as_it_says() {
    let dir = tempfile::tempdir().unwrap();
    let crm = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/crm");
    let server = Server::start(dir.path(), &["--app", crm.to_str().unwrap()]);
    let folder = dir.path().to_str().unwrap();
    let user = [
        "--group",
        "managers",
        "--email",
        "ada@example.com",
        "--name",
        "Ada",
        "--password",
        "correct horse battery",
    ];
    stockyard(&[&["user", "create", "--data-dir", folder], &user[..]].concat()).ok();
    let token = stockyard(&[
        "token",
        "create",
        "--data-dir",
        folder,
        "--user",
        "ada@example.com",
    ])
    .ok();
    let calls = calls();
    assert!(calls.len() >= 6, "{calls:?}");
    for (command, printed) in calls {
        let command = command.replace("http://127.0.0.1:8080", server.url());
        let printed = printed.replace("http://127.0.0.1:8080", server.url());
        let printed: Value = serde_json::from_str(&printed).unwrap();
        let begun = Instant::now();
        loop {
            // A job that was handed in by the call before may take a moment.
            let answer = run(&command, token.trim(), folder);
            if serde_json::from_str(&answer).is_ok_and(|answer| fits(&printed, &answer)) {
                break;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "{command}\nanswers {answer}\nnot {printed}"
            );
        }
    }
}
