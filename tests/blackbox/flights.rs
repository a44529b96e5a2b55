//! The flights of New York's airports in 2013 (nycflights13, CC0) through the example app: imported by the program's own
//! command, with figures that are worked out from the file by another way, exported and imported again.
//!
//! A part of the flights is enough here; `STOCKYARD_TEST_FLIGHTS=all` takes all 336,776 of them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::support::{Client, Server, stockyard, stockyard_at_length};

const USUAL: usize = 20_000;
const DEVELOPER: &str = "dev@example.com";

/// The folder of the example.
pub(crate) fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/flights")
}

/// The first so many flights, with their header.
pub(crate) fn flights(count: usize) -> String {
    let mut text = String::new();
    GzDecoder::new(File::open(example().join("data/flights.csv.gz")).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    let end = text
        .match_indices('\n')
        .nth(count)
        .map_or(text.len(), |(end, _)| end + 1);
    text.truncate(end);
    text
}

/// Makes a developer on a server's folder.
pub(crate) fn developer(dir: &Path) {
    let user = [
        "user",
        "create",
        "--developer",
        "--email",
        DEVELOPER,
        "--name",
        "Dev",
        "--password",
        "correct horse battery",
        "--data-dir",
        dir.to_str().unwrap(),
    ];
    stockyard(&user).ok();
}

/// Runs a command of the program against a server.
fn run(server: &Server, args: &[&str]) -> String {
    let token = server.token_of(DEVELOPER);
    let api = ["--url", server.url(), "--token", &token];
    stockyard_at_length(&[args, &api[..]].concat()).ok()
}

fn import(server: &Server, entity: &str, file: &Path) -> String {
    let said = run(server, &["import", entity, file.to_str().unwrap()]);
    said.lines().last().unwrap().to_owned()
}

fn get(server: &Server, path: &str) -> Value {
    // One connection each: the server ends those that nobody has used while rows were imported.
    let client = Client::new(server.url(), &server.token_of(DEVELOPER));
    let answer = client.get(path);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// By carrier: how many flights, how many of them left, and the minutes that they were late together.
fn by_carrier(text: &str) -> BTreeMap<String, (u64, u64, i64)> {
    let mut figures: BTreeMap<String, (u64, u64, i64)> = BTreeMap::new();
    for line in text.lines().skip(1) {
        // No cell of this file is quoted.
        let cells: Vec<_> = line.split(',').collect();
        let of = figures.entry(cells[9].to_owned()).or_default();
        of.0 += 1;
        if let Ok(late) = cells[5].parse::<i64>() {
            (of.1, of.2) = (of.1 + 1, of.2 + late);
        }
    }
    figures
}

#[test]
fn flights_are_imported_counted_exported_and_imported_again() {
    let (dir, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let example = example();
    let server = Server::start(dir.path(), &["--app", example.to_str().unwrap()]);
    developer(dir.path());
    let all = std::env::var("STOCKYARD_TEST_FLIGHTS").is_ok_and(|word| word == "all");
    let text = flights(if all { usize::MAX } else { USUAL });
    let count = text.lines().count() - 1;
    assert_eq!(count, if all { 336_776 } else { USUAL });
    let file = files.path().join("flights.csv");
    std::fs::write(&file, &text).unwrap();

    for (entity, rows) in [("airlines", 16), ("airports", 1458), ("planes", 3322)] {
        let said = import(&server, entity, &example.join(format!("data/{entity}.csv")));
        assert!(
            said.starts_with(&format!("{rows} rows imported, 0 with errors")),
            "{said}"
        );
    }
    if all {
        let said = import(&server, "weather", &example.join("data/weather.csv.gz"));
        assert!(said.starts_with("26115 rows imported, 0 with errors"), "{said}");
    }
    let said = import(&server, "flights", &file);
    assert!(
        said.starts_with(&format!("{count} rows imported, 0 with errors")),
        "{said}"
    );
    compare(&server, &text);

    // Planes and airports that the others do not have were made with the flights.
    let known = |name: &str| {
        get(&server, &format!("/api/data/{name}?_size=1"))["total"]
            .as_u64()
            .unwrap()
    };
    let (planes, airports) = (known("planes"), known("airports"));
    assert!(
        planes > 3322 && airports > 1458,
        "{planes} planes, {airports} airports"
    );
    if all {
        assert_eq!((planes, airports), (4043, 1462));
    }

    let first = files.path().join("first.csv");
    let export = [
        "export",
        "flights",
        first.to_str().unwrap(),
        "--names",
        "--query",
        "_sortType=asc",
    ];
    let said = run(&server, &export);
    assert!(
        said.ends_with(&format!("{count} records in {}\n", first.display())),
        "{said}"
    );
    let before = get(&server, "/api/data/flights?_size=50");
    let said = import(&server, "flights", &first);
    assert!(
        said.starts_with(&format!("{count} rows imported, 0 with errors")),
        "{said}"
    );
    assert_eq!(
        get(&server, "/api/data/flights?_size=50"),
        before,
        "nothing has changed"
    );
    let history = get(&server, "/api/data/flights/history?_size=1");
    assert_eq!(history["total"], count, "one line for each");
    let second = files.path().join("second.csv");
    run(
        &server,
        &[
            "export",
            "flights",
            second.to_str().unwrap(),
            "--names",
            "--query",
            "_sortType=asc",
        ],
    );
    assert!(std::fs::read(&first).unwrap() == std::fs::read(&second).unwrap());
}

/// What the server makes of the flights, and what the file says.
fn compare(server: &Server, text: &str) {
    let client = Client::new(server.url(), &server.token_of(DEVELOPER));
    let stages = json!([
        { "group": { "by": "carrier.carrier", "flights": "count()", "late": "avg(dep_delay)" } },
    ]);
    let answer = client
        .request("PUT", "/api/data/flights/aggregate")
        .header("content-type", "application/json")
        .body(stages.to_string())
        .send();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let expected = by_carrier(text);
    let answer = answer.json();
    let items = answer["items"].as_array().unwrap();
    assert_eq!(items.len(), expected.len(), "{answer}");
    for item in items {
        let carrier = item["carrier"]["carrier"]
            .as_str()
            .or_else(|| item["carrier.carrier"].as_str());
        let (flights, left, late) = expected[carrier.unwrap_or_else(|| panic!("{item}"))];
        assert_eq!(item["flights"], flights, "{item}");
        let mean = late as f64 / left as f64;
        assert!(
            (item["late"].as_f64().unwrap() - mean).abs() < 1e-9,
            "{item} not {mean}"
        );
    }
}
