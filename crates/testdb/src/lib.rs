//! A throw-away PostgreSQL for tests: one cluster per test program, a database of its own for each test.
//!
//! Needs the programs of PostgreSQL 15 or later (Debian: `postgresql`); a test that finds none fails and says so. The
//! server runs as another user when the tests run as root, since PostgreSQL refuses to be root's. Nothing survives the
//! test program, however it ends.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where the programs are, when they are nowhere usual.
const PROGRAMS: &str = "STOCKYARD_TEST_POSTGRES_PROGRAMS";

/// A database of its own; dropped with this.
#[derive(Debug)]
pub struct Database {
    cluster: &'static Cluster,
    name: String,
}

impl Database {
    /// A new, empty one in the cluster of this test program.
    ///
    /// # Panics
    /// When there is no PostgreSQL, or it does not start.
    pub fn new() -> Self {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let cluster = CLUSTER.get_or_init(Cluster::start);
        let name = format!("test{}", NEXT.fetch_add(1, Ordering::Relaxed));
        cluster.sql("postgres", &format!("CREATE DATABASE {name}"));
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

    /// The processes that serve it, by what their clients call themselves.
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

/// A running server.
#[derive(Debug)]
struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    /// Its standard input keeps the server alive.
    _keeper: Child,
}

impl Cluster {
    fn start() -> Self {
        let programs = programs();
        let mut keeper = keeper(&programs);
        let mut said = String::new();
        let output: ChildStdout = keeper.stdout.take().expect("the output is piped");
        BufReader::new(output)
            .read_line(&mut said)
            .expect("the output can be read");
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
            _keeper: keeper,
        }
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
fn keeper(programs: &Path) -> Child {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        let user = if has_user("postgres") {
            "postgres"
        } else {
            "nobody"
        };
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
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().expect("a shell runs the server")
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
