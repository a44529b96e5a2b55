//! Flights imported from a CSV file by the server on PostgreSQL, against `COPY` of the rows that it leaves.
//!
//! Those are the rows of the flights, of their history and of their indexes, in one transaction. So `COPY` reads no file and
//! finds no airline, plane or airport.

use std::path::Path;
use std::time::Duration;

use anyhow::ensure;
use testdb::Database;

use super::copies::{Rows, copy_all};
use super::peer::Peer;
use super::{least, on};
use crate::Plan;
use crate::csv::{Caller, EXAMPLE, flights};
use crate::report::Figure;
use crate::server::Server;
use crate::stats::median;

pub(super) fn measure(plan: &Plan, cluster: &Database) -> anyhow::Result<[Figure; 2]> {
    let count = plan.pick(336_776, 100_000);
    let passes = (0..plan.pick(3, 1)).map(|_| Pass::run(plan, &cluster.beside(), count));
    let passes = passes.collect::<anyhow::Result<Vec<_>>>()?;
    let rate = |took: Duration| count as f64 / took.as_secs_f64();
    let of = |figure: &dyn Fn(&Pass) -> f64| median(passes.iter().map(figure));
    let (ours, theirs) = (of(&|pass| rate(pass.ours)), of(&|pass| rate(pass.theirs)));
    let import = Figure::ratio(
        format!(
            "import of {count} flights on PostgreSQL, median of {}",
            passes.len()
        ),
        format!("{ours:.0} rows/s"),
        format!("COPY of the rows it leaves, {theirs:.0} rows/s"),
        of(&|pass| pass.theirs.as_secs_f64() / pass.ours.as_secs_f64()),
    );
    let export = of(&|pass| rate(pass.export));
    Ok([
        import.target(least(0.3)),
        Figure::bare("export of them from PostgreSQL", export, "records/s").target(least(50_000.0)),
    ])
}

/// One turn of each.
struct Pass {
    ours: Duration,
    export: Duration,
    theirs: Duration,
}

impl Pass {
    fn run(plan: &Plan, database: &Database, count: u64) -> anyhow::Result<Self> {
        let (folder, address) = (plan.folder("postgres-csv")?, database.address());
        let file = flights(&folder, count)?;
        let settings = [&on(&address)[..], &[("STOCKYARD_APP", EXAMPLE)]].concat();
        let server = Server::start_with(&folder, &settings)?;
        let caller = Caller::new(&server)?;
        for entity in ["airlines", "airports", "planes"] {
            caller.import(entity, &Path::new(EXAMPLE).join(format!("data/{entity}.csv")))?;
        }
        // Neither side pays for what was written before it.
        database.sql("CHECKPOINT");
        let ours = caller.import("flights", &file)?;
        let out = folder.join("out.csv").display().to_string();
        let export = caller.job(&["export", "flights", &out, "--names"])?;
        server.stop()?;

        let peer = Peer::open(database)?;
        let flights = peer.collection("app:flights")?;
        let entries =
            format!("index_id IN (SELECT id FROM stockyard.record_indexes WHERE collection = {flights})");
        let tables = [
            (format!("r{flights}"), "true"),
            (format!("h{flights}"), "true"),
            ("index_entries".to_owned(), &entries),
        ];
        let left = tables
            .iter()
            .map(|(table, condition)| Rows::of(&peer, table, condition));
        let left = left.collect::<anyhow::Result<Vec<_>>>()?;
        let (rows, theirs) = copy_all(&peer, database, &left)?;
        ensure!(rows >= 2 * count, "{rows} rows, expected {} at least", 2 * count);
        Ok(Self { ours, export, theirs })
    }
}
