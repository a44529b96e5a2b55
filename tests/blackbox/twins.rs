//! The two stores are one product: the same random requests of all dialects, sent to a server on the embedded store and to
//! one on PostgreSQL, get the same answers – status, headers, bodies – ids and times apart.
//!
//! `STOCKYARD_TWINS_SEED` chooses the requests (the seed is printed), `STOCKYARD_TWINS_REQUESTS` how many there are.

mod chance;
mod fusion;
mod light100;
mod marks;
mod moved;
mod moved_queues;
mod pair;
mod qalx;
mod queue;
mod slingr;

use std::collections::{BTreeMap, BTreeSet};

use chance::Chance;
use pair::{Ask, Pair, Told};
use queue::Gate;
use testdb::only_on_sqlite;

const ROUTES: &str = include_str!("../data/routes.tsv");

/// What the requests before have made known.
#[derive(Default)]
struct Known {
    light100: light100::Known,
    fusion: fusion::Known,
    qalx: qalx::Known,
    slingr: slingr::Known,
}

/// The next request.
fn next(chance: &mut Chance, known: &mut Known) -> Ask {
    chance.begin();
    match chance.weighted(&[20, 12, 32, 36]) {
        0 => light100::ask(chance, &mut known.light100),
        1 => fusion::ask(chance, &mut known.fusion),
        2 => qalx::ask(chance, &mut known.qalx),
        _ => slingr::ask(chance, &mut known.slingr),
    }
}

fn learn(ask: &Ask, told: &Told, known: &mut Known) {
    if told.status >= 300 {
        return;
    }
    let shown = told.json();
    match ask.path.split('/').nth(1) {
        Some("qalx") => qalx::learn(ask, &shown, &mut known.qalx),
        Some("api") if ask.path.starts_with("/api/v1") => light100::learn(ask, &shown, &mut known.light100),
        Some("api") if ask.path.starts_with("/api/v2") => fusion::learn(&shown, &mut known.fusion),
        _ => slingr::learn(ask, &shown, &mut known.slingr),
    }
}

/// Whether there may be a job now: the answer says so, or a changed record has to be told of elsewhere.
fn makes_job(ask: &Ask, told: &Told) -> bool {
    let jobs = [
        "/api/v1/articles/export",
        "/api/v1/jobs/",
        "/api/v2/jobs",
        "/qalx/notification",
    ];
    let is_change = ask.method != "GET" || ask.path.starts_with("/api/v1/jobs/");
    told.header("x-job-ids").is_some()
        || told.body.contains("\"jobId\"")
        || (is_change && jobs.iter().any(|path| ask.path.starts_with(path)))
        || (is_change && ask.path.contains("/data/") && !ask.path.ends_with("/aggregate"))
}

/// The value of a variable, or what is usual.
fn setting(name: &str, usual: u64) -> u64 {
    let value = std::env::var(name).ok();
    value.map_or(usual, |value| {
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name} must be a number, not {value:?}"))
    })
}

/// Where two texts part, with what stands around that.
fn parting(one: &str, other: &str) -> String {
    let same = one
        .bytes()
        .zip(other.bytes())
        .take_while(|(one, other)| one == other)
        .count();
    let around = |text: &str| {
        let bytes = &text.as_bytes()[same.saturating_sub(200)..text.len().min(same + 600)];
        String::from_utf8_lossy(bytes).into_owned()
    };
    format!(
        "  embedded:   …{}…\n  postgresql: …{}…",
        around(one),
        around(other)
    )
}

fn differences(ask: &Ask, [one, other]: &[Told; 2]) -> Option<String> {
    if one == other {
        return None;
    }
    let body = String::from_utf8_lossy(&ask.body);
    let body: String = body.chars().take(1500).collect();
    let headers = format!("{:?}\n{:?}", one.headers, other.headers);
    let part = if one.body == other.body {
        headers
    } else {
        parting(&one.body, &other.body)
    };
    Some(format!(
        "{} {} by {:?} {:?}\n{body}\n{} and {}\n{part}",
        ask.method, ask.path, ask.who, ask.headers, one.status, other.status
    ))
}

/// The documented routes, by how a request to each looks.
struct Routes(Vec<(String, Vec<&'static str>)>);

impl Routes {
    fn read() -> Self {
        let of_line = |line: &'static str| {
            let cells: Vec<_> = line.split('\t').collect();
            let segments = cells[2]
                .split('/')
                .map(|part| if part.starts_with('{') { "{}" } else { part });
            (cells[1].to_owned(), segments.collect())
        };
        Self(ROUTES.lines().skip(1).map(of_line).collect())
    }

    /// The route of a request, if it is documented: of those that fit, the one with the most words of its own.
    fn of(&self, ask: &Ask) -> Option<String> {
        let path = ask.path.split('?').next().unwrap_or_default();
        let segments: Vec<_> = path.split('/').collect();
        let fits = |route: &&(String, Vec<&str>)| {
            let same = |(part, pattern): (&&str, &&str)| *pattern == "{}" || part == pattern;
            route.0 == ask.method
                && route.1.len() == segments.len()
                && segments.iter().zip(&route.1).all(same)
        };
        let found = self.0.iter().filter(fits);
        let best = found.max_by_key(|route| route.1.iter().filter(|part| **part != "{}").count())?;
        Some(format!("{} {}", best.0, best.1.join("/")))
    }

    fn all(&self) -> BTreeSet<String> {
        self.0
            .iter()
            .map(|(method, parts)| format!("{method} {}", parts.join("/")))
            .collect()
    }
}

/// One sequence of requests.
struct Run {
    pair: Pair,
    chance: Chance,
    known: Known,
    routes: Routes,
    /// How often each route was met, and how often with an answer that says all is well.
    met: BTreeMap<String, [u32; 2]>,
    seed: u64,
    sent: u64,
}

impl Run {
    fn new(seed: u64, pair: Pair) -> Self {
        Self {
            pair,
            chance: Chance::new(seed),
            known: Known::default(),
            routes: Routes::read(),
            met: BTreeMap::new(),
            seed,
            sent: 0,
        }
    }

    /// Sends a request to both, and compares.
    fn go(&mut self, ask: &Ask) -> Told {
        let told = self.pair.ask(ask);
        let place = format!("seed {}, request {}", self.seed, self.sent);
        self.sent += 1;
        if let Some(what) = differences(ask, &told) {
            panic!("{place}: {what}");
        }
        let [told, _] = told;
        assert!(told.status < 500, "{place}: {ask:?} {told:?}");
        if let Some(route) = self.routes.of(ask) {
            let [met, well] = self.met.entry(route).or_default();
            (*met, *well) = (*met + 1, *well + u32::from(told.status < 300));
        }
        learn(ask, &told, &mut self.known);
        told
    }

    /// The next request.
    fn step(&mut self) {
        let ask = next(&mut self.chance, &mut self.known);
        let told = self.go(&ask);
        if told.status < 300 && makes_job(&ask, &told) {
            self.pair.settle();
        }
    }

    /// The documented routes that were never answered well. What is stopped by force must be under way, which is over too
    /// soon to be met by chance. Requests of sqs are signed, for each server by its own key; its own tests run on both stores.
    fn unmet(&self) -> Vec<String> {
        let well = |route: &String| {
            route.ends_with("/forceStop")
                || route.contains(" /sqs/")
                || self.met.get(route).is_some_and(|[_, well]| *well > 0)
        };
        self.routes
            .all()
            .into_iter()
            .filter(|route| !well(route))
            .collect()
    }
}

/// What both servers are told beside their app.
fn settings<'a>(mail: &'a str, hosts: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("STOCKYARD_MAIL__FROM", "Stockyard <stockyard@example.com>"),
        ("STOCKYARD_MAIL__FOLDER", mail),
        ("STOCKYARD_IMPORTS__DYNAMIC_ENTITIES", "true"),
        ("STOCKYARD_LIGHT100__ALLOWED_HOSTS", hosts),
        ("STOCKYARD_JOBS__LEASE", "3"),
        // Jobs that are worked on at once leave their lines in any order.
        ("STOCKYARD_JOBS__CONCURRENCY", "1"),
    ]
}

#[test]
fn both_stores_give_the_same_answers_to_the_same_requests() {
    if !only_on_sqlite("it has a server on each store") {
        return;
    }
    let (seed, requests) = (
        setting("STOCKYARD_TWINS_SEED", 1),
        setting("STOCKYARD_TWINS_REQUESTS", 10_000),
    );
    println!("seed {seed}, {requests} requests");
    let (mail, gate) = (tempfile::tempdir().unwrap(), Gate::start());
    let hosts = format!("[\"{}\"]", gate.address);
    let pair = Pair::start(&settings(mail.path().to_str().unwrap(), &hosts));
    let mut run = Run::new(seed, pair);
    while run.sent < requests {
        if run.chance.once_in(400) {
            queue::stand_still(&mut run, &gate);
        }
        run.step();
    }
    let unmet = run.unmet();
    // A few requests do not reach everything.
    assert!(
        unmet.is_empty() || requests < 10_000,
        "never answered well: {unmet:#?}"
    );
}
