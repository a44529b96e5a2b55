//! The program as a command that ends by itself.

use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::place;

/// Longer than anything takes that is not stuck.
pub(crate) const STUCK: Duration = Duration::from_secs(120);

/// The program with these arguments, without any setting from the surroundings but the search path, and with the database
/// that goes with the data folder.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stockyard"));
    command.args(args).env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    let folder = args.iter().skip_while(|arg| **arg != "--data-dir").nth(1);
    if let Some(address) = folder.and_then(|folder| place::database_of(Path::new(folder))) {
        command.env("STOCKYARD_DATABASE", address);
        // Where there may be other nodes, the jobs of one that was killed wait for their leases to run out.
        command.env("STOCKYARD_JOBS__LEASE", "1");
    }
    command
}

/// How a command ended and what it said.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    /// The standard output of a command that went well.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert!(self.status.success(), "{self:?}");
        self.stdout
    }

    /// The complaint of a command that ended with status 1.
    #[track_caller]
    pub(crate) fn refusal(self) -> String {
        assert_eq!(self.status.code(), Some(1), "{self:?}");
        self.stderr
    }
}

/// Runs the program to its end.
pub(crate) fn stockyard(args: &[&str]) -> Output {
    stockyard_with(args, &[], "", None)
}

/// [`stockyard`] with variables, a standard input and a folder to run in.
pub(crate) fn stockyard_with(
    args: &[&str],
    env: &[(&str, &str)],
    input: &str,
    folder: Option<&Path>,
) -> Output {
    let mut command = command(args);
    command.envs(env.iter().copied());
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    ended_within(command, input, STUCK)
}

/// [`stockyard`] for what may take as long as the whole of some real data takes.
pub(crate) fn stockyard_at_length(args: &[&str]) -> Output {
    let mut command = command(args);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    ended_within(command, "", STUCK * 15)
}

/// What a command says that ends in time.
fn ended_within(mut command: Command, input: &str, longest: Duration) -> Output {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that does not read its input has closed it.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let pid = Pid::from_child(&child);
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let output = ended.recv_timeout(longest).unwrap_or_else(|_| {
        kill_process(pid, Signal::KILL).unwrap();
        let output = ended.recv().unwrap();
        panic!("it did not end: {command:?}: {output:?}")
    });
    let output = output.unwrap();
    Output {
        status: output.status,
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
