//! From the start of the process to a server that answers, on an empty store and on a large one.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::ensure;

use crate::floor::Floor;
use crate::report::{Figure, Target};
use crate::server::Server;
use crate::stats::{median, millis};
use crate::{Plan, catalogue, peer, process};

/// From being ready to being called idle.
const SETTLED: Duration = Duration::from_secs(2);
/// Delta files that the articles of the large store come in.
const FILES: u64 = 4;

/// Measures this part.
///
/// # Errors
/// When a server does not come up.
pub(crate) fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let count = plan.pick(1_000_000, 100_000);
    let filled = filled(plan, count)?;
    let body = plan.folder("start-floor")?.join("body");
    std::fs::write(&body, "{}")?;
    let (mut first, mut again, mut full, mut floors) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.pick(7, 3) {
        floors.push(millis(Floor::start(&body)?.announced));
        let empty = plan.folder("start")?;
        first.push(Started::on(&empty)?);
        again.push(Started::on(&empty)?);
        full.push(Started::on(&filled)?);
    }
    let floor = median(floors);
    let mut figures = lines("first start, empty store", &first, floor, Target::AtMost(200.0));
    figures.extend(lines("start, empty store", &again, floor, Target::AtMost(200.0)));
    figures.extend(lines(
        &format!("start, store with {count} records"),
        &full,
        floor,
        Target::AtMost(2000.0),
    ));
    Ok(figures)
}

/// The folder of a store with `count` articles, which came in several files.
fn filled(plan: &Plan, count: u64) -> anyhow::Result<PathBuf> {
    let folder = plan.folder("start-filled")?;
    let server = Server::start(&folder)?;
    let client = server.client()?;
    for file in 0..FILES {
        let skipped = usize::try_from(count / FILES * file)?;
        let articles = catalogue::creates(count)
            .skip(skipped)
            .take(usize::try_from(count / FILES)?);
        client.update(&catalogue::delta(articles)?)?;
    }
    server.stop()?;
    let [articles, ..] = peer::counts_of_articles(&folder)?;
    ensure!(
        articles == i64::try_from(count)?,
        "{articles} articles, not {count}"
    );
    Ok(folder)
}

/// One start.
struct Started {
    announced: f64,
    ready: f64,
    memory: f64,
}

impl Started {
    fn on(folder: &Path) -> anyhow::Result<Self> {
        let server = Server::start(folder)?;
        while !is_ready(server.address)? {
            thread::yield_now();
        }
        let ready = millis(server.begun.elapsed());
        thread::sleep(SETTLED);
        let memory = process::memory(server.pid(), "VmRSS")?;
        let announced = millis(server.announced);
        server.stop()?;
        Ok(Self {
            announced,
            ready,
            memory,
        })
    }
}

fn is_ready(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}

fn lines(name: &str, starts: &[Started], floor: f64, target: Target) -> Vec<Figure> {
    let of = |figure: fn(&Started) -> f64| median(starts.iter().map(figure));
    let against = format!("bare axum process {floor:.0} ms");
    let bare = |what: &str, value: f64, unit| Figure::bare(format!("{name}: {what}"), value, unit);
    vec![
        bare("listening", of(|start| start.announced), "ms")
            .against(&against)
            .target(target),
        bare("ready", of(|start| start.ready), "ms")
            .against(&against)
            .target(target),
        bare("idle memory", of(|start| start.memory), "MiB").target(Target::AtMost(30.0)),
    ]
}
