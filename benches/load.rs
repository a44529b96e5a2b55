//! The load: a number of connections on one thread, each sending its next request when the last is answered.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::task::{JoinSet, LocalSet};

use crate::connection::Connection;

/// What a stretch of load came to.
#[derive(Clone, Copy)]
pub(crate) struct Done {
    /// Requests that were answered with 200.
    pub(crate) requests: u64,
    /// How long it took.
    pub(crate) took: Duration,
}

impl Done {
    /// Requests per second.
    pub(crate) fn rate(self) -> f64 {
        self.requests as f64 / self.took.as_secs_f64()
    }
}

/// Sends `requests` round and round over `connections` connections for `time`.
///
/// # Errors
/// When a connection breaks or an answer is not 200.
pub(crate) fn drive(
    address: SocketAddr,
    requests: &Rc<Vec<Vec<u8>>>,
    connections: usize,
    time: Duration,
) -> anyhow::Result<Done> {
    run(address, connections, time, |connection, number, until| {
        let from = number * requests.len() / connections;
        send(connection, Rc::clone(requests), from, until)
    })
}

/// Sends requests that are made one by one, so that none is like another.
///
/// # Errors
/// As [`drive`].
pub(crate) fn drive_made(
    address: SocketAddr,
    make: &Rc<impl Fn() -> Vec<u8> + 'static>,
    connections: usize,
    time: Duration,
) -> anyhow::Result<Done> {
    run(address, connections, time, |connection, _, until| {
        send_made(connection, Rc::clone(make), until)
    })
}

/// Lets every connection be used by `send` with its number until the time is over.
fn run<F: Future<Output = anyhow::Result<u64>> + 'static>(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    send: impl Fn(Connection, usize, Instant) -> F,
) -> anyhow::Result<Done> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        let mut open = Vec::new();
        for _ in 0..connections {
            open.push(Connection::open(address).await.context("cannot connect")?);
        }
        let (begun, mut tasks) = (Instant::now(), JoinSet::new());
        for (number, connection) in open.into_iter().enumerate() {
            tasks.spawn_local(send(connection, number, begun + time));
        }
        let mut done = 0;
        while let Some(ended) = tasks.join_next().await {
            done += ended.context("a connection of the load broke off")??;
        }
        Ok(Done {
            requests: done,
            took: begun.elapsed(),
        })
    })
}

async fn send(
    mut connection: Connection,
    requests: Rc<Vec<Vec<u8>>>,
    from: usize,
    until: Instant,
) -> anyhow::Result<u64> {
    let mut count = 0;
    for request in requests.iter().cycle().skip(from) {
        let status = connection.exchange(request).await?;
        ensure!(status == 200, "an answer has status {status}");
        count += 1;
        if Instant::now() >= until {
            break;
        }
    }
    Ok(count)
}

async fn send_made(
    mut connection: Connection,
    make: Rc<impl Fn() -> Vec<u8>>,
    until: Instant,
) -> anyhow::Result<u64> {
    let mut count = 0;
    while count == 0 || Instant::now() < until {
        let status = connection.exchange(&make()).await?;
        ensure!(status == 200, "an answer has status {status}");
        count += 1;
    }
    Ok(count)
}
