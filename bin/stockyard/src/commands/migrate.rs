//! `stockyard migrate`: moves what a server keeps from the embedded store to PostgreSQL, resumably, and checks the result.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{bail, ensure};
use storage::transfer::{self, Progress, Report};
use storage::{Error, postgres};

use crate::config::is_postgres;
use crate::output;
use crate::progress::Shown;

/// Options of the command.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  stockyard migrate --from sqlite:/var/lib/stockyard --to postgres://stockyard:secret@db.example.com/stockyard
  stockyard serve --data-dir /var/lib/stockyard --database postgres://stockyard:secret@db.example.com/stockyard

Run it again when it was broken off: it goes on where it was. The contents of files stay in the data folder, which the
server on PostgreSQL needs too.")]
pub(crate) struct Args {
    /// The store to move: `sqlite:` and its data folder, which no server may be using
    #[arg(long, env = "STOCKYARD_FROM", value_name = "URL")]
    from: String,
    /// Where to: `postgres://user:password@host:port/name`, a database without a server's data
    #[arg(long, env = "STOCKYARD_TO", value_name = "URL", hide_env_values = true)]
    to: String,
    /// Rows that go over together, at most
    #[arg(long, env = "STOCKYARD_ROWS", value_name = "NUMBER", default_value_t = 10_000,
          value_parser = clap::value_parser!(u32).range(1..))]
    rows: u32,
}

/// Moves the store.
///
/// # Errors
/// When one of the two cannot be used, and when the result is not what was there.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let from = folder(&args.from)?;
    ensure!(
        is_postgres(&args.to),
        "--to: name a database as \"postgres://user:password@host/name\""
    );
    let options = transfer::Options {
        from: from.clone(),
        to: postgres::Options::new(&args.to),
        rows: usize::try_from(args.rows)?,
    };
    let (shown, mut last) = (Shown::new(), String::new());
    let report = transfer::run(&options, &mut |progress| {
        tell(&shown, progress, &mut last).map_err(|error| Error::Backend(error.to_string()))
    });
    shown.end();
    conclude(&report?, &from)?;
    Ok(ExitCode::SUCCESS)
}

/// The data folder that an address names, by itself or by the database in it.
fn folder(url: &str) -> anyhow::Result<PathBuf> {
    let Some(path) = url.strip_prefix("sqlite:").filter(|path| !path.is_empty()) else {
        bail!("--from: name a data folder as \"sqlite:/var/lib/stockyard\"; only stores there can be moved")
    };
    let path = Path::new(path);
    let is_database = path.file_name().is_some_and(|name| name == "stockyard.db");
    Ok(match path.parent() {
        Some(parent) if is_database && parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) if is_database => parent.to_owned(),
        _ => path.to_owned(),
    })
}

/// Copying is the first half of the work, checking the second.
fn tell(shown: &Shown, progress: &Progress, last: &mut String) -> std::io::Result<()> {
    let share = |done: u64, of: u64| done as f64 / of.max(1) as f64;
    match progress {
        Progress::Resumed => output::line("going on with what was begun"),
        Progress::Copied { table, done, of } => {
            shown.share(share(*done, *of) / 2.0, format!("copying {table}"), last)
        }
        Progress::Checked { table, done, of } => {
            shown.share(0.5 + share(*done, *of) / 2.0, format!("checked {table}"), last)
        }
    }
}

fn conclude(report: &Report, from: &Path) -> std::io::Result<()> {
    if report.was_done {
        return output::line("it was moved there before, and is whole");
    }
    let widest = report
        .tables
        .iter()
        .map(|(name, ..)| name.len())
        .max()
        .unwrap_or(0);
    output::line("the same on both sides, by number of rows and digest of their values:")?;
    for (name, rows, digest) in &report.tables {
        output::line(format_args!("  {name:widest$}  {rows:>10}  {}", &digest[..16]))?;
    }
    let rows: u64 = report.tables.iter().map(|(_, rows, _)| rows).sum();
    output::line(format_args!("moved {} tables, {rows} rows", report.tables.len()))?;
    output::line(format_args!(
        "contents of files stay in {}; serve with that data folder, or copy it",
        from.join("blobs").display()
    ))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::folder;

    #[test]
    fn a_folder_is_named_by_itself_or_by_its_database() {
        for (url, path) in [
            ("sqlite:/a/b", "/a/b"),
            ("sqlite:b/", "b/"),
            ("sqlite:/a/b/stockyard.db", "/a/b"),
            ("sqlite:stockyard.db", "."),
        ] {
            assert_eq!(folder(url).unwrap(), Path::new(path), "{url}");
        }
        for url in ["sqlite:", "/a/b", "postgres://x/y"] {
            assert!(folder(url).is_err(), "{url}");
        }
    }
}
