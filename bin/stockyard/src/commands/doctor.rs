//! `stockyard doctor`: is this machine, and this data folder, fit to run the server?

mod checks;
mod disk;

use std::fmt;
use std::process::ExitCode;

use crate::cli::StoreArgs;
use crate::config::Config;
use crate::output;

/// Options of the command.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  stockyard doctor --data-dir /var/lib/stockyard

Each line is OK, WARN or FAIL with what to do. Exit status 1 when one is FAIL. It can run beside the
server, and changes nothing but a small file that it writes, to measure the disk, and removes.")]
pub(crate) struct Args {
    #[command(flatten)]
    store: StoreArgs,
    /// Address that the server is to listen on [default: as configured]
    #[arg(long, env = "STOCKYARD_LISTEN", value_name = "ADDRESS")]
    listen: Option<String>,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    Ok,
    Warn,
    Fail,
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "OK",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        })
    }
}

/// What a check found: what is so, and what to do if it should not be.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    grade: Grade,
    text: String,
}

impl Finding {
    fn ok(text: impl Into<String>) -> Self {
        Self::new(Grade::Ok, text)
    }

    fn warn(text: impl Into<String>) -> Self {
        Self::new(Grade::Warn, text)
    }

    fn fail(text: impl Into<String>) -> Self {
        Self::new(Grade::Fail, text)
    }

    fn new(grade: Grade, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { grade, text }
    }
}

/// Looks at one thing.
type Check = fn(&Config) -> Finding;

/// Every check with its name.
const CHECKS: [(&str, Check); 8] = [
    ("data folder", disk::folder),
    ("disk space", disk::space),
    ("disk sync", disk::sync),
    ("store", checks::store),
    ("contents", checks::contents),
    ("clock", checks::clock),
    ("open files", checks::open_files),
    ("address", checks::address),
];

/// Runs all checks.
///
/// # Errors
/// When nobody reads the output.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut worst = Grade::Ok;
    let mut say = |name: &str, finding: &Finding| {
        worst = worst.max(finding.grade);
        output::line(format_args!("{:4}  {name:13}  {}", finding.grade, finding.text))
    };
    match args.store.load() {
        Err(error) => say("configuration", &Finding::fail(format!("{error:#}")))?,
        Ok(mut config) => {
            say("configuration", &Finding::ok("it can be read"))?;
            config.listen = args.listen.clone().unwrap_or(config.listen);
            for (name, check) in CHECKS {
                say(name, &check(&config))?;
            }
        }
    }
    Ok(match worst {
        Grade::Fail => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}
