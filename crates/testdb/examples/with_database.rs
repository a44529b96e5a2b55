//! Runs a command beside a throw-away PostgreSQL, whose address it finds in `STOCKYARD_DATABASE`, and ends as it does:
//! `with_database python3 tests/pyqalx/run.py target/debug/stockyard`.

use std::process::{Command, ExitCode};

use testdb::Database;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let Some(program) = words.next() else {
        eprintln!("say which command to run");
        return ExitCode::from(2);
    };
    let database = Database::new();
    let run = Command::new(&program)
        .args(words)
        .env("STOCKYARD_DATABASE", database.address())
        .status();
    match run {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{}: {error}", program.display());
            ExitCode::from(2)
        }
    }
}
