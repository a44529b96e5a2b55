//! The real program as a child process, on a folder and a free port of its own.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::wire::Client;

const PROGRAM: &str = env!("CARGO_BIN_EXE_stockyard");
const ADMIN: &str = "admin@example.com";

/// A server that runs; killed when dropped.
pub(crate) struct Server {
    child: Child,
    data: PathBuf,
    settings: Vec<(String, String)>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// From the start of the process to the line that says so.
    pub(crate) announced: Duration,
    /// When it was started.
    pub(crate) begun: Instant,
}

fn program() -> Command {
    let mut command = Command::new(PROGRAM);
    // What is measured are the defaults, whatever the caller's environment says.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("STOCKYARD_") {
            command.env_remove(name);
        }
    }
    command
}

impl Server {
    /// Starts a server on `folder` with the default settings; its log goes to a file there.
    ///
    /// # Errors
    /// When it does not come up.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Self> {
        Self::start_with(folder, &[])
    }

    /// Starts a server with other settings than the default ones, given as variables.
    ///
    /// # Errors
    /// When it does not come up.
    pub(crate) fn start_with(folder: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let data = folder.join("data");
        let log = File::create(folder.join("server.log"))?;
        let begun = Instant::now();
        let mut child = program()
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(&data)
            .env("STOCKYARD_ADMIN_EMAIL", ADMIN)
            .env("STOCKYARD_ADMIN_PASSWORD", "correct horse battery")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {PROGRAM}"))?;
        let output = child.stdout.take().context("the output is piped")?;
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        let mut addresses = lines.filter_map(|line| line.strip_prefix("listening on http://")?.parse().ok());
        let address = addresses.next();
        let announced = begun.elapsed();
        let address = address.with_context(|| format!("it did not come up, see {}", folder.display()))?;
        let settings = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Ok(Self {
            child,
            data,
            settings: settings.collect(),
            address,
            announced,
            begun,
        })
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// An admin with a token of his own.
    ///
    /// # Errors
    /// When no token can be made.
    pub(crate) fn client(&self) -> anyhow::Result<Client> {
        Ok(Client {
            address: self.address,
            token: self.command(&["token", "create"])?,
        })
    }

    /// What a command about the admin prints.
    ///
    /// # Errors
    /// When it fails.
    pub(crate) fn command(&self, words: &[&str]) -> anyhow::Result<String> {
        let mut command = program();
        command
            .args(words)
            .args(["--user", ADMIN, "--data-dir"])
            .arg(&self.data)
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        let said = command.output()?;
        ensure!(
            said.status.success(),
            "{words:?}: {}",
            String::from_utf8_lossy(&said.stderr)
        );
        Ok(String::from_utf8(said.stdout)?.trim().to_owned())
    }

    /// What a command on its folder prints.
    ///
    /// # Errors
    /// When it fails.
    pub(crate) fn run(&self, words: &[&str]) -> anyhow::Result<String> {
        let data = self.data.display().to_string();
        self.call(&[words, &["--data-dir", &data]].concat())
    }

    /// What a command prints that is told everything by its words.
    ///
    /// # Errors
    /// When it fails.
    pub(crate) fn call(&self, words: &[&str]) -> anyhow::Result<String> {
        let mut command = program();
        command
            .args(words)
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        let said = command.output()?;
        ensure!(
            said.status.success(),
            "{words:?}: {}",
            String::from_utf8_lossy(&said.stderr)
        );
        Ok(String::from_utf8(said.stdout)?.trim().to_owned())
    }

    /// Asks it to stop and waits for that.
    ///
    /// # Errors
    /// When it ends with an error.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill")
            .args(["-TERM", &self.pid().to_string()])
            .status()?;
        let status = self.child.wait()?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
