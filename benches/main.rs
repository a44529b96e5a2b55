//! What the server costs, as ratios against a floor or a peer that is measured in the same run.
//!
//! `cargo bench -p stockyard` runs every part and writes `benches/results/latest.md` and `latest.json`; names behind
//! `--` choose parts, `--quick` shortens them. A shared machine makes absolute times worthless, so each part measures
//! the cheapest thing that could do the same work, turn by turn with the server, and reports the quotient of medians.
//! No time decides about success: the program fails only when something does not work.

mod actions;
mod catalogue;
mod connection;
mod csv;
mod durable;
mod files;
mod floor;
mod get;
mod ingest;
mod load;
mod machine;
mod peer;
mod postgres;
mod process;
mod query;
mod queues;
mod records;
mod report;
mod server;
mod start;
mod stats;
mod wire;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use report::{Figure, Report};

/// How thorough a run is, and where it may write.
pub(crate) struct Plan {
    quick: bool,
    folder: PathBuf,
    /// How long the long file of the part `csv` is, if somebody says.
    megabytes: Option<u64>,
}

impl Plan {
    /// One number for a whole run, another for a short one.
    pub(crate) fn pick<T>(&self, whole: T, quick: T) -> T {
        if self.quick { quick } else { whole }
    }

    /// An empty folder on the disk that is measured; what an earlier run left in it is gone.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.folder.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }
}

/// What says how long the long file is.
const MEGABYTES: &str = "--megabytes=";

type Part = fn(&Plan) -> anyhow::Result<Vec<Figure>>;

/// In this order.
const PARTS: [(&str, Part); 11] = [
    ("durable", durable::measure),
    ("get", get::measure),
    ("ingest", ingest::measure),
    ("start", start::measure),
    ("query", query::measure),
    ("files", files::measure),
    ("records", records::measure),
    ("actions", actions::measure),
    ("csv", csv::measure),
    ("postgres", postgres::measure),
    ("queues", queues::measure),
];

fn main() -> anyhow::Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, second] = arguments.as_slice() {
        match first.as_str() {
            floor::COMMAND => return floor::serve(Path::new(second)),
            postgres::COMMAND => return postgres::serve(second),
            _ => {}
        }
    }
    // Cargo adds it for the standard harness.
    arguments.retain(|argument| argument != "--bench");
    let quick = arguments.iter().any(|argument| argument == "--quick");
    arguments.retain(|argument| argument != "--quick");
    let megabytes = arguments
        .iter()
        .find_map(|argument| argument.strip_prefix(MEGABYTES));
    let megabytes = megabytes.map(str::parse).transpose().context(MEGABYTES)?;
    arguments.retain(|argument| !argument.starts_with(MEGABYTES));
    if let Some(unknown) = arguments
        .iter()
        .find(|name| PARTS.iter().all(|(part, _)| part != name))
    {
        let names = PARTS.map(|(name, _)| name).join(", ");
        bail!("{unknown:?} is neither a part ({names}) nor --quick nor {MEGABYTES}N");
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ratios");
    let plan = Plan {
        quick,
        folder,
        megabytes,
    };
    run(&plan, &arguments)
}

fn run(plan: &Plan, chosen: &[String]) -> anyhow::Result<()> {
    let mut report = Report::load();
    for (name, measure) in PARTS {
        if !chosen.is_empty() && !chosen.iter().any(|part| part == name) {
            continue;
        }
        eprintln!("measuring {name}");
        let figures = measure(plan).with_context(|| format!("part {name}"))?;
        report.put(name, plan.quick, figures);
        report.save()?;
    }
    if plan.folder.exists() {
        std::fs::remove_dir_all(&plan.folder)?;
    }
    println!("{}", report.markdown());
    Ok(())
}
