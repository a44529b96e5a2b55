//! One large delta file through the whole server, against a bare loop on SQLite that writes the same rows.
//!
//! The peer works off the first half of the operations before the server's turn and the second half after it, so that
//! a machine that grows slower or faster meanwhile favours neither. While the job runs, a client reads articles at a
//! gentle rate: an import must not be felt by others.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use rusqlite::{Connection, OpenFlags};

use crate::peer::{self, Peer};
use crate::report::{Figure, Target};
use crate::server::Server;
use crate::stats::{median, millis, percentile};
use crate::wire::Client;
use crate::{Plan, catalogue, connection, process};

/// The folder of the store that this part leaves for the next.
pub(crate) const FOLDER: &str = "ingest";
/// From one read to the next.
const GENTLE: Duration = Duration::from_millis(10);

/// How many operations there are.
pub(crate) fn operations(plan: &Plan) -> u64 {
    plan.pick(1_000_000, 200_000)
}

/// Measures this part.
///
/// # Errors
/// When an operation fails, or the peer's rows are others.
pub(crate) fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let count = operations(plan);
    let mut peer = Peer::new(&plan.folder("ingest-peer")?)?;
    let begun = Instant::now();
    peer.carry_out(catalogue::mixed(count).take(half(count)))?;
    let first = begun.elapsed();

    let job = job(plan, count)?;

    let begun = Instant::now();
    peer.carry_out(catalogue::mixed(count).skip(half(count)))?;
    let theirs = first + begun.elapsed();
    ensure!(
        job.counts == peer.counts()?,
        "records, changes, versions: {:?} by the job, {:?} by the peer",
        job.counts,
        peer.counts()?
    );
    Ok(figures(count, &job, theirs))
}

fn half(count: u64) -> usize {
    usize::try_from(count / 2).unwrap_or(usize::MAX)
}

/// How the server's turn went.
struct Job {
    took: Duration,
    /// Latencies of the reads meanwhile, in milliseconds.
    reads: Vec<f64>,
    /// The most memory the server had.
    memory: f64,
    counts: [i64; 3],
}

/// Runs the job on a server of its own.
pub(crate) fn fill(plan: &Plan) -> anyhow::Result<()> {
    job(plan, operations(plan)).map(|_| ())
}

fn job(plan: &Plan, count: u64) -> anyhow::Result<Job> {
    let folder = plan.folder(FOLDER)?;
    let delta = catalogue::delta(catalogue::mixed(count))?;
    let server = Server::start(&folder)?;
    let client = server.client()?;
    let done = AtomicBool::new(false);
    let (took, reads) = thread::scope(|scope| {
        let reader = scope.spawn(|| read_gently(server.address, &client, count, &done));
        let took = client.update(&delta);
        done.store(true, Ordering::Relaxed);
        let reads = reader.join().ok().context("the reader panicked")??;
        anyhow::Ok((took?, reads))
    })?;
    let memory = process::memory(server.pid(), "VmHWM")?;
    server.stop()?;
    let database = folder.join("data/stockyard.db");
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let table: i64 =
        connection.query_row("SELECT id FROM collections WHERE name = 'articles'", [], |row| {
            row.get(0)
        })?;
    let counts = peer::counts(&connection, &format!("r{table}"), &format!("h{table}"))?;
    Ok(Job {
        took,
        reads,
        memory,
        counts,
    })
}

/// Reads articles that come early in the file; before they come, the answer is that there are none.
fn read_gently(
    address: SocketAddr,
    client: &Client,
    count: u64,
    done: &AtomicBool,
) -> anyhow::Result<Vec<f64>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut connection = connection::Connection::open(address).await?;
        let mut latencies = Vec::new();
        let articles = count.div_ceil(2);
        for place in (0..articles / 10).cycle().step_by(97) {
            let path = format!("/api/v1/articles/{}", catalogue::id(place, articles));
            let request = client.request("GET", &path, b"");
            let begun = Instant::now();
            let status = connection.exchange(&request).await?;
            latencies.push(millis(begun.elapsed()));
            ensure!(matches!(status, 200 | 404), "a read has status {status}");
            if done.load(Ordering::Relaxed) {
                break;
            }
            tokio::time::sleep(GENTLE).await;
        }
        Ok(latencies)
    })
}

fn figures(count: u64, job: &Job, theirs: Duration) -> Vec<Figure> {
    let rate = |took: Duration| count as f64 / took.as_secs_f64();
    let (ours, theirs) = (rate(job.took), rate(theirs));
    let reads = |share| percentile(job.reads.iter().copied(), share);
    vec![
        Figure::ratio(
            format!("delta file of {count} operations"),
            format!("{ours:.0} operations/s"),
            format!("bare SQLite loop {theirs:.0} operations/s"),
            ours / theirs,
        )
        .target(Target::AtLeast(0.5)),
        Figure::bare("GET meanwhile, median", median(job.reads.iter().copied()), "ms"),
        Figure::bare("GET meanwhile, p99", reads(0.99), "ms").target(Target::AtMost(50.0)),
        Figure::bare("GET meanwhile, longest", reads(1.0), "ms"),
        Figure::bare("most memory of the server", job.memory, "MiB").target(Target::AtMost(128.0)),
    ]
}
