//! Two servers that are told the same: one on the embedded store, one on PostgreSQL.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;
use testdb::Database;

use super::marks::Marks;
use crate::kills::folder::copy;
use crate::support::{Answer, Client, STUCK, Server, Start, stockyard};

/// Headers that differ from call to call, or say what the connection is like.
const PASSING: &[&str] = &[
    "date",
    "x-request-id",
    "content-length",
    "connection",
    "transfer-encoding",
];

/// Who asks: without a user of their own, or as one of those that both servers have.
pub(super) const USERS: &[(&str, &[&str])] = &[
    ("admin@example.com", &[]),
    ("maria@example.com", &["--group", "managers"]),
    ("sam@example.com", &["--group", "sales"]),
    ("rita@example.com", &["--group", "readers"]),
    ("dev@example.com", &["--developer"]),
    ("ann@example.com", &["--project", "bridge"]),
    (
        "bob@example.com",
        &["--project", "tunnel", "--group", "readers", "--group", "sales"],
    ),
];

pub(super) const PASSWORD: &str = "correct horse battery 1";

/// A request to both, with marks in the place of ids.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    /// The number of a user in [`USERS`]; none for nobody.
    pub(super) who: Option<usize>,
}

impl Ask {
    pub(super) fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
            body: Vec::new(),
            who: Some(0),
        }
    }

    pub(super) fn by(mut self, who: Option<usize>) -> Self {
        self.who = who;
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn json(self, body: impl Into<String>) -> Self {
        self.header("content-type", "application/json").body(body.into())
    }

    pub(super) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

/// An answer with marks in the place of ids and times.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Told {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| &**value)
    }
}

/// One of the two.
struct Twin {
    client: Client,
    tokens: Vec<String>,
    marks: Marks,
    server: Server,
}

/// The example without its listener: what runs in the background is not at the same point on both when a list is asked for.
fn app_in(dir: &Path) -> PathBuf {
    let (crm, app) = (
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/crm"),
        dir.join("app"),
    );
    if !app.exists() {
        copy(&crm, &app);
        fs::remove_dir_all(app.join("listeners")).unwrap();
    }
    app
}

/// A server on the app and a folder.
fn serve(dir: &Path, settings: &[(&str, &str)]) -> Server {
    let app = app_in(dir);
    let admin = [
        ("STOCKYARD_ADMIN_EMAIL", USERS[0].0),
        ("STOCKYARD_ADMIN_PASSWORD", PASSWORD),
    ];
    Server::with(&Start {
        dir,
        command: "serve",
        args: &["--app", app.to_str().unwrap()],
        env: &[&admin[..], settings].concat(),
    })
}

/// Lets a folder's server use this database.
fn use_database(dir: &Path, address: &str) {
    let config = format!("database = \"{address}\"\n");
    std::fs::write(dir.join("stockyard.toml"), config).unwrap();
}

impl Twin {
    fn start(dir: &Path, settings: &[(&str, &str)], begin: jiff::Timestamp) -> Self {
        let server = serve(dir, settings);
        let folder = dir.to_str().unwrap();
        for name in ["bridge", "tunnel"] {
            let tag = format!("project_name={name}");
            stockyard(&["project", "create", name, "--tag", &tag, "--data-dir", folder]).ok();
        }
        for (email, more) in &USERS[1..] {
            let name = format!("{} Test", &email[..3]);
            let make = [
                "user",
                "create",
                "--email",
                email,
                "--name",
                &name,
                "--password",
                PASSWORD,
            ];
            stockyard(&[&make[..], *more, &["--data-dir", folder]].concat()).ok();
        }
        Self {
            client: Client::new(server.url(), ""),
            tokens: USERS.iter().map(|(email, _)| server.token_of(email)).collect(),
            marks: Marks::new(server.url(), begin),
            server,
        }
    }

    /// Another server on what this one left.
    fn heir(tokens: Vec<String>, marks: Marks, server: Server) -> Self {
        Self {
            client: Client::new(server.url(), ""),
            tokens,
            marks: marks.at(server.url()),
            server,
        }
    }

    fn ask(&mut self, ask: &Ask) -> Told {
        let path = self.marks.filled(&ask.path);
        let path = path.strip_prefix(self.server.url()).unwrap_or(&path);
        let mut request = self.client.request(ask.method, path).token(None);
        if let Some(who) = ask.who {
            let token = &self.tokens[who];
            request = if path.starts_with("/qalx") {
                request.header("authorization", &format!("Token {token}"))
            } else if path.starts_with("/prod") || path.starts_with("/api/data") {
                request.header("token", token)
            } else {
                request.token(Some(token))
            };
        }
        for (name, value) in &ask.headers {
            request = request.header(name, &self.marks.filled(value));
        }
        let body = match std::str::from_utf8(&ask.body) {
            Ok(text) => self.marks.filled(text).into_bytes(),
            Err(_) => ask.body.clone(),
        };
        if !body.is_empty() {
            request = request.body(body);
        }
        self.told(&request.send())
    }

    fn told(&mut self, answer: &Answer) -> Told {
        let mut headers = Vec::new();
        for (name, value) in &answer.headers {
            if !PASSING.contains(&name.as_str()) {
                let value = String::from_utf8_lossy(value.as_bytes());
                headers.push((name.as_str().to_owned(), self.marks.marked(&value)));
            }
        }
        headers.sort();
        let body = match std::str::from_utf8(&answer.body) {
            Ok(text) => self.marks.marked(text),
            Err(_) => format!("{:?}", answer.body),
        };
        Told {
            status: answer.status,
            headers,
            body,
        }
    }

    /// Waits until no job waits or is worked on.
    fn settle(&self) {
        let begun = Instant::now();
        let busy = "/prod/runtime/api/status/jobs?status=PENDING,RUNNING,STOPPING&_size=1";
        loop {
            let request = self.client.request("GET", busy).token(None);
            let answer = request.header("token", &self.tokens[0]).send();
            if answer.json()["total"] == 0 {
                return;
            }
            assert!(begun.elapsed() < STUCK, "jobs do not end: {}", answer.text());
            std::thread::yield_now();
        }
    }
}

/// See the module.
pub(super) struct Pair {
    /// None only while it is ended and begun anew.
    embedded: Option<Twin>,
    postgres: Option<Twin>,
    database: Database,
    folders: [tempfile::TempDir; 2],
}

impl Pair {
    pub(super) fn start(settings: &[(&str, &str)]) -> Self {
        let begin = jiff::Timestamp::now();
        let mut pair = Self::empty();
        use_database(pair.folders[1].path(), &pair.database.address());
        let [one, other] = [0, 1].map(|number| pair.folders[number].path().to_owned());
        std::thread::scope(|scope| {
            let other = scope.spawn(|| Twin::start(&other, settings, begin));
            pair.embedded = Some(Twin::start(&one, settings, begin));
            pair.postgres = Some(other.join().unwrap());
        });
        pair
    }

    /// The embedded one alone, for the time being.
    pub(super) fn alone(settings: &[(&str, &str)]) -> Self {
        let mut pair = Self::empty();
        let twin = Twin::start(pair.folders[0].path(), settings, jiff::Timestamp::now());
        pair.embedded = Some(twin);
        pair
    }

    fn empty() -> Self {
        Self {
            embedded: None,
            postgres: None,
            database: Database::new(),
            folders: [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()],
        }
    }

    /// Folder of the embedded one.
    pub(super) fn folder(&self) -> &Path {
        self.folders[0].path()
    }

    /// Kills the one there is and makes two of it: `moved` brings a copy of its folder into a database.
    pub(super) fn part(&mut self, settings: &[(&str, &str)], moved: impl FnOnce(&Path, &Database)) {
        let twin = self.embedded.take().expect("there is one to make two of");
        let Twin {
            tokens,
            marks,
            server,
            ..
        } = twin;
        server.kill9();
        let [here, there] = [0, 1].map(|number| self.folders[number].path());
        let copied = std::process::Command::new("cp")
            .arg("-a")
            .arg(here.join("."))
            .arg(there)
            .status();
        assert!(copied.unwrap().success());
        moved(there, &self.database);
        use_database(there, &self.database.address());
        self.embedded = Some(Twin::heir(tokens.clone(), marks.clone(), serve(here, settings)));
        self.postgres = Some(Twin::heir(tokens, marks, serve(there, settings)));
    }

    /// Asks both, at the same time.
    pub(super) fn ask(&mut self, ask: &Ask) -> [Told; 2] {
        let embedded = self.embedded.as_mut().expect("it runs");
        let Some(postgres) = &mut self.postgres else {
            let told = embedded.ask(ask);
            return [told.clone(), told];
        };
        std::thread::scope(|scope| {
            let other = scope.spawn(|| postgres.ask(ask));
            let one = embedded.ask(ask);
            [one, other.join().unwrap()]
        })
    }

    /// Waits until both have nothing left to do.
    pub(super) fn settle(&self) {
        self.embedded.iter().chain(&self.postgres).for_each(Twin::settle);
    }
}
