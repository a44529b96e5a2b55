//! The promise of several nodes: kill them as you like, stop the database as you like, and nothing is lost or done twice.
//!
//! Three nodes serve one database while a delta of 200,000 operations and a deletion by query run on them. Clients write
//! through all of them and read what was answered back from another one at once. Nodes are killed with SIGKILL at thirty
//! random moments, and the database is stopped without any care three times. Clients may see connections that break and 503
//! with a word on when to come again, and nothing else that is not a good answer.
//!
//! The delta is smaller in the usual run, since a server with its debug checks is slow; `STOCKYARD_TEST_STORM=200000` is the
//! whole.

mod clients;
mod ends;
mod watch;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jsonb::{Jsonb, Limits};
use model::{Error, Stamp, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use storage::postgres::{Options, open};
use storage::tables::records::{Expect, Put};
use storage::{Access, Store};
use testdb::Database;

use super::kit::{ADMIN, Shared, until};
use crate::support::{Client, Server};

const NODES: usize = 3;
const KILLS: usize = 30;
/// Kills before each of which the database is stopped instead of a node.
const STOPS: [usize; 3] = [7, 15, 23];
const USUAL: u64 = 60_000;
/// Each article of the delta is made once and changed this often.
const CHANGES: u64 = 4;
const ITEMS: u64 = 20_000;
const KEEPER: &str = "keeper@example.com";
/// How long a job may be left alone after its lease has run out: no longer than a usual lease is. On a machine that has little
/// else to do it is half a second; one that is short of processors, as this test makes it, needs several.
const ALONE: Duration = Duration::from_secs(6);
const CONFIG: &str =
    "[jobs]\nlease = 2\npoll = 1\n[delta]\nchunk_operations = 500\n[log]\nlevel = \"warn\"\n";

const DEFINITION: &[(&str, &str)] = &[
    (
        "entities/items.yaml",
        "name: items\nlabel: Items\nrecordLabel: fields/name\nauditLogs: true\nfields:\n  \
         - {name: name, label: Name, type: text, indexable: true}\n  \
         - {name: state, label: State, type: text, indexable: true}\n",
    ),
    (
        "groups/keepers.yaml",
        "name: keepers\nlabel: Keepers\nentityPermissions:\n  \
         - {entity: items, read: always, create: always, delete: always}\n",
    ),
];

/// What those who take part share.
pub(super) struct Scene {
    /// Where the nodes are now.
    urls: Mutex<Vec<String>>,
    over: AtomicBool,
    /// While the database is stopped.
    away: AtomicBool,
    admin: String,
}

/// Ends the scene, also when a part of it has failed: the others would go on for ever.
struct End<'a>(&'a Scene);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::SeqCst);
    }
}

impl Scene {
    fn url(&self, node: usize) -> String {
        let urls = self.urls.lock().unwrap_or_else(PoisonError::into_inner);
        urls[node % NODES].clone()
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}

fn operations() -> u64 {
    let said = std::env::var("STOCKYARD_TEST_STORM").ok();
    said.map_or(USUAL, |text| {
        text.parse().expect("STOCKYARD_TEST_STORM is a number")
    })
}

/// The articles of the delta are made, then changed again and again.
fn delta(operations: u64) -> String {
    let articles = operations / (CHANGES + 1);
    let line = |number: u64| {
        let name = if number < articles {
            "add-article"
        } else {
            "replace-article-feature"
        };
        let article = number % articles;
        format!(
            "{{\"operation\":\"{name}\",\"articleData\":{{\"F_1\":\"D{article}\",\"F_2\":\"{number}\"}}}}\n"
        )
    };
    (0..articles * (CHANGES + 1)).map(line).collect()
}

#[test]
fn nothing_is_lost_or_done_twice_whatever_is_killed() {
    let shared = Shared::new(Database::apart(), CONFIG);
    let app = shared.define(DEFINITION);
    let first = shared.node(&["--app", app.to_str().unwrap()]);
    let visit = open(&Options::new(shared.database.url()), Access::Visit).unwrap();
    fill(&visit.store());
    let keeper = shared.user(KEEPER, "keeper-of-items-1", &["--group", "keepers"]);
    let mut nodes = vec![first, shared.node(&[]), shared.node(&[])];
    let scene = Scene {
        urls: Mutex::new(nodes.iter().map(|node| node.url().to_owned()).collect()),
        over: AtomicBool::new(false),
        away: AtomicBool::new(false),
        admin: shared.token(ADMIN),
    };
    // The articles that clients change are there from the beginning.
    let own = |number: usize| {
        format!("{{\"operation\":\"add-article\",\"articleData\":{{\"F_1\":\"C{number}\"}}}}\n")
    };
    let own = nodes[0]
        .client()
        .delta(&(0..clients::ALL.len()).map(own).collect::<String>());
    nodes[0].settle(&own);
    let operations = operations();
    let begun = Instant::now();
    let delta = Client::new(nodes[1].url(), &scene.admin).delta(&delta(operations));
    let request = Client::new(nodes[2].url(), &keeper);
    let answer = request
        .request("DELETE", "/prod/runtime/api/data/items?_async=true&state=open")
        .send();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let seed = rand::random();
    let (told, stuck) = thread::scope(|scope| {
        let clients: Vec<_> = (0..clients::ALL.len())
            .map(|number| {
                scope.spawn({
                    let scene = &scene;
                    move || clients::write(scene, number)
                })
            })
            .collect();
        let watch = scope.spawn(|| watch::watch(&scene, &visit.store()));
        let end = End(&scene);
        let open = |key: &str| format!("SELECT count(*) FROM jobs WHERE ended IS NULL AND {key}");
        let large = open(&format!("seq IN ({delta}, {delta} + 1)"));
        let hit = AtomicUsize::new(0);
        disturb(&shared, &scene, &mut nodes, seed, &|| {
            let under_way = shared.count(&large) > 0;
            hit.fetch_add(usize::from(under_way), Ordering::SeqCst);
        });
        let kills = begun.elapsed();
        assert!(
            hit.load(Ordering::SeqCst) > KILLS / 3,
            "the jobs were over too soon: {hit:?}"
        );
        let done = format!("SELECT sum(processed) FROM jobs WHERE seq IN ({delta}, {delta} + 1)");
        while shared.count(&large) > 0 {
            let before = shared.count(&done);
            until("the large jobs get on", || {
                shared.count(&done) > before || shared.count(&large) == 0
            });
        }
        drop(end);
        eprintln!(
            "seed {seed}: {operations} operations; disturbed for {kills:?}, {hit:?} kills while the large jobs were under \
             way, which ended after {:?}",
            begun.elapsed()
        );
        let told: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
        (told, watch.join().unwrap())
    });
    until("the jobs that came last end", || {
        shared.count("SELECT count(*) FROM jobs WHERE ended IS NULL") == 0
    });
    eprintln!("longest time that a job was left alone: {stuck:?}");
    ends::check(&visit.store(), &delta, operations, &told);
    assert!(stuck <= ALONE, "a job was left alone for {stuck:?}");
    for node in nodes {
        assert!(node.terminate().success());
    }
}

/// Kills nodes and starts others in their place; now and then it is the database that stops.
fn disturb(shared: &Shared, scene: &Scene, nodes: &mut Vec<Server>, seed: u64, before: &dyn Fn()) {
    let mut random = StdRng::seed_from_u64(seed);
    for kill in 0..KILLS {
        if STOPS.contains(&kill) {
            scene.away.store(true, Ordering::SeqCst);
            shared.database.stop_server();
            thread::park_timeout(Duration::from_millis(random.random_range(0..2000)));
            shared.database.start_server();
            scene.away.store(false, Ordering::SeqCst);
        }
        thread::park_timeout(Duration::from_millis(random.random_range(50..1200)));
        let number = random.random_range(0..nodes.len());
        let killed = nodes.swap_remove(number);
        before();
        let (url, log) = (killed.url().to_owned(), killed.log());
        killed.kill9();
        assert!(!log.contains("panicked"), "{log}");
        let fresh = shared.node(&[]);
        let mut urls = scene.urls.lock().unwrap_or_else(PoisonError::into_inner);
        let place = urls.iter_mut().find(|known| **known == url);
        *place.expect("it was known") = fresh.url().to_owned();
        drop(urls);
        nodes.push(fresh);
    }
}

/// Stores the records of which most are to be deleted: nine of ten are open.
fn fill(store: &Store) {
    for chunk in (0..ITEMS).collect::<Vec<_>>().chunks(1000) {
        let chunk = chunk.to_vec();
        let written = store.write_blocking(move |tx| {
            let items = tx.collection("app:items")?.expect("the app has it").id;
            for number in &chunk {
                let (id, name) = (format!("{number:024x}"), format!("item {number}"));
                let state = if number % 10 == 9 { "closed" } else { "open" };
                let body = json!({"id": id, "version": 0, "label": name, "name": name, "state": state});
                let body = Jsonb::parse(body.to_string().as_bytes(), &Limits::default()).unwrap();
                let put = Put {
                    id: &id,
                    expect: Expect::Absent,
                    label: &name,
                    archived: false,
                    tags: &[],
                    body: &body,
                    stamp: &Stamp::new(Timestamp(0), "loader"),
                    job: None,
                };
                tx.put_record(items, &put)?;
            }
            Ok::<_, Error>(())
        });
        written.unwrap();
    }
}
