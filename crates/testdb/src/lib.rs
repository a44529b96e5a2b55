//! A throw-away PostgreSQL for tests: one cluster per test program, a database of its own for each test.
//!
//! Needs the programs of PostgreSQL 15 or later (Debian: `postgresql`); a test that finds none fails and says so. The
//! server runs as another user when the tests run as root, since PostgreSQL refuses to be root's. Nothing survives the
//! test program, however it ends.
//!
//! A test that stops the server has a cluster of its own ([`Database::apart`]). It is stopped without any care, as by
//! `pg_ctl stop -m immediate`: its processes end at once and it recovers from its log at the next start. Nothing is flushed to a
//! disk here (`fsync = off`); that would matter if the machine itself went down, while what a process that is gone has
//! written to a file is in that file.
//!
//! The cluster of tests forgets what was written when the machine stops, since that is faster. Measurements take one of
//! their own that does not ([`Database::durable`]).

mod proxy;

pub use proxy::Proxy;

use std::env::VarError;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Where the programs are, when they are nowhere usual.
const PROGRAMS: &str = "STOCKYARD_TEST_POSTGRES_PROGRAMS";
/// The store that tests use which are about neither: `sqlite`, as when it is not set, or `postgres`.
const STORE: &str = "STOCKYARD_TEST_STORE";

/// Whether tests that are about neither store use PostgreSQL: as `STOCKYARD_TEST_STORE` says.
///
/// # Panics
/// When it names no store.
pub fn on_postgres() -> bool {
    match std::env::var(STORE).as_deref() {
        Err(VarError::NotPresent) | Ok("" | "sqlite") => false,
        Ok("postgres") => true,
        other => panic!("{STORE} is \"sqlite\" or \"postgres\", not {other:?}"),
    }
}

/// Whether this test is to run: it is about the embedded store, for this reason, and so tells nothing on PostgreSQL.
#[must_use]
pub fn only_on_sqlite(reason: &str) -> bool {
    let left_out = on_postgres();
    if left_out {
        println!("left out on PostgreSQL: {reason}");
    }
    !left_out
}

/// A database of its own; dropped with this.
#[derive(Debug)]
pub struct Database {
    cluster: Arc<Cluster>,
    name: String,
}

impl Database {
    /// A new, empty one in the cluster of this test program.
    ///
    /// # Panics
    /// When there is no PostgreSQL, or it does not start.
    pub fn new() -> Self {
        static CLUSTER: OnceLock<Arc<Cluster>> = OnceLock::new();
        let cluster = CLUSTER.get_or_init(|| Arc::new(Cluster::start(None, None)));
        Self::within(Arc::clone(cluster))
    }

    /// A new, empty one in a cluster of its own, which can be stopped and started.
    ///
    /// # Panics
    /// As [`Database::new`].
    pub fn apart() -> Self {
        Self::within(Arc::new(Cluster::start(None, None)))
    }

    /// A new, empty one in a cluster of its own that keeps its data in this folder, with PostgreSQL's defaults for what
    /// an answer promises (`fsync`, `synchronous_commit`). The cluster ends with its last database.
    ///
    /// # Panics
    /// When there is no PostgreSQL, or it does not start.
    pub fn durable(folder: &Path) -> Self {
        Self::within(Arc::new(Cluster::start(Some(folder), None)))
    }

    /// Another new, empty one in the same cluster.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn beside(&self) -> Self {
        Self::within(Arc::clone(&self.cluster))
    }

    /// A new, empty one in a cluster of its own that listens on a port of 127.0.0.1 too, with TLS by this certificate and
    /// key in PEM form.
    ///
    /// # Panics
    /// As [`Database::new`].
    pub fn with_tls(certificate: &str, key: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let port = listener.local_addr().expect("a listener has an address").port();
        drop(listener);
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        let tls = Tls {
            port,
            certificate,
            key,
        };
        Self::within(Arc::new(Cluster::start(None, Some(tls))))
    }

    /// A new one with the same content, in the same cluster. Nobody may be connected to this one meanwhile.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn copied(&self) -> Self {
        Self::made(
            Arc::clone(&self.cluster),
            &format!("TEMPLATE {} STRATEGY file_copy", self.name),
        )
    }

    fn within(cluster: Arc<Cluster>) -> Self {
        Self::made(cluster, "")
    }

    fn made(cluster: Arc<Cluster>, from: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test{}", NEXT.fetch_add(1, Ordering::Relaxed));
        cluster.sql("postgres", &format!("CREATE DATABASE {name} {from}"));
        Self { cluster, name }
    }

    /// Where it is, as a client is told.
    pub fn url(&self) -> String {
        format!(
            "host={} user=stockyard dbname={}",
            self.cluster.folder.display(),
            self.name
        )
    }

    /// Where it is on the network, as an address: of one with TLS.
    ///
    /// # Panics
    /// When it has none.
    pub fn address_at(&self, host: &str) -> String {
        let port = self.cluster.port.expect("it listens on a port");
        format!("postgres://stockyard@{host}:{port}/{}", self.name)
    }

    /// The same as an address.
    pub fn address(&self) -> String {
        let folder = self.cluster.folder.display().to_string().replace('/', "%2F");
        format!("postgres://stockyard@{folder}/{}", self.name)
    }

    /// Runs statements in it and answers what they print, one row a line, columns apart by `|`.
    ///
    /// # Panics
    /// When they fail.
    pub fn sql(&self, statements: &str) -> String {
        self.cluster.sql(&self.name, statements)
    }

    /// Ends the server of a cluster of its own at once, with all that goes on in it.
    ///
    /// # Panics
    /// When it cannot be ended.
    pub fn stop_server(&self) {
        self.cluster.order("stop");
    }

    /// Starts it again; answers when it has recovered.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_server(&self) {
        self.cluster.order("start");
    }

    /// Ends all connections to it.
    pub fn end_connections(&self) {
        self.cluster.sql(
            "postgres",
            &format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
                self.name
            ),
        );
    }
}

impl Default for Database {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // What cannot be dropped goes with the cluster.
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let _ = self.cluster.psql("postgres", &drop).output();
    }
}

/// How a cluster listens on the network.
struct Tls {
    port: u16,
    certificate: String,
    key: String,
}

/// A running server.
#[derive(Debug)]
struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    /// Where it listens on the network.
    port: Option<u16>,
    /// Its standard input keeps the server alive, and takes orders that are answered by a line each.
    keeper: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    process: Child,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A fast end: what is in the folder goes with it.
        let _ = self.keeper.lock().map(|mut keeper| keeper.0.write_all(b"end\n"));
        let _ = self.process.wait();
    }
}

impl Cluster {
    /// The one of tests, or one that keeps its data in a folder.
    fn start(data: Option<&Path>, tls: Option<Tls>) -> Self {
        let programs = programs();
        let mut keeper = keeper(&programs, data, tls.as_ref());
        let mut said = String::new();
        let output: ChildStdout = keeper.stdout.take().expect("the output is piped");
        let mut output = BufReader::new(output);
        output.read_line(&mut said).expect("the output can be read");
        if said.is_empty() {
            let mut why = String::new();
            if let Some(mut errors) = keeper.stderr.take() {
                errors.read_to_string(&mut why).expect("the output can be read");
            }
            panic!("PostgreSQL does not start: {why}");
        }
        Self {
            programs,
            folder: PathBuf::from(said.trim_end()),
            port: tls.map(|tls| tls.port),
            keeper: Mutex::new((keeper.stdin.take().expect("the input is piped"), output)),
            process: keeper,
        }
    }

    fn order(&self, what: &str) {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        let (orders, answers) = &mut *keeper;
        writeln!(orders, "{what}").expect("the keeper listens");
        let mut said = String::new();
        answers.read_line(&mut said).expect("the keeper answers");
        assert_eq!(said.trim_end(), what, "PostgreSQL does not {what}");
    }

    fn psql(&self, database: &str, statements: &str) -> Command {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--username=stockyard",
        ])
        .args([
            "--set=ON_ERROR_STOP=1",
            "--command",
            statements,
            "--dbname",
            database,
        ])
        .arg("--host")
        .arg(&self.folder);
        if let Some(port) = self.port {
            psql.args(["--port", &port.to_string()]);
        }
        psql
    }

    fn sql(&self, database: &str, statements: &str) -> String {
        let output = self.psql(database, statements).output().expect("psql runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{statements}: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// The script that runs the server, as a user that may.
fn keeper(programs: &Path, data: Option<&Path>, tls: Option<&Tls>) -> Child {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        let user = if has_user("postgres") {
            "postgres"
        } else {
            "nobody"
        };
        if let Some(folder) = data {
            give(folder, user);
        }
        command.args([
            "--reuid",
            user,
            "--regid",
            &group_of(user),
            "--clear-groups",
            "sh",
        ]);
        command
    } else {
        Command::new("sh")
    };
    command
        .args(["-c", include_str!("cluster.sh"), "cluster.sh"])
        .arg(programs)
        .args(data)
        .current_dir("/")
        .env_remove("PGPORT")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(tls) = tls {
        command
            .env("PGPORT", tls.port.to_string())
            .env("STOCKYARD_CERTIFICATE", &tls.certificate)
            .env("STOCKYARD_KEY", &tls.key);
    }
    command.spawn().expect("a shell runs the server")
}

/// Makes a folder one of this user's.
fn give(folder: &Path, user: &str) {
    let id = answer(&["-u", user]).parse().expect("an id is a number");
    std::os::unix::fs::chown(folder, Some(id), None).expect("root may give a folder away");
}

fn is_root() -> bool {
    answer(&["-u"]) == "0"
}

fn has_user(name: &str) -> bool {
    !answer(&["-u", name]).is_empty()
}

fn group_of(user: &str) -> String {
    answer(&["-g", user])
}

/// What `id` says; nothing when it knows no such user.
fn answer(question: &[&str]) -> String {
    let output = Command::new("id").args(question).output().expect("id runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The folder of the newest programs.
fn programs() -> PathBuf {
    if let Some(folder) = std::env::var_os(PROGRAMS) {
        return folder.into();
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions
        .map(|entry| entry.path())
        .filter(|path| path.join("bin/initdb").exists())
        .max_by_key(|path| version(path));
    let on_path = std::env::var_os("PATH")
        .and_then(|path| std::env::split_paths(&path).find(|folder| folder.join("initdb").exists()));
    newest.map(|path| path.join("bin")).or(on_path).unwrap_or_else(|| {
        panic!(
            "these tests need the programs of PostgreSQL 15 or later (Debian: apt-get install postgresql); \
             if they are installed, name their folder in {PROGRAMS}"
        )
    })
}
