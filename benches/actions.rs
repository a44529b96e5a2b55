//! Actions of an app: what a function costs that does nothing, a job that runs one on many records, and what others feel
//! of functions that do harm.
//!
//! The function that does nothing runs on one record and is answered with it, so it is held against reading that record,
//! and, where histories tell of actions, against changing it; all by turns on one connection. The job changes every
//! record by its function. Harm is done by eight callers over and over: loops without end, memory without end, deep
//! recursion, an expression that takes for ever, saving without end; another one reads and changes a record meanwhile.

mod definition;
mod harm;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use jsonb::{Jsonb, Limits};
use model::{Stamp, Timestamp};
use serde_json::Value;
use storage::sqlite::{self, Access};
use storage::tables::records::{Expect, Put, Written};
use storage::{Error, Store};
use tokio::runtime::Runtime;

use crate::Plan;
use crate::connection::Connection;
use crate::report::{Figure, Target};
use crate::server::Server;
use crate::stats::{median, micros, millis, percentile};
use crate::wire::Client;

const DATA: &str = "/api/data";
const PER_WRITE: u64 = 1000;

/// Measures this part.
///
/// # Errors
/// When a server or the store does not work, or an answer is not what it should be.
pub(crate) fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let count = plan.pick(100_000, 5_000);
    let folder = plan.folder("actions")?;
    let app = definition::write(&folder)?;
    start(&folder, &app)?.stop()?;
    let opened = sqlite::open(&sqlite::Options::new(folder.join("data")), Access::Serve)?;
    fill(&opened.store(), count)?;
    opened.close();
    let server = start(&folder, &app)?;
    let mut figures = nothing(plan, &server)?;
    figures.push(job(&server, count)?);
    figures.extend(harm::measure(plan, &server)?);
    server.stop()?;
    Ok(figures)
}

fn start(folder: &Path, app: &Path) -> anyhow::Result<Server> {
    Server::start_with(folder, &[("STOCKYARD_APP", &app.display().to_string())])
}

/// The id of a record.
fn id(number: u64) -> String {
    format!("6ab10000{number:06x}5c0ffee5ca")
}

fn fill(store: &Store, count: u64) -> anyhow::Result<()> {
    for entity in ["items", "told"] {
        let collection = store.write_blocking(move |tx| tx.collection(&format!("app:{entity}")))?;
        let collection = collection.context("the app was not applied")?.id;
        for first in (0..count).step_by(PER_WRITE as usize) {
            let last = count.min(first + PER_WRITE);
            let written = store.write_blocking(move |tx| {
                let puts = (first..last).map(|number| {
                    let (id, name) = (id(number), format!("item {number}"));
                    let body =
                        format!(r#"{{"id":"{id}","version":0,"label":"{name}","name":"{name}","count":0}}"#);
                    let body = Jsonb::parse(body.as_bytes(), &Limits::default());
                    let body = body.map_err(|error| Error::Backend(error.to_string()))?;
                    let put = Put {
                        id: &id,
                        expect: Expect::Absent,
                        label: &name,
                        archived: false,
                        tags: &[],
                        body: &body,
                        stamp: &Stamp::new(Timestamp(1), "bench"),
                        job: None,
                    };
                    tx.put_record(collection, &put)
                });
                puts.collect::<Result<Vec<_>, Error>>()
            })?;
            let all = written.iter().all(|one| matches!(one, Written::Done { .. }));
            ensure!(all, "the store refused a record");
        }
    }
    Ok(())
}

/// One client, one connection.
struct Line {
    runtime: Runtime,
    connection: Connection,
    client: Client,
}

impl Line {
    fn open(server: &Server) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let client = server.client()?;
        let connection = runtime.block_on(Connection::open(client.address))?;
        Ok(Self {
            runtime,
            connection,
            client,
        })
    }

    /// How long a request takes.
    fn time(&mut self, method: &str, path: &str, body: &str) -> anyhow::Result<Duration> {
        let request = self.client.request(method, path, body.as_bytes());
        let begun = Instant::now();
        let status = self.runtime.block_on(self.connection.exchange(&request))?;
        let took = begun.elapsed();
        ensure!(status == 200, "{method} {path} is answered with {status}");
        if self.connection.is_over() {
            self.connection = self.runtime.block_on(Connection::open(self.client.address))?;
        }
        Ok(took)
    }
}

/// The function that does nothing, against reading and changing.
fn nothing(plan: &Plan, server: &Server) -> anyhow::Result<Vec<Figure>> {
    let (mut line, rounds) = (Line::open(server)?, plan.pick(2_000_u64, 200));
    let (mut get, mut act, mut put, mut told) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let (item, kept) = (
            format!("{DATA}/items/{}", id(0)),
            format!("{DATA}/told/{}", id(0)),
        );
        get.push(micros(line.time("GET", &item, "")?));
        act.push(micros(line.time("PUT", &format!("{item}/nothing"), "{}")?));
        put.push(micros(line.time(
            "PUT",
            &kept,
            &format!(r#"{{"count":{}}}"#, round + 1),
        )?));
        told.push(micros(line.time("PUT", &format!("{kept}/nothing"), "{}")?));
    }
    let of = |times: &[f64]| median(times.iter().copied());
    let (get, act, put, told) = (of(&get), of(&act), of(&put), of(&told));
    let added = |name: &str, ours: f64, theirs: f64, what: &str| {
        Figure::bare(name, (ours - theirs) / 1e3, "ms")
            .against(&format!("{ours:.0} µs against {what} of {theirs:.0} µs"))
            .target(Target::AtMost(1.0))
    };
    Ok(vec![
        added("an action that does nothing adds to a GET", act, get, "one"),
        added("the same, told in the history, adds to a PUT", told, put, "one"),
    ])
}

/// An action on all records by a job.
fn job(server: &Server, count: u64) -> anyhow::Result<Figure> {
    let client = server.client()?;
    let path = format!("{DATA}/items/touch?_async=true");
    let accepted: Value = serde_json::from_str(&client.send("PUT", &path, "application/json", b"{}")?)?;
    let job = client.ended(&accepted)?;
    ensure!(
        job["status"] == "FINISHED" && job["hasErrors"] == false && job["recordsProcessed"] == count,
        "the job ended otherwise: {job}"
    );
    let time = |key: &str| job[key].as_u64().context("a time of the job");
    let seconds = (time("endDate")? - time("startDate")?).max(1) as f64 / 1e3;
    let name = format!("a job that changes {count} records by a function");
    Ok(Figure::bare(name, count as f64 / seconds, "records/s").target(Target::AtLeast(5_000.0)))
}

/// Writes files below a folder.
fn written(folder: &Path, files: &[(&str, &str)]) -> anyhow::Result<PathBuf> {
    let root = folder.join("app");
    for (name, text) in files {
        let path = root.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
    }
    Ok(root)
}

/// What 99 of 100 requests take at most, in milliseconds.
fn p99(times: &[Duration]) -> f64 {
    percentile(times.iter().map(|time| millis(*time)), 0.99)
}
