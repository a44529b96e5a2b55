//! An import of flights, some of which fail, that is killed again and again; and one that is stopped and resumed.
//!
//! Ids are given as rows are taken, so they differ from run to run: records are known by what they say, and history by
//! its events and bodies without ids.

use std::path::Path;

use jsonb::Jsonb;
use model::{Error, HistorySeq, JobSeq, Page};
use serde_json::Value as Json;
use storage::ReadTx;
use tempfile::TempDir;

use super::folder::copied;
use super::{START, Watch, kills, wait};
use crate::flights::{developer, example, flights};
use crate::support::place::{assert_sound, visit};
use crate::support::{Server, stockyard};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

const ROWS: usize = 6_000;
const BAD: usize = 97;
const ALL: Page = Page {
    number: 1,
    size: 10_000_000,
};

/// Flights of which every so many has a distance that is none.
fn rows() -> String {
    let text = flights(ROWS);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for line in lines.iter_mut().skip(1).step_by(BAD) {
        let mut cells: Vec<_> = line.split(',').map(str::to_owned).collect();
        cells[15] = "far".to_owned();
        *line = cells.join(",");
    }
    lines.join("\n")
}

/// A folder with the app, its developer and its airlines.
fn base() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let server = start(dir.path());
    developer(dir.path());
    let airlines = std::fs::read_to_string(example().join("data/airlines.csv")).unwrap();
    hand_in(&server, "airlines", &airlines);
    Watch::new(dir.path()).until_over();
    assert!(server.terminate().success());
    dir
}

fn start(dir: &Path) -> Server {
    Server::start(dir, &["--app", example().to_str().unwrap()])
}

/// Hands in an import; the id of its job.
fn hand_in(server: &Server, entity: &str, rows: &str) -> String {
    let token = server.token_of("dev@example.com");
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"rows.csv\"\r\n\r\n{rows}\r\n--b--\r\n"
    );
    let answer = server
        .request("POST", &format!("/api/data/{entity}/import"))
        .token(Some(&token))
        .header("content-type", "multipart/form-data; boundary=b")
        .body(body)
        .send();
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["jobId"].as_str().unwrap().to_owned()
}

/// A body as text, with every id left out.
fn without_ids(body: &Jsonb) -> String {
    fn strip(value: &mut Json) {
        match value {
            Json::Object(fields) => {
                fields.remove("id");
                fields.remove("~");
                fields.values_mut().for_each(strip);
                let is_id = |label: &Json| label.as_str().is_some_and(model::is_record_id);
                if fields.get("label").is_some_and(is_id) {
                    fields.remove("label");
                }
            }
            Json::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value: Json = serde_json::from_str(&body.to_text().unwrap()).unwrap();
    strip(&mut value);
    value.to_string()
}

/// What must be the same however the import was disturbed.
fn picture(dir: &Path) -> Vec<String> {
    assert_sound(dir);
    let read = visit(dir).store().read_blocking(|tx| Ok::<_, Error>(tables(tx)));
    read.unwrap()
}

fn tables(tx: &mut dyn ReadTx) -> Vec<String> {
    let mut all = Vec::new();
    for collection in tx.collections().unwrap() {
        if !collection.name.starts_with("app:") {
            continue;
        }
        let name = &collection.name;
        let records = tx.records_after(collection.id, "", u64::MAX).unwrap();
        let lines = records
            .iter()
            .map(|r| format!("{} {}", r.version, without_ids(&r.body)));
        all.push(digest(&format!("records of {name}"), lines.collect()));
        let history = tx.history_after(collection.id, HistorySeq(0), u64::MAX).unwrap();
        let lines = history.iter().map(|c| {
            let origin = (&c.stamp.by, &c.stamp.origin, c.job, c.version);
            format!("{} {origin:?} {}", c.event.as_str(), without_ids(&c.body))
        });
        all.push(digest(&format!("history of {name}"), lines.collect()));
    }
    for entry in tx.job_entries(JobSeq(0), u64::MAX).unwrap() {
        let job = entry.job;
        all.push(format!(
            "{} {:?} {:?} {:?}",
            job.kind, job.status, job.counts, job.results
        ));
        let items = tx.items(job.seq, &[], ALL).unwrap().entries;
        let lines: Vec<_> = items.iter().map(|item| format!("{item:?}")).collect();
        all.push(digest("items", lines));
        let logs = tx
            .logs(job.seq, &storage::tables::jobs::LogFilter::default(), ALL)
            .unwrap()
            .entries;
        // A run that was cut off says at its end that it was taken up again, so only what is told of rows counts.
        let told = logs.iter().filter(|line| line.message.starts_with("line "));
        all.push(digest("lines", told.map(|line| line.message.clone()).collect()));
    }
    all
}

fn digest(name: &str, mut lines: Vec<String>) -> String {
    lines.sort_unstable();
    crate::digest::digest(name, lines.into_iter())
}

/// The end of an import that nobody disturbs, and how long it took.
fn quiet(base: &Path, rows: &str) -> (Vec<String>, Duration) {
    let dir = copied(base);
    let server = start(dir.path());
    let begun = Instant::now();
    hand_in(&server, "flights", rows);
    Watch::new(dir.path()).until_over();
    let took = begun.elapsed();
    assert!(server.terminate().success());
    (picture(dir.path()), took)
}

#[test]
fn an_import_killed_again_and_again_ends_as_if_never_disturbed() {
    let (base, rows) = (base(), rows());
    let (expected, took) = quiet(base.path(), &rows);
    assert!(
        expected.iter().any(|line| line.starts_with("items: 62 lines")),
        "{expected:?}"
    );
    // One that is done before it was disturbed often enough is still compared.
    let seed = rand::random::<u64>();
    let mut random = StdRng::seed_from_u64(seed);
    let dir = copied(base.path());
    let pace = u64::try_from((took * 3 / 2).as_micros()).unwrap() / u64::try_from(kills()).unwrap();
    for kill in 0..kills() {
        let server = start(dir.path());
        if kill == 0 {
            hand_in(&server, "flights", &rows);
        }
        wait(Duration::from_micros(random.random_range(0..pace.max(START))));
        server.kill9();
        if Watch::new(dir.path()).state().over {
            assert!(kill >= 3, "seed {seed}: over after {kill} kills");
            break;
        }
    }
    let server = start(dir.path());
    Watch::new(dir.path()).until_over();
    assert!(server.terminate().success());
    assert_eq!(picture(dir.path()), expected, "seed {seed}");
}

#[test]
fn an_import_that_is_stopped_and_resumed_ends_as_if_never_disturbed() {
    let (base, rows) = (base(), rows());
    let (expected, took) = quiet(base.path(), &rows);
    let mut random = StdRng::seed_from_u64(rand::random());
    let dir = copied(base.path());
    let server = start(dir.path());
    let (job, token) = (
        hand_in(&server, "flights", &rows),
        server.token_of("dev@example.com"),
    );
    let ask = |verb: &str| {
        let path = format!("/api/status/jobs/{job}{verb}");
        let method = if verb.is_empty() { "GET" } else { "PUT" };
        server.request(method, &path).token(Some(&token)).send()
    };
    let mut stops = 0;
    let longest = u64::try_from(took.as_micros()).unwrap() / 4;
    loop {
        wait(Duration::from_micros(random.random_range(0..longest)));
        if ask("/stop").status != 200 {
            break;
        }
        let begun = Instant::now();
        while ask("").json()["status"] == "STOPPING" {
            assert!(begun.elapsed() < Duration::from_secs(60));
            wait(Duration::from_millis(1));
        }
        if ask("/resume").status == 200 {
            stops += 1;
        }
    }
    let watched = stockyard(&["jobs", "watch", &job, "--url", server.url(), "--token", &token]);
    assert_eq!(
        watched.status.code(),
        Some(1),
        "some rows have failed: {watched:?}"
    );
    assert!(stops > 0, "it was never stopped");
    assert!(server.terminate().success());
    assert_eq!(picture(dir.path()), expected);
}
