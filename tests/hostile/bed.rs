//! The server under attack, with a user, an admin and some articles, and the words to look at it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use model::{Error, HistorySeq};
use serde_json::Value;
use storage::Place;

use super::answer::Answer;
use super::row::{Call, DELTA};
use super::stub::Stub;
use super::wire::exchange;
use crate::support::place::{place, visit};
use crate::support::{Server, Start, stockyard};

/// What differs from the defaults: times that a test would have to wait for, and sizes that it would have to send.
pub(crate) const SETTINGS: &[(&str, &str)] = &[
    ("STOCKYARD_HTTP__HEADER_TIMEOUT", "3"),
    ("STOCKYARD_HTTP__BODY_IDLE_TIMEOUT", "3"),
    ("STOCKYARD_DELTA__MAX_UNPACKED_BYTES", "33554432"),
    ("STOCKYARD_FETCH__CONNECT_TIMEOUT", "1"),
    ("STOCKYARD_FETCH__IDLE_TIMEOUT", "1"),
    ("STOCKYARD_FETCH__TOTAL_TIMEOUT", "3"),
    ("STOCKYARD_FETCH__MAX_BYTES", "4194304"),
    ("STOCKYARD_FETCH__MAX_REDIRECTS", "3"),
    ("STOCKYARD_LOG__FORMAT", "json"),
    ("STOCKYARD_LOG__LEVEL", "info"),
];

/// Longer than any job here takes.
const PATIENCE: Duration = Duration::from_secs(60);
const ADMIN: &str = "admin@example.com";
const PASSWORD: &str = "correct horse";

/// See the module.
pub(crate) struct Bed {
    pub(crate) address: SocketAddr,
    /// The one host from which the server may fetch.
    pub(crate) stub: Stub,
    user: String,
    admin: String,
    server: Server,
    folder: tempfile::TempDir,
}

impl Bed {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let (stub, data) = (Stub::start(), folder.path().join("data"));
        let server = serve(&data, &stub);
        let address = server.url().trim_start_matches("http://").parse();
        let bed = Self {
            address: address.expect("it listens on an address"),
            stub,
            user: make_user(&data),
            admin: server.token_of(ADMIN),
            server,
            folder,
        };
        bed.seed();
        bed
    }

    /// Three articles in several versions, one of them deleted.
    fn seed(&self) {
        let operations = [
            r#"{"operation":"add-article","articleData":{"F_1":"100","F_3":"code","F_80004":"248,28"}}"#,
            r#"{"operation":"replace-article-feature","articleData":{"F_1":"100","F_80004":"250,00"}}"#,
            r#"{"operation":"add-article","articleData":{"F_1":"200","C_75000":"INDOOR"}}"#,
            r#"{"operation":"add-article","articleData":{"F_1":"300"}}"#,
            r#"{"operation":"delete-article","articleData":{"F_1":"300"}}"#,
        ];
        let job = self.hand_in(Call::user("POST", DELTA).json(format!("[{}]", operations.join(","))));
        let job = self.ended(job.expect("the seed is taken"));
        assert_eq!(job["result"], "Success", "{job}");
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The tokens in the places that stand for them.
    pub(crate) fn with_tokens(&self, request: &[u8]) -> Vec<u8> {
        let head = request.len().min(16 << 10);
        let mut bytes = request[..head].to_vec();
        for (name, token) in [("{user}", &self.user), ("{admin}", &self.admin)] {
            if let Some(at) = bytes.windows(name.len()).position(|part| part == name.as_bytes()) {
                bytes.splice(at..at + name.len(), token.bytes());
            }
        }
        bytes.extend_from_slice(&request[head..]);
        bytes
    }

    /// The one answer to a request.
    pub(crate) fn ask(&self, call: Call) -> Answer {
        let got = exchange(self.address, &self.with_tokens(&call.bytes()));
        let mut answers = Answer::all(&got.bytes).expect("an ordinary request is answered");
        assert_eq!(answers.len(), 1, "{answers:?}");
        answers.remove(0)
    }

    /// Hands a delta in; the number of its job.
    pub(crate) fn hand_in(&self, call: Call) -> Result<String, String> {
        let answer = self.ask(call);
        let job = answer.header("x-job-ids").filter(|_| answer.status == 200);
        job.map(str::to_owned)
            .ok_or_else(|| format!("not accepted: {answer:?}"))
    }

    /// A job when it has ended. There is nothing to be told by, so it is asked again and again.
    pub(crate) fn ended(&self, job: String) -> Value {
        let begun = Instant::now();
        loop {
            let shown = self.json(&format!("/api/v2/jobs/{job}"));
            if shown["result"] != "Pending" {
                return shown;
            }
            assert!(begun.elapsed() < PATIENCE, "job {job} does not end: {shown}");
        }
    }

    /// The body of an answer to the admin.
    pub(crate) fn json(&self, path: &str) -> Value {
        let answer = self.ask(Call::admin("GET", path));
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        serde_json::from_str(&answer.body).expect("answers are JSON")
    }

    pub(crate) fn assert_alive(&self, after: &str) {
        let answer = self.ask(Call::new("GET", "/healthz"));
        assert_eq!(answer.status, 200, "{after}: {answer:?}");
    }

    pub(crate) fn assert_tokens_work(&self) {
        for call in [
            Call::user("GET", "/api/v1/jobs/jobs"),
            Call::admin("GET", "/api/v1/admin/users"),
        ] {
            assert_eq!(self.ask(call).status, 200);
        }
    }

    pub(crate) fn assert_same(&self, before: &str, after: &str) {
        assert_eq!(self.picture(), before, "{after} changed the store");
    }

    /// Everything that must not change: articles with their versions and history, collections, users and tokens. Jobs are
    /// left out, because fusion records what it rejects, and so are the times at which tokens were used.
    pub(crate) fn picture(&self) -> String {
        let store = visit(&self.data());
        let read = store.store().read_blocking(|tx| {
            let mut lines = Vec::new();
            for collection in tx.collections()? {
                lines.push(format!("collection {}", collection.name));
                for record in tx.records_after(collection.id, "", u64::MAX)? {
                    lines.push(format!(
                        "{} v{} {:?}",
                        record.id,
                        record.version,
                        record.body.to_text()
                    ));
                }
                for change in tx.history_after(collection.id, HistorySeq(0), u64::MAX)? {
                    lines.push(format!(
                        "#{} {} v{} {}",
                        change.seq.0,
                        change.id,
                        change.version,
                        change.event.as_str()
                    ));
                }
            }
            for known in tx.users(0, u64::MAX >> 1)? {
                lines.push(format!("{:?} {}", known.user, known.has_token));
            }
            Ok::<_, Error>(lines)
        });
        store.close();
        let mut lines = read.expect("the store can be read");
        lines.extend(self.tokens());
        lines.join("\n")
    }

    /// The tokens, which the store lists for nobody.
    fn tokens(&self) -> Vec<String> {
        let question = |user: &str, hash: &str| {
            format!(
                "SELECT id || ' ' || {user} || ' ' || {hash} || ' ' || name || ' ' || created FROM tokens ORDER BY id"
            )
        };
        match place(&self.data()) {
            Place::Sqlite(options) => ask_file(&options.database(), &question("user", "hex(hash)")),
            Place::Postgres(options) => {
                let question = question("owner", "encode(hash, 'hex')").replace("tokens", "stockyard.tokens");
                ask_database(&options.url, &question)
            }
        }
    }

    /// The most memory that the server has had so far, in bytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        self.server.memory_kib("VmHWM:") << 10
    }

    /// No line of the log is an error, a panic or an answer with 5xx.
    pub(crate) fn assert_clean_log(&self) {
        let log = self.server.log();
        let mut answers = 0;
        for line in log.lines() {
            let entry: Value = serde_json::from_str(line).expect("a line of the log is JSON");
            let status = entry["http.status"].as_u64().unwrap_or_default();
            answers += u64::from(status > 0);
            assert!(
                status < 500 && entry["level"] != "ERROR" && !line.contains("panic"),
                "{line}"
            );
        }
        assert!(answers > 1000, "only {answers} requests are logged");
    }
}

/// What a question to an embedded store answers.
fn ask_file(path: &Path, question: &str) -> Vec<String> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let file = rusqlite::Connection::open_with_flags(path, flags).expect("the file can be read");
    let mut query = file.prepare(question).expect("the table is there");
    let rows = query
        .query_map([], |row| row.get(0))
        .expect("the table can be read");
    rows.collect::<Result<_, _>>().expect("the table can be read")
}

/// What a question to PostgreSQL answers.
fn ask_database(url: &str, question: &str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    runtime.block_on(async {
        let connecting = tokio_postgres::connect(url, tokio_postgres::NoTls);
        let (client, connection) = connecting.await.expect("the database answers");
        tokio::spawn(connection);
        let rows = client.query(question, &[]).await.expect("the table can be read");
        rows.iter().map(|row| row.get(0)).collect()
    })
}

/// Makes the ordinary user; his token.
fn make_user(data: &Path) -> String {
    let data = data.to_str().expect("the folder has a plain name");
    let (email, name) = ("user@example.com", "User");
    let options = [
        ("--email", email),
        ("--name", name),
        ("--password", PASSWORD),
        ("--data-dir", data),
    ];
    let options = options.iter().flat_map(|(name, value)| [*name, *value]);
    let args: Vec<&str> = ["user", "create"].into_iter().chain(options).collect();
    let printed = stockyard(&args).ok();
    printed.split_whitespace().last().unwrap_or_default().to_owned()
}

/// Starts the server with the settings of this test.
fn serve(data: &Path, stub: &Stub) -> Server {
    let hosts = format!(r#"["{}", "files.example.com"]"#, stub.address);
    let mut env = SETTINGS.to_vec();
    env.extend([
        ("STOCKYARD_ADMIN_EMAIL", ADMIN),
        ("STOCKYARD_ADMIN_PASSWORD", PASSWORD),
        ("STOCKYARD_LIGHT100__ALLOWED_HOSTS", &hosts),
    ]);
    Server::with(&Start {
        dir: data,
        command: "serve",
        args: &[],
        env: &env,
    })
}
