//! One large delta file through the server on PostgreSQL, against `COPY` of the rows that it leaves.
//!
//! The rows are those of the articles, of their history, of the job's items and of indexes, as they are in the end, in
//! tables with the same columns and indexes, in one transaction. So `COPY` reads no file, looks nothing up, writes each
//! article once and not once per operation on it, and has no checkpoint to go on from.

use std::time::Duration;

use anyhow::ensure;
use testdb::Database;

use super::copies::{Rows, copy_all};
use super::peer::Peer;
use super::{least, on};
use crate::report::Figure;
use crate::server::Server;
use crate::stats::median;
use crate::{Plan, catalogue};

pub(super) fn measure(plan: &Plan, cluster: &Database) -> anyhow::Result<Figure> {
    let count = plan.pick(200_000, 50_000);
    let passes = (0..plan.pick(3, 1)).map(|_| Pass::run(plan, &cluster.beside(), count));
    let passes = passes.collect::<anyhow::Result<Vec<_>>>()?;
    let rate = |took: Duration| count as f64 / took.as_secs_f64();
    let of = |figure: &dyn Fn(&Pass) -> f64| median(passes.iter().map(figure));
    let (ours, theirs) = (of(&|pass| rate(pass.ours)), of(&|pass| rate(pass.theirs)));
    let rows = of(&|pass| pass.rows as f64);
    let figure = Figure::ratio(
        format!("delta file of {count} operations, median of {}", passes.len()),
        format!("{ours:.0} operations/s"),
        format!("COPY of the {rows:.0} rows it leaves, {theirs:.0} operations/s"),
        of(&|pass| pass.theirs.as_secs_f64() / pass.ours.as_secs_f64()),
    );
    Ok(figure.target(least(0.5)))
}

/// One turn of each.
struct Pass {
    ours: Duration,
    theirs: Duration,
    rows: u64,
}

impl Pass {
    fn run(plan: &Plan, database: &Database, count: u64) -> anyhow::Result<Self> {
        let (folder, address) = (plan.folder("postgres-ingest")?, database.address());
        let delta = catalogue::delta(catalogue::mixed(count))?;
        let server = Server::start_with(&folder, &on(&address))?;
        let client = server.client()?;
        // Neither side pays for what was written before it.
        database.sql("CHECKPOINT");
        let ours = client.update(&delta)?;
        server.stop()?;

        let peer = Peer::open(database)?;
        let left = left(&peer)?;
        let (rows, theirs) = copy_all(&peer, database, &left)?;
        // An article for every other operation, a change and an item for each.
        let expected = count / 2 + 2 * count;
        ensure!(rows >= expected, "{rows} rows, expected {expected} at least");
        Ok(Self { ours, theirs, rows })
    }
}

/// What the job has left in the store.
fn left(peer: &Peer) -> anyhow::Result<Vec<Rows>> {
    let articles = peer.collection(engine::articles::COLLECTION)?;
    let entries =
        format!("index_id IN (SELECT id FROM stockyard.record_indexes WHERE collection = {articles})");
    let tables = [
        (format!("r{articles}"), "true"),
        (format!("h{articles}"), "true"),
        ("job_items".to_owned(), "true"),
        ("index_entries".to_owned(), &entries),
    ];
    let rows = tables
        .iter()
        .map(|(table, condition)| Rows::of(peer, table, condition));
    rows.collect()
}
