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

use crate::peer::{self, Peer};
use crate::report::{Figure, Target};
use crate::server::Server;
use crate::stats::{median, millis, percentile};
use crate::wire::Client;
use crate::{Plan, catalogue, connection, process};

/// From one read to the next.
const GENTLE: Duration = Duration::from_millis(10);

/// Measures this part.
///
/// # Errors
/// When an operation fails, or the peer's rows are others.
pub(crate) fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let count = plan.pick(1_000_000, 200_000);
    let passes = (0..plan.pick(3, 1)).map(|_| Pass::run(plan, count));
    Ok(figures(count, &passes.collect::<anyhow::Result<Vec<_>>>()?))
}

/// One turn of the server and the two halves of the peer's around it.
struct Pass {
    job: Job,
    /// What the peer took.
    theirs: Duration,
}

impl Pass {
    fn run(plan: &Plan, count: u64) -> anyhow::Result<Self> {
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
        Ok(Self { job, theirs })
    }
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
fn job(plan: &Plan, count: u64) -> anyhow::Result<Job> {
    let folder = plan.folder("ingest")?;
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
    let counts = peer::counts_of_articles(&folder)?;
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

fn figures(count: u64, passes: &[Pass]) -> Vec<Figure> {
    let rate = |took: Duration| count as f64 / took.as_secs_f64();
    let of = |figure: &dyn Fn(&Pass) -> f64| median(passes.iter().map(figure));
    let ours = of(&|pass| rate(pass.job.took));
    let theirs = of(&|pass| rate(pass.theirs));
    let ratio = of(&|pass| pass.theirs.as_secs_f64() / pass.job.took.as_secs_f64());
    let reads = |share| {
        percentile(
            passes.iter().flat_map(|pass| pass.job.reads.iter().copied()),
            share,
        )
    };
    let memory = passes.iter().map(|pass| pass.job.memory).fold(0.0, f64::max);
    vec![
        Figure::ratio(
            format!("delta file of {count} operations, median of {}", passes.len()),
            format!("{ours:.0} operations/s"),
            format!("bare SQLite loop {theirs:.0} operations/s"),
            ratio,
        )
        .target(Target::AtLeast(0.5)),
        Figure::bare("GET meanwhile, median", reads(0.5), "ms"),
        Figure::bare("GET meanwhile, p99", reads(0.99), "ms").target(Target::AtMost(50.0)),
        Figure::bare("GET meanwhile, longest", reads(1.0), "ms"),
        Figure::bare("most memory of the server", memory, "MiB").target(Target::AtMost(128.0)),
    ]
}
