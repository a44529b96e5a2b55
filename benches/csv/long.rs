//! A long file, made while it is sent: how fast it is imported, and in how much memory.
//!
//! Rows of four kilobytes with a key of their own, so that each is looked for; `--megabytes=10240` makes the file ten
//! gigabytes long. What is sent is kept as a file until its job has ended, and each record once more in its history.

use std::io::{BufWriter, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::{Caller, time_of};
use crate::report::{Figure, Target};
use crate::server::Server;
use crate::{Plan, process};

/// Bytes of a row: its number, a comma, text, a line feed.
const ROW: usize = 4096;
const DIGITS: usize = 12;
const HEADER: &str = "name,text\n";
const HEAD: &str = "--bench\r\ncontent-disposition: form-data; name=\"file\"; filename=\"long.csv\"\r\n\r\n";
const TAIL: &str = "\r\n--bench--\r\n";
/// How often the job is looked after.
const LOOK: Duration = Duration::from_millis(200);

const APP: &str = "name: long\nlabel: Long\nenvironment: prod\ntimezone: UTC\n";
const ENTITY: &str = "name: rows\nlabel: Rows\nrecordLabel: fields/name\nauditLogs: true\nfields:\n  \
     - {name: name, label: Name, type: text, unique: true, indexable: true}\n  \
     - {name: text, label: Text, type: longText}\n";

/// Measures this part.
///
/// # Errors
/// When a row fails.
pub(super) fn measure(plan: &Plan) -> anyhow::Result<[Figure; 2]> {
    let megabytes = plan.megabytes.unwrap_or_else(|| plan.pick(1024, 128));
    let rows = megabytes * (1 << 20) / ROW as u64;
    let folder = plan.folder("csv-long")?;
    let app = folder.join("app");
    std::fs::create_dir_all(app.join("entities"))?;
    std::fs::write(app.join("app.yaml"), APP)?;
    std::fs::write(app.join("entities/rows.yaml"), ENTITY)?;
    let server = Server::start_with(&folder, &[("STOCKYARD_APP", &text(&app))])?;
    let caller = Caller::new(&server)?;
    let job = send(&server, &caller.token, rows)?;
    let job = ended(&server, &caller.token, &job)?;
    ensure!(job["results"]["rowsImported"] == rows, "{job}");
    let took = time_of(&job)?;
    let memory = process::memory(server.pid(), "VmHWM")?;
    server.stop()?;
    std::fs::remove_dir_all(&folder)?;
    let rate = megabytes as f64 / took.as_secs_f64();
    Ok([
        Figure::bare(
            format!("import of {megabytes} MiB in rows of 4 KiB"),
            rate,
            "MiB/s",
        ),
        Figure::bare(
            format!("most memory of the server for {megabytes} MiB"),
            memory,
            "MiB",
        )
        .target(Target::AtMost(128.0)),
    ])
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Sends so many rows; the id of the job.
fn send(server: &Server, token: &str, rows: u64) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(server.address)?;
    let length = rows as usize * ROW + HEAD.len() + HEADER.len() + TAIL.len();
    let mut out = BufWriter::with_capacity(1 << 20, &stream);
    write!(
        out,
        "POST /api/data/rows/import HTTP/1.1\r\nhost: bench\r\nconnection: close\r\ntoken: {token}\r\ncontent-type: \
         multipart/form-data; boundary=bench\r\ncontent-length: {length}\r\n\r\n{HEAD}{HEADER}"
    )?;
    let filler: Vec<u8> = (0..2 * ROW)
        .map(|place| b'a' + (place * place % 23) as u8)
        .collect();
    for row in 0..rows {
        let from = row as usize % ROW;
        write!(out, "{row:0DIGITS$},")?;
        out.write_all(&filler[from..from + ROW - DIGITS - 2])?;
        out.write_all(b"\n")?;
    }
    write!(out, "{TAIL}")?;
    out.flush()?;
    drop(out);
    let job = body(&mut stream)?;
    Ok(job["jobId"].as_str().context("the id of a job")?.to_owned())
}

/// The job when it has come to its end.
fn ended(server: &Server, token: &str, id: &str) -> anyhow::Result<Value> {
    loop {
        let mut stream = TcpStream::connect(server.address)?;
        write!(
            stream,
            "GET /api/status/jobs/{id} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\ntoken: {token}\r\n\r\n"
        )?;
        let job = body(&mut stream)?;
        if job["status"] == "FINISHED" {
            return Ok(job);
        }
        std::thread::sleep(LOOK);
    }
}

/// The body of an answer.
fn body(stream: &mut TcpStream) -> anyhow::Result<Value> {
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").context("an answer has a body")?;
    serde_json::from_str(body).context("a body is JSON")
}
