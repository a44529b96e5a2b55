//! Nodes that share a database and a data folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use testdb::Database;

use crate::support::{Server, Start, stockyard};

/// Longer than anything here takes that is not stuck.
const STUCK: Duration = Duration::from_secs(120);
/// Between two looks.
const PACE: Duration = Duration::from_millis(20);
pub(super) const ADMIN: &str = "admin@example.com";

/// What the nodes of one server share.
pub(super) struct Shared {
    pub(super) database: Database,
    dir: TempDir,
}

impl Shared {
    /// A database and a folder, with this configuration beside the address.
    pub(super) fn new(database: Database, config: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let text = format!("database = \"{}\"\n{config}", database.address());
        std::fs::write(dir.path().join("stockyard.toml"), text).unwrap();
        Self { database, dir }
    }

    pub(super) fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// One more node.
    #[track_caller]
    pub(super) fn node(&self, args: &[&str]) -> Server {
        Server::start(self.folder(), args)
    }

    /// A node that reaches the database at another address.
    #[track_caller]
    pub(super) fn node_by(&self, address: &str) -> Server {
        Server::with(&Start {
            dir: self.folder(),
            command: "serve",
            args: &[],
            env: &[
                ("STOCKYARD_DATABASE", address),
                ("STOCKYARD_ADMIN_EMAIL", ADMIN),
                ("STOCKYARD_ADMIN_PASSWORD", "correct horse battery"),
            ],
        })
    }

    /// A command on the shared store.
    #[track_caller]
    pub(super) fn command(&self, args: &[&str]) -> String {
        let place = ["--data-dir", self.folder().to_str().unwrap()];
        stockyard(&[args, &place].concat()).ok()
    }

    /// A user with these further options, and a token of his.
    #[track_caller]
    pub(super) fn user(&self, email: &str, password: &str, more: &[&str]) -> String {
        let create = ["user", "create", "--name", "Somebody", "--email", email];
        self.command(&[&create[..], &["--password", password], more].concat());
        self.token(email)
    }

    #[track_caller]
    pub(super) fn token(&self, email: &str) -> String {
        let token = self.command(&["token", "create", "--user", email]);
        token.trim_end().to_owned()
    }

    /// What a question to the database answers.
    #[track_caller]
    pub(super) fn ask(&self, sql: &str) -> String {
        let answer = self.database.sql(&format!("SET search_path = stockyard; {sql}"));
        answer.trim().to_owned()
    }

    /// The number that a question to the database answers.
    #[track_caller]
    pub(super) fn count(&self, sql: &str) -> u64 {
        let answer = self.ask(sql);
        answer.parse().unwrap_or_else(|_| panic!("{sql}: {answer:?}"))
    }

    /// Writes a definition into the folder: files by their names.
    pub(super) fn define(&self, files: &[(&str, &str)]) -> PathBuf {
        let root = self.folder().join("app");
        let settings = (
            "app.yaml",
            "name: yard\nlabel: Yard\nenvironment: prod\ntimezone: UTC\n",
        );
        for (file, text) in files.iter().chain([&settings]) {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }
}

/// Looks again and again until `reached`.
#[track_caller]
pub(super) fn until(what: &str, mut reached: impl FnMut() -> bool) {
    // Looks, not the clock: a machine that stood still is not stuck.
    let looks = STUCK.as_millis() / PACE.as_millis();
    for _ in 0..looks {
        if reached() {
            return;
        }
        std::thread::park_timeout(PACE);
    }
    panic!("{what}: not reached");
}
