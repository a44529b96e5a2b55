//! What the server costs on PostgreSQL, against PostgreSQL itself: the same work done by bare statements on the same
//! cluster, by turns.
//!
//! The cluster is one of its own on the disk that is measured, with `fsync` and `synchronous_commit` on, 256 MB of
//! shared buffers and PostgreSQL's defaults otherwise; every figure has a database of its own in it. All clients use its
//! socket.

mod copies;
mod csv;
mod durable;
mod get;
mod ingest;
mod jobs;
mod peer;
mod scan;

use testdb::Database;

use crate::Plan;
use crate::report::{Figure, Target};

pub(crate) use get::{COMMAND, serve};

/// Measures this part.
///
/// # Errors
/// When a server or a statement does not work, or two ways to the same answer differ.
pub(crate) fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let cluster = Database::durable(&plan.folder("postgres-cluster")?);
    let mut figures = get::measure(plan, &cluster.beside())?;
    figures.push(durable::measure(plan, &cluster.beside())?);
    figures.push(ingest::measure(plan, &cluster)?);
    figures.push(scan::measure(plan, &cluster.beside())?);
    figures.extend(jobs::measure(plan, &cluster)?);
    Ok(figures)
}

/// Measures imports and exports, a figure of the part `csv`.
///
/// # Errors
/// When a row fails, or a statement does not work.
pub(crate) fn imports(plan: &Plan) -> anyhow::Result<[Figure; 2]> {
    let cluster = Database::durable(&plan.folder("postgres-csv-cluster")?);
    csv::measure(plan, &cluster)
}

fn least(bound: f64) -> Target {
    Target::AtLeast(bound)
}

/// The settings of a server on this database.
fn on(address: &str) -> [(&str, &str); 1] {
    [("STOCKYARD_DATABASE", address)]
}
