//! The program as a server.

use std::cell::OnceCell;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use super::client::{Client, Request};
use super::output::{STUCK, command, stockyard};

/// The admin that the first start of the usual server makes.
const ADMIN: (&str, &str) = ("admin@example.com", "correct horse battery");

/// How a server is started.
pub(crate) struct Start<'a> {
    /// Data folder.
    pub(crate) dir: &'a Path,
    /// `serve`, or another command that serves.
    pub(crate) command: &'a str,
    /// Further options.
    pub(crate) args: &'a [&'a str],
    /// Variables.
    pub(crate) env: &'a [(&'a str, &'a str)],
}

/// A running server. It is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    dir: PathBuf,
    url: String,
    before: Vec<String>,
    lines: Receiver<String>,
    log: Arc<Mutex<String>>,
    client: OnceCell<Client>,
}

impl Server {
    /// `serve` on this folder and a free port, with the usual admin.
    #[track_caller]
    pub(crate) fn start(dir: &Path, args: &[&str]) -> Self {
        let (email, password) = ADMIN;
        Self::with(&Start {
            dir,
            command: "serve",
            args,
            env: &[
                ("STOCKYARD_ADMIN_EMAIL", email),
                ("STOCKYARD_ADMIN_PASSWORD", password),
            ],
        })
    }

    /// A server that is ready.
    #[track_caller]
    pub(crate) fn with(start: &Start<'_>) -> Self {
        let folder = start.dir.to_str().unwrap();
        let mut command = command(&[start.command, "--listen", "127.0.0.1:0", "--data-dir", folder]);
        command.args(start.args);
        command.envs(start.env.iter().copied());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = lines_of(child.stdout.take().unwrap());
        let log = collected(child.stderr.take().unwrap());
        let mut server = Self {
            child,
            dir: start.dir.to_owned(),
            url: String::new(),
            before: Vec::new(),
            lines,
            log,
            client: OnceCell::new(),
        };
        loop {
            let line = server.line();
            if let Some(url) = line.strip_prefix("listening on ") {
                server.url = url.to_owned();
                return server;
            }
            server.before.push(line);
        }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The lines it printed before that.
    pub(crate) fn first_lines(&self) -> &[String] {
        &self.before
    }

    /// The next line that it prints.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        match self.lines.recv_timeout(STUCK) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => panic!("nothing is printed any more\n{}", self.log()),
            Err(RecvTimeoutError::Disconnected) => {
                let status = self.child.wait().unwrap();
                panic!("it ended with {status}\n{:?}\n{}", self.before, self.log())
            }
        }
    }

    /// What it logged up to now.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// A new token of a user.
    #[track_caller]
    pub(crate) fn token_of(&self, email: &str) -> String {
        let dir = self.dir.to_str().unwrap();
        let token = stockyard(&["token", "create", "--user", email, "--data-dir", dir]).ok();
        token.trim_end().to_owned()
    }

    /// A client with the admin's token.
    #[track_caller]
    pub(crate) fn client(&self) -> &Client {
        self.client
            .get_or_init(|| Client::new(&self.url, &self.token_of(ADMIN.0)))
    }

    /// A request by the admin.
    #[track_caller]
    pub(crate) fn request(&self, method: &str, path: &str) -> Request<'_> {
        self.client().request(method, path)
    }

    /// Waits until no delta job is left.
    #[track_caller]
    pub(crate) fn settle(&self, job: &str) {
        let arguments = ["jobs", "watch", job, "--url", &self.url, "--token"];
        let token = self.token_of(ADMIN.0);
        let watched = stockyard(&[&arguments[..], &[&token]].concat());
        assert!(watched.stderr.is_empty(), "{watched:?}");
    }

    /// Memory that it has in use, in KiB.
    pub(crate) fn rss_kib(&self) -> u64 {
        self.memory_kib("VmRSS:")
    }

    /// Memory as the system counts it under this name, in KiB.
    pub(crate) fn memory_kib(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ends it as a power cut would, as far as the process is concerned.
    pub(crate) fn kill9(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop and waits until it has.
    pub(crate) fn terminate(self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait().0
    }

    /// Waits until it ends; gives its log, too.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        // The collector ends with the pipe, just after the process.
        while Arc::strong_count(&self.log) > 1 {
            thread::yield_now();
        }
        (status, self.log())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines_of(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

fn collected(from: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let log = Arc::new(Mutex::new(String::new()));
    let to = Arc::clone(&log);
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut log = to.lock().unwrap();
            log.push_str(&line);
            log.push('\n');
        }
    });
    log
}
