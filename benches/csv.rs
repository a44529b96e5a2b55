//! Flights imported from a CSV file into the example app, and exported again.
//!
//! The peer is a bare loop on SQLite that writes the rows which the import has left behind – records, lines of history,
//! entries of indexes – into tables and indexes like the server's, a thousand records to a transaction. It reads no file,
//! finds no airline, plane or airport, and checks nothing. The time of a job is that from its start to its end, the first
//! look through the whole file included. A long file of rows of four kilobytes is made while it is sent, for memory.

mod long;
mod peer;

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use flate2::read::GzDecoder;

use crate::report::{Figure, Target};
use crate::server::Server;
use crate::stats::median;
use crate::{Plan, postgres, process};

pub(crate) const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/flights");
const DEVELOPER: &str = "dev@example.com";

/// Measures this part.
///
/// # Errors
/// When a row fails, or the peer's rows are others.
pub(crate) fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let count = plan.pick(336_776, 100_000);
    let passes = (0..plan.pick(3, 1)).map(|_| Pass::run(plan, count));
    let passes = passes.collect::<anyhow::Result<Vec<_>>>()?;
    let rate = |took: Duration| count as f64 / took.as_secs_f64();
    let of = |figure: &dyn Fn(&Pass) -> f64| median(passes.iter().map(figure));
    let ratio = of(&|pass| pass.theirs.as_secs_f64() / pass.import.as_secs_f64());
    let memory = passes.iter().map(|pass| pass.memory).fold(0.0, f64::max);
    let mut figures = vec![
        Figure::ratio(
            format!("import of {count} flights, median of {}", passes.len()),
            format!("{:.0} rows/s", of(&|pass| rate(pass.import))),
            format!("bare SQLite loop {:.0} rows/s", of(&|pass| rate(pass.theirs))),
            ratio,
        )
        .target(Target::AtLeast(0.4)),
        Figure::bare(
            "the same file again, which changes nothing",
            of(&|pass| rate(pass.again)),
            "rows/s",
        ),
        Figure::bare("export of them", of(&|pass| rate(pass.export)), "records/s")
            .target(Target::AtLeast(50_000.0)),
        Figure::bare("most memory of the server", memory, "MiB").target(Target::AtMost(128.0)),
    ];
    figures.extend(postgres::imports(plan)?);
    figures.extend(long::measure(plan)?);
    Ok(figures)
}

struct Pass {
    import: Duration,
    again: Duration,
    export: Duration,
    /// What the peer took.
    theirs: Duration,
    memory: f64,
}

impl Pass {
    fn run(plan: &Plan, count: u64) -> anyhow::Result<Self> {
        let folder = plan.folder("csv")?;
        let file = flights(&folder, count)?;
        let server = Server::start_with(&folder, &[("STOCKYARD_APP", EXAMPLE)])?;
        let caller = Caller::new(&server)?;
        for entity in ["airlines", "airports", "planes"] {
            caller.import(entity, &Path::new(EXAMPLE).join(format!("data/{entity}.csv")))?;
        }
        let import = caller.import("flights", &file)?;
        let again = caller.import("flights", &file)?;
        let export = caller.job(&["export", "flights", &text(&folder.join("out.csv")), "--names"])?;
        let memory = process::memory(server.pid(), "VmHWM")?;
        server.stop()?;
        Ok(Self {
            import,
            again,
            export,
            theirs: peer::write(&folder, count)?,
            memory,
        })
    }
}

/// The first so many flights in a file.
///
/// # Errors
/// When they cannot be read or written.
pub(crate) fn flights(folder: &Path, count: u64) -> anyhow::Result<PathBuf> {
    let packed = File::open(Path::new(EXAMPLE).join("data/flights.csv.gz"))?;
    let lines = BufReader::new(GzDecoder::new(packed)).lines();
    let file = folder.join("flights.csv");
    let mut out = std::io::BufWriter::new(File::create(&file)?);
    for line in lines.take(usize::try_from(count)? + 1) {
        writeln!(out, "{}", line?)?;
    }
    out.flush()?;
    Ok(file)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A developer who uses the program's commands.
pub(crate) struct Caller<'a> {
    server: &'a Server,
    pub(crate) token: String,
}

impl<'a> Caller<'a> {
    /// Makes one.
    ///
    /// # Errors
    /// When that is refused.
    pub(crate) fn new(server: &'a Server) -> anyhow::Result<Self> {
        let user = [
            "user",
            "create",
            "--developer",
            "--email",
            DEVELOPER,
            "--name",
            "Dev",
            "--password",
            "correct horse battery",
        ];
        server.run(&user)?;
        let token = server.run(&["token", "create", "--user", DEVELOPER])?;
        Ok(Self { server, token })
    }

    /// Imports a file; how long its job took.
    ///
    /// # Errors
    /// When a row fails.
    pub(crate) fn import(&self, entity: &str, file: &Path) -> anyhow::Result<Duration> {
        self.job(&["import", entity, &text(file)])
    }

    /// How long the job of a command took, by the server's own account.
    ///
    /// # Errors
    /// When it had errors.
    pub(crate) fn job(&self, words: &[&str]) -> anyhow::Result<Duration> {
        let url = format!("http://{}", self.server.address);
        let api = ["--url", &url, "--token", &self.token, "--json"];
        let said = self.server.call(&[words, &api[..]].concat())?;
        let json = said.find('{').map_or("", |begin| &said[begin..]);
        time_of(&serde_json::from_str(json).context("the job")?)
    }
}

/// How long a job without errors took.
fn time_of(job: &serde_json::Value) -> anyhow::Result<Duration> {
    ensure!(job["hasErrors"] == false, "{job}");
    let millis = |key: &str| job[key].as_u64().context("a time");
    Ok(Duration::from_millis(
        (millis("endDate")? - millis("startDate")?).max(1),
    ))
}
