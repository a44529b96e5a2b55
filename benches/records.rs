//! Records of an app through its REST API: making them, lists of them, and deleting many.
//!
//! The app is the example `crm`, the records are its companies. Making one is measured against the store alone that
//! puts the same body into the same collection, with the same indexes and the line of history; the rest of a call is
//! reading and checking the body, two functions of the entity, uniqueness, and HTTP. Lists are asked for at a server of
//! 10,000 companies and at one of 1,000,000 by turns, by one client with nothing else going on.

mod companies;
mod create;
mod lists;
mod removal;

use std::path::{Path, PathBuf};

use storage::sqlite::{self, Access};

use crate::report::{Figure, Target};
use crate::server::Server;
use crate::{Plan, process};

/// Companies of the small store.
const FEW: u64 = 10_000;
/// Where the API of records begins.
const DATA: &str = "/api/data";

/// Measures this part.
///
/// # Errors
/// When a server or the store does not work, or an answer is not what it should be.
pub(crate) fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let mut figures = create::measure(plan)?;
    let count = plan.pick(1_000_000, 100_000);
    let few = filled(plan, "records-few", FEW)?;
    let many = filled(plan, "records-many", count)?;
    let (few, many) = (start(&few)?, start(&many)?);
    figures.extend(lists::measure(plan, (&few, FEW), (&many, count))?);
    few.stop()?;
    figures.push(removal::measure(plan, &many, count)?);
    let most = process::memory(many.pid(), "VmHWM")?;
    let most = Figure::bare("most memory of the server, lists and deletion", most, "MiB");
    figures.push(most.target(Target::AtMost(128.0)));
    many.stop()?;
    Ok(figures)
}

/// A server with the app.
fn start(folder: &Path) -> anyhow::Result<Server> {
    let app = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/crm");
    Server::start_with(folder, &[("STOCKYARD_APP", app)])
}

/// The folder of a store that has the app's collections, and no server.
fn prepared(plan: &Plan, name: &str) -> anyhow::Result<PathBuf> {
    let folder = plan.folder(name)?;
    start(&folder)?.stop()?;
    Ok(folder)
}

/// The folder of a store with `count` companies.
fn filled(plan: &Plan, name: &str, count: u64) -> anyhow::Result<PathBuf> {
    let folder = prepared(plan, name)?;
    let opened = sqlite::open(&sqlite::Options::new(folder.join("data")), Access::Serve)?;
    companies::fill(&opened.store(), count)?;
    opened.close();
    Ok(folder)
}
