//! A job that runs a function on many records, each of which changes another one that they share; some of them fail.

use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value as Json, json};

use super::folder::{Folder, copied, id};
use super::picture::picture;
use super::{Case, START, Watch, kills, wait};
use crate::support::Server;

const SHARED: u64 = 7;
/// Every so many records fail after they have done their work.
const BAD: u64 = 41;

/// On PostgreSQL each kill takes longer.
fn items() -> u64 {
    if testdb::on_postgres() { 600 } else { 2_000 }
}

const DEFINITION: &[(&str, &str)] = &[
    (
        "entities/items.yaml",
        "name: items\nlabel: Items\nrecordLabel: fields/name\nauditLogs: true\nfields:\n  \
         - {name: name, label: Name, type: text, indexable: true}\n  \
         - {name: count, label: Count, type: integer, indexable: true}\n  \
         - {name: shared, label: Shared, type: text}\n  \
         - {name: bad, label: Bad, type: boolean}\nactions:\n  \
         - {name: touch, type: oneRecord, actions: js/touch, executeInBackground: true}\n",
    ),
    (
        "entities/items.js",
        "function touch(record) {\n  \
         var shared = sys.data.findById('shared', record.field('shared').val());\n  \
         shared.field('count').val(shared.field('count').val() + 1);\n  \
         sys.data.save(shared);\n  \
         record.field('count').val(record.field('count').val() + 1);\n  \
         sys.data.save(record);\n  \
         if (record.field('bad').val()) throw 'it is bad';\n}\n",
    ),
    (
        "entities/shared.yaml",
        "name: shared\nlabel: Shared\nauditLogs: true\nfields:\n  \
         - {name: count, label: Count, type: integer, indexable: true}\n",
    ),
];

fn item(number: u64) -> Json {
    let (name, shared) = (format!("item {number}"), id(2, number % SHARED));
    json!({
        "id": id(1, number), "version": 0, "label": name, "name": name, "count": 0, "shared": shared,
        "bad": number.is_multiple_of(BAD),
    })
}

fn shared(number: u64) -> Json {
    json!({"id": id(2, number), "version": 0, "label": id(2, number), "count": 0})
}

fn folder() -> Folder {
    let records = vec![
        ("items", (0..items()).map(item).collect()),
        ("shared", (0..SHARED).map(shared).collect()),
    ];
    Folder::new(DEFINITION, records)
}

/// Hands in the job; its id.
fn touch(server: &Server) -> String {
    let token = server.token_of("admin@example.com");
    let path = "/prod/runtime/api/data/items/touch";
    let answer = server.request("PUT", path).token(Some(&token)).send();
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["jobId"].as_str().unwrap().to_owned()
}

/// How many fail.
fn bad() -> u64 {
    items().div_ceil(BAD)
}

/// The job worked off by a server that nobody disturbs: what the end looks like, and how long it took.
fn quiet(case: &Case<'_>) -> (Vec<String>, Duration) {
    let dir = copied(case.base);
    let (server, begun) = (case.start(dir.path()), Instant::now());
    touch(&server);
    Watch::new(dir.path()).until_over();
    let took = begun.elapsed();
    (picture(case, server, dir.path()), took)
}

/// How long something takes at most, in microseconds.
fn longest(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap()
}

/// A chunk of it takes a while, so some servers do not come as far as to its end; of these nothing stays.
#[test]
fn an_action_killed_again_and_again_ends_as_if_never_disturbed() {
    let (folder, done) = (folder(), items() - bad());
    let case = Case {
        base: &folder.data(),
        app: &folder.app(),
        request: &|server| drop(touch(server)),
        queries: &[
            ("items?count=1&_size=100", done),
            ("items?count=0&_size=100", bad()),
            ("shared", SHARED),
        ],
    };
    let (expected, took) = quiet(&case);
    let seed = rand::random::<u64>();
    let mut random = StdRng::seed_from_u64(seed);
    let dir = copied(case.base);
    let pace = longest(took * 3 / 2) / u64::try_from(kills()).unwrap();
    for kill in 0..kills() {
        let server = case.start(dir.path());
        if kill == 0 {
            touch(&server);
        }
        wait(Duration::from_micros(random.random_range(0..pace.max(START))));
        server.kill9();
        if Watch::new(dir.path()).state().over {
            assert!(kill > 0, "seed {seed}: over after {kill} kills");
            break;
        }
    }
    let server = case.start(dir.path());
    Watch::new(dir.path()).until_over();
    assert_eq!(picture(&case, server, dir.path()), expected, "seed {seed}");
}

#[test]
fn an_action_stopped_and_resumed_ends_as_if_never_disturbed() {
    let (folder, done) = (folder(), items() - bad());
    let case = Case {
        base: &folder.data(),
        app: &folder.app(),
        request: &|server| drop(touch(server)),
        queries: &[("items?count=1&_size=100", done)],
    };
    let (expected, took) = quiet(&case);
    let dir = copied(case.base);
    let server = case.start(dir.path());
    let job = touch(&server);
    assert!(
        stop_again_and_again(&server, &job, took) > 0,
        "it was never stopped"
    );
    Watch::new(dir.path()).until_over();
    assert_eq!(picture(&case, server, dir.path()), expected);
}

/// Stops the job at random moments and resumes it until it has ended; how often it stood still.
fn stop_again_and_again(server: &Server, job: &str, took: Duration) -> u64 {
    let token = server.token_of("admin@example.com");
    let ask = |method: &str, verb: &str| {
        let path = format!("/api/status/jobs/{job}{verb}");
        server.request(method, &path).token(Some(&token)).send()
    };
    let (longest, mut random) = (longest(took) / 4, rand::rng());
    let mut stops = 0;
    loop {
        wait(Duration::from_micros(random.random_range(0..longest)));
        if ask("PUT", "/stop").status != 200 {
            return stops;
        }
        let begun = Instant::now();
        while ask("GET", "").json()["status"] == "STOPPING" {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "it does not come to a stop"
            );
            wait(Duration::from_millis(1));
        }
        if ask("PUT", "/resume").status == 200 {
            stops += 1;
        }
    }
}
