//! Queues over HTTP: whole lives of messages (sent, received, deleted, in batches of ten, each on disk when it is answered)
//! by sixteen clients, against a loop on bare SQLite that does the same without a network; how soon a waiting receiver
//! wakes; what a thousand waiting receivers cost; and what a long queue does to receiving.
//!
//! With `STOCKYARD_BENCH_MOTO=http://127.0.0.1:5000` the same load goes to a `moto` server too.

mod bare;
mod client;
mod idle;
mod wake;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;

use crate::report::{Figure, Target};
use crate::server::Server;
use crate::{Plan, stats};

use client::{Keys, Queue};

/// Clients that work at the same time.
const CLIENTS: usize = 16;
/// Messages of a batch.
const BATCH: usize = 10;
/// The variable that names a moto server.
const MOTO: &str = "STOCKYARD_BENCH_MOTO";

/// Measures this part.
///
/// # Errors
/// When a request fails.
pub(crate) fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let folder = plan.folder("queues")?;
    let server = Server::start(&folder)?;
    let keys = Keys::issue(&server)?;
    let ours = Queue::make(server.address, &keys, "flow")?;
    let mut figures = flow(plan, &ours)?;
    figures.push(wake::measure(plan, &Queue::make(server.address, &keys, "wake")?)?);
    figures.push(idle::measure(
        plan,
        &server,
        &Queue::make(server.address, &keys, "idle")?,
    )?);
    let long = Queue::make(server.address, &keys, "long")?;
    figures.push(backlog(plan, &ours, &long)?);
    server.stop()?;
    Ok(figures)
}

/// Whole lives of messages, in turn with the peers.
fn flow(plan: &Plan, ours: &Queue) -> anyhow::Result<Vec<Figure>> {
    let time = Duration::from_secs(plan.pick(5, 1));
    let moto = std::env::var(MOTO).ok().map(|url| moto(&url)).transpose()?;
    let mut bare = bare::Loop::open(&plan.folder("queues-bare")?)?;
    let (mut our, mut bares, mut motos) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.pick(5, 1) {
        our.push(ours.lives(CLIENTS, time)?);
        bares.push(bare.rate(time)?);
        if let Some(moto) = &moto {
            motos.push(moto.lives(CLIENTS, time)?);
        }
    }
    let (our, bare) = (stats::median(our), stats::median(bares));
    let name = "lives of messages in batches of 10, 16 clients over HTTP: against a loop on bare SQLite";
    let told = format!("{our:.0}/s");
    let mut figures = vec![
        Figure::ratio(name, told.clone(), format!("{bare:.0}/s"), our / bare).target(Target::AtLeast(0.4)),
    ];
    if moto.is_some() {
        let moto = stats::median(motos);
        let name = "the same: against moto server";
        let figure = Figure::ratio(name, told, format!("{moto:.0}/s"), our / moto);
        figures.push(figure.target(Target::AtLeast(20.0)));
    }
    Ok(figures)
}

/// A queue on a moto server.
fn moto(url: &str) -> anyhow::Result<Queue> {
    let address: SocketAddr = url
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .parse()
        .with_context(|| format!("{MOTO} must be http://address:port, got {url:?}"))?;
    // It takes any signature.
    Queue::make(address, &Keys::anybody(), "flow")
}

/// Receiving and deleting from a long queue, against a short one: rounds of the same number of messages.
fn backlog(plan: &Plan, short: &Queue, long: &Queue) -> anyhow::Result<Figure> {
    let messages = plan.pick(1_000_000, 20_000);
    long.fill(CLIENTS, messages)?;
    let time = Duration::from_secs(plan.pick(5, 1));
    let (mut few, mut many) = (Vec::new(), Vec::new());
    for _ in 0..plan.pick(5, 1) {
        few.push(short.lives(CLIENTS, time)?);
        many.push(long.lives(CLIENTS, time)?);
    }
    let slower = stats::median(few.iter().zip(&many).map(|(few, many)| few / many));
    let (few, many) = (stats::median(few), stats::median(many));
    let name = format!("lives of messages in a queue of {messages}: how much slower than in an empty one");
    let figure = Figure::ratio(name, format!("{many:.0}/s"), format!("empty {few:.0}/s"), slower);
    Ok(figure.target(Target::AtMost(1.5)))
}
