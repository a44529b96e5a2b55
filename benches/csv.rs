//! Flights imported from a CSV file into the example app, and exported again.
//!
//! The peer is a bare loop on SQLite that writes the rows which the import has left behind – records, lines of history,
//! entries of indexes – into tables and indexes like the server's, a thousand records to a transaction. It reads no file,
//! finds no airline, plane or airport, and checks nothing. The time of a job is that from its start to its end, the first
//! look through the whole file included.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use flate2::read::GzDecoder;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};

use crate::report::{Figure, Target};
use crate::server::Server;
use crate::stats::median;
use crate::{Plan, process};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/flights");
const DEVELOPER: &str = "dev@example.com";
const PER_TRANSACTION: usize = 1000;

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
    Ok(vec![
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
    ])
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
            theirs: peer(&folder, count)?,
            memory,
        })
    }
}

/// The first so many flights in a file.
fn flights(folder: &Path, count: u64) -> anyhow::Result<PathBuf> {
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
struct Caller<'a> {
    server: &'a Server,
    token: String,
}

impl<'a> Caller<'a> {
    fn new(server: &'a Server) -> anyhow::Result<Self> {
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

    fn import(&self, entity: &str, file: &Path) -> anyhow::Result<Duration> {
        self.job(&["import", entity, &text(file)])
    }

    /// How long the job of a command took, by the server's own account.
    fn job(&self, words: &[&str]) -> anyhow::Result<Duration> {
        let url = format!("http://{}", self.server.address);
        let api = ["--url", &url, "--token", &self.token, "--json"];
        let said = self.server.call(&[words, &api[..]].concat())?;
        let json = said.find('{').map_or("", |begin| &said[begin..]);
        let job: serde_json::Value = serde_json::from_str(json).context("the job")?;
        ensure!(job["hasErrors"] == false, "{job}");
        let millis = |key: &str| job[key].as_u64().context("a time");
        Ok(Duration::from_millis(
            (millis("endDate")? - millis("startDate")?).max(1),
        ))
    }
}

/// A table with its rows.
struct Table {
    insert: String,
    rows: Vec<Vec<Value>>,
}

/// Writes the rows of the server's tables into others like them; how long that takes.
fn peer(folder: &Path, count: u64) -> anyhow::Result<Duration> {
    let database = folder.join("data/stockyard.db");
    let from = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let number: i64 = from.query_row(
        "SELECT id FROM collections WHERE name = 'app:flights'",
        [],
        |row| row.get(0),
    )?;
    let mut to = Connection::open(folder.join("peer.db"))?;
    let page: i64 = from.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    to.pragma_update(None, "page_size", page)?;
    to.pragma_update(None, "journal_mode", "WAL")?;
    to.pragma_update(None, "synchronous", "FULL")?;
    to.pragma_update(None, "cache_size", -(24 << 10))?;
    to.pragma_update(None, "wal_autocheckpoint", 4096)?;
    let (records, history) = (format!("r{number}"), format!("h{number}"));
    let entries =
        format!("index_id IN (SELECT id FROM record_indexes WHERE collection = {number}) ORDER BY rid");
    let tables = [
        table(&from, &to, &records, "1 ORDER BY rid")?,
        table(&from, &to, &history, "1 ORDER BY seq")?,
        table(&from, &to, "index_entries", &entries)?,
    ];
    ensure!(
        tables[0].rows.len() as u64 == count,
        "the server has {} flights",
        tables[0].rows.len()
    );
    let begun = Instant::now();
    let each = tables[2].rows.len() / tables[0].rows.len().max(1);
    for first in (0..tables[0].rows.len()).step_by(PER_TRANSACTION) {
        let tx = to.transaction()?;
        let last = (first + PER_TRANSACTION).min(tables[0].rows.len());
        for (table, factor) in tables.iter().zip([1, 1, each]) {
            let mut insert = tx.prepare_cached(&table.insert)?;
            let end = if last == tables[0].rows.len() {
                table.rows.len()
            } else {
                last * factor
            };
            for row in &table.rows[first * factor..end] {
                insert.execute(params_from_iter(row))?;
            }
        }
        tx.commit()?;
    }
    Ok(begun.elapsed())
}

fn table(from: &Connection, to: &Connection, name: &str, condition: &str) -> anyhow::Result<Table> {
    let sql: String = from.query_row(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?1",
        [name],
        |row| row.get(0),
    )?;
    to.execute_batch(&sql)?;
    let mut select = from.prepare(&format!("SELECT * FROM {name} WHERE {condition}"))?;
    let columns = select.column_count();
    let rows = select.query_map([], |row| (0..columns).map(|place| row.get(place)).collect())?;
    Ok(Table {
        insert: format!("INSERT INTO {name} VALUES ({})", vec!["?"; columns].join(",")),
        rows: rows.collect::<rusqlite::Result<_>>()?,
    })
}
