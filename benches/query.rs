//! Queries over a million documents: what walking over them costs against the cheapest walk that SQLite can do on the
//! same table, against SQLite's own grouping, and what an index is worth.
//!
//! The documents lie in the collection of items, as the server stores them. The walks are those of the store and the
//! query core, in this process, so that both sides of a quotient run on one thread of one process; the page of a list
//! is measured at the server, with one client and nothing else going on.

pub(crate) mod documents;
mod page;
pub(crate) mod walks;

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use rusqlite::{Connection, OpenFlags};
use storage::sqlite::{Access, Options, open};

use crate::report::{Figure, Target};
use crate::server::Server;
use crate::stats::{median, millis};
use crate::{Plan, process};
use documents::CLASSES;
use walks::Walks;

/// Measures this part.
///
/// # Errors
/// When a server or the store does not work, or two ways to the same answer differ.
pub(crate) fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let count = plan.pick(1_000_000, 100_000);
    let folder = plan.folder("query")?;
    // The first start makes the collections and their indexes.
    Server::start(&folder)?.stop()?;
    documents::fill(&folder, count)?;
    let mut figures = in_process(plan, &folder)?;
    let server = Server::start(&folder)?;
    let client = server.client()?;
    let before = process::memory(server.pid(), "VmRSS")?;
    page::check_groups(&client, count)?;
    let peak = process::memory(server.pid(), "VmHWM")?;
    let few = Figure::bare("memory of a group-by of 97 groups", peak - before, "MiB");
    figures.push(few.target(Target::AtMost(64.0)));
    figures.extend(page::measure(plan, &client)?);
    server.stop()?;
    Ok(figures)
}

fn in_process(plan: &Plan, folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let opened = open(&Options::new(folder.join("data")), Access::Serve)?;
    let walks = Walks::of(opened.store())?;
    let peer = Peer::open(folder, walks.table())?;
    let mut times: [Vec<f64>; 6] = Default::default();
    for round in 0..=plan.pick(5, 3) {
        let turn = [
            timed(|| peer.floor())?,
            timed(|| walks.scan().map(drop))?,
            timed(|| peer.group().map(drop))?,
            timed(|| walks.group().map(drop))?,
            timed(|| walks.tags_by_scan().map(drop))?,
            timed(|| walks.tags_by_index().map(drop))?,
        ];
        // The first one warms up.
        if round > 0 {
            for (times, time) in times.iter_mut().zip(turn) {
                times.push(time);
            }
        }
    }
    anyhow::ensure!(walks.group()? == peer.group()?, "two ways to group differ");
    anyhow::ensure!(
        walks.tags_by_scan()? == walks.tags_by_index()?,
        "an index changes an answer"
    );
    let [floor, scan, sql, group, tags, index] = times.map(median);
    let versus = |name: &str, ours: f64, what: &str, theirs: f64, target: f64| {
        let against = format!("{what} {theirs:.0} ms");
        Figure::ratio(name, format!("{ours:.1} ms"), against, theirs / ours).target(Target::AtLeast(target))
    };
    Ok(vec![
        versus("scan by two fields", scan, "sum(length(body))", floor, 0.4),
        versus("group by a field", group, "SQLite's GROUP BY", sql, 3.0),
        versus("array match by index", index, "by scan", tags, 40.0),
    ])
}

/// How long something takes, in milliseconds.
pub(crate) fn timed(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let begun = Instant::now();
    work()?;
    Ok(millis(begun.elapsed()))
}

/// SQLite alone on the same table, with the settings of the server's readers.
struct Peer {
    connection: Connection,
    table: String,
}

impl Peer {
    fn open(folder: &Path, table: String) -> anyhow::Result<Self> {
        let path = folder.join("data/stockyard.db");
        let access = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, access)?;
        connection.pragma_update(None, "cache_size", -(8 << 10))?;
        Ok(Self { connection, table })
    }

    /// Touches every record and looks into none.
    fn floor(&self) -> anyhow::Result<()> {
        let sql = format!("SELECT sum(length(body)) FROM {}", self.table);
        let length: i64 = self.connection.query_row(&sql, [], |row| row.get(0))?;
        anyhow::ensure!(length > 0, "the table is empty");
        Ok(())
    }

    /// Cities with how many there are and the sum of a number.
    fn group(&self) -> anyhow::Result<Vec<(String, i64, i64)>> {
        let sql = format!(
            "SELECT body ->> '$.data.city', count(*), sum(body ->> '$.data.n') FROM {} GROUP BY 1 ORDER BY 1",
            self.table
        );
        let mut statement = self.connection.prepare(&sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let groups: Vec<_> = rows.collect::<Result<_, _>>()?;
        let expected = usize::try_from(documents::CITIES).context("a small number")?;
        anyhow::ensure!(groups.len() == expected, "{} groups", groups.len());
        Ok(groups)
    }
}

/// The class that lists and index figures ask for.
fn some_class() -> String {
    documents::class(CLASSES / 2)
}
