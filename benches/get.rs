//! Reading an article by its id through the whole server, against a bare handler that has the bytes in memory.
//!
//! Both serve the same keep-alive connections from processes of their own. Processor time per request is the honest
//! figure: throughput on a machine whose cores the load shares flatters whoever uses more threads.

use std::rc::Rc;
use std::time::Duration;

use crate::floor::Floor;
use crate::load::{self, Done};
use crate::report::{Figure, Target};
use crate::server::Server;
use crate::stats::{median, micros};
use crate::wire::Client;
use crate::{Plan, catalogue, process};

/// Articles that are read.
pub(crate) const ARTICLES: u64 = 100_000;
/// Different requests of the load; random ids as far as any cache can tell.
const REQUESTS: u64 = 50_000;

/// Measures this part.
///
/// # Errors
/// When a server does not work.
pub(crate) fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let folder = plan.folder("get")?;
    let server = Server::start(&folder)?;
    let client = server.client()?;
    client.update(&catalogue::delta(catalogue::creates(ARTICLES))?)?;
    let body = folder.join("answer.json");
    std::fs::write(&body, client.get(&path(0))?)?;
    let floor = Floor::start(&body)?;
    let requests = Rc::new(requests(&client));
    let mut figures = Vec::new();
    for (connections, target) in [(16, 0.45), (64, 0.5)] {
        let bench = Bench {
            name: format!("GET, {connections} connections"),
            peer: "bare axum",
            requests: &requests,
            connections,
            time: Duration::from_millis(plan.pick(2000, 700)),
        };
        let [share, rate] = bench.measure(plan.pick(9, 3), &server, &floor)?;
        figures.extend([share.target(Target::AtLeast(target)), rate]);
    }
    server.stop()?;
    let server = Server::start_with(&folder, &[("STOCKYARD_HTTP__ACCESS_LOG", "false")])?;
    let bench = Bench {
        name: "GET, 64 connections, no access log".to_owned(),
        peer: "bare axum",
        requests: &requests,
        connections: 64,
        time: Duration::from_millis(plan.pick(2000, 700)),
    };
    figures.extend(bench.measure(plan.pick(5, 3), &server, &floor)?);
    server.stop()?;
    Ok(figures)
}

/// The address of the article at a place.
pub(crate) fn path(place: u64) -> String {
    format!("/api/v1/articles/{}", catalogue::id(place, ARTICLES))
}

/// The requests of the load.
pub(crate) fn requests(client: &Client) -> Vec<Vec<u8>> {
    // Another step than that of the ids, so that neighbours in the load are none in the store.
    let places = (0..REQUESTS).map(|number| number * 7_368_787 % ARTICLES);
    places
        .map(|place| client.request("GET", &path(place), b""))
        .collect()
}

/// A stretch of load on one process.
struct Stretch {
    done: Done,
    /// Processor time of one request, in microseconds.
    each: f64,
}

/// Reads by many connections.
pub(crate) struct Bench<'a> {
    /// What the figures are called.
    pub(crate) name: String,
    /// What the floor is called.
    pub(crate) peer: &'a str,
    /// Sent round and round.
    pub(crate) requests: &'a Rc<Vec<Vec<u8>>>,
    /// How many connections send them.
    pub(crate) connections: usize,
    /// How long a stretch takes.
    pub(crate) time: Duration,
}

impl Bench<'_> {
    /// Gives the share of processor time and that of throughput.
    ///
    /// # Errors
    /// When one of the two servers does not work.
    pub(crate) fn measure(&self, rounds: u32, server: &Server, floor: &Floor) -> anyhow::Result<[Figure; 2]> {
        let (ours, theirs) = ((server.pid(), server.address), (floor.pid(), floor.address));
        let mut pairs = Vec::new();
        for round in 0..=rounds {
            let pair = (self.stretch(ours)?, self.stretch(theirs)?);
            // The first one warms up.
            if round > 0 {
                pairs.push(pair);
            }
        }
        let Self { name, peer, .. } = self;
        let each = |stretch: &Stretch| stretch.each;
        let rate = |stretch: &Stretch| stretch.done.rate();
        let cpu = compare(&pairs, each, |ours, floor| floor / ours);
        let throughput = compare(&pairs, rate, |ours, floor| ours / floor);
        Ok([
            Figure::ratio(
                format!("{name}, CPU share"),
                format!("{:.1} µs/request", cpu.0),
                format!("{peer} {:.1} µs/request", cpu.1),
                cpu.2,
            ),
            Figure::ratio(
                format!("{name}, throughput share"),
                format!("{:.0}/s", throughput.0),
                format!("{peer} {:.0}/s", throughput.1),
                throughput.2,
            ),
        ])
    }

    fn stretch(&self, (pid, address): (u32, std::net::SocketAddr)) -> anyhow::Result<Stretch> {
        let before = process::processor_time(pid)?;
        let done = load::drive(address, self.requests, self.connections, self.time)?;
        let used = process::processor_time(pid)? - before;
        let each = micros(used) / done.requests as f64;
        Ok(Stretch { done, each })
    }
}

/// Medians of ours, of the floor's, and of the quotients of the pairs.
fn compare(
    pairs: &[(Stretch, Stretch)],
    figure: impl Fn(&Stretch) -> f64,
    quotient: impl Fn(f64, f64) -> f64,
) -> (f64, f64, f64) {
    let quotients = pairs
        .iter()
        .map(|(ours, floor)| quotient(figure(ours), figure(floor)));
    (
        median(pairs.iter().map(|pair| figure(&pair.0))),
        median(pairs.iter().map(|pair| figure(&pair.1))),
        median(quotients),
    )
}
