//! What one caller feels of others whose functions do harm.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::{DATA, Line, id, p99};
use crate::Plan;
use crate::report::{Figure, Target};
use crate::server::Server;

/// Who does harm at a time.
const CALLERS: u64 = 8;
const KINDS: [&str; 5] = ["endless", "memory", "deep", "expression", "saves"];

/// Measures reading and changing a record without and with them.
///
/// # Errors
/// When an answer of the one caller is not what it should be, or none of the others was served.
pub(super) fn measure(plan: &Plan, server: &Server) -> anyhow::Result<Vec<Figure>> {
    let time = Duration::from_secs(plan.pick(40, 4));
    let mut line = Line::open(server)?;
    let quiet = one(&mut line, time / 4)?;
    let (over, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut callers = Vec::new();
    for number in 0..CALLERS {
        let (client, over, sent) = (server.client()?, Arc::clone(&over), Arc::clone(&sent));
        callers.push(thread::spawn(move || {
            for kind in KINDS.iter().cycle().skip(usize::try_from(number).unwrap_or(0)) {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let path = format!("{DATA}/items/{}/{kind}", id(number + 1));
                sent.fetch_add(1, Ordering::Relaxed);
                // All of it is refused in the end.
                drop(client.send("PUT", &path, "application/json", b"{}"));
            }
        }));
    }
    let beside = one(&mut line, time);
    over.store(true, Ordering::Relaxed);
    let beside = beside?;
    // They wait for answers that may take half a minute; nobody waits for them.
    drop(callers);
    ensure!(
        sent.load(Ordering::Relaxed) >= CALLERS,
        "nobody did harm meanwhile"
    );
    let figure = |name: &str, (quiet, beside): (f64, f64)| {
        Figure::bare(name, beside, "ms").against(&format!("{quiet:.1} ms without them"))
    };
    Ok(vec![
        figure(
            "p99 of a GET beside functions that do harm",
            (p99(&quiet.0), p99(&beside.0)),
        )
        .target(Target::AtMost(50.0)),
        figure(
            "p99 of a PUT beside functions that do harm",
            (p99(&quiet.1), p99(&beside.1)),
        )
        .target(Target::AtMost(100.0)),
    ])
}

type Times = (Vec<Duration>, Vec<Duration>);

/// Reads and changes a record by turns for some time.
fn one(line: &mut Line, time: Duration) -> anyhow::Result<Times> {
    let (path, begun) = (format!("{DATA}/items/{}", id(0)), Instant::now());
    let (mut gets, mut puts) = Times::default();
    while begun.elapsed() < time {
        gets.push(line.time("GET", &path, "")?);
        let body = format!(r#"{{"count":{}}}"#, puts.len() + 1_000);
        puts.push(line.time("PUT", &path, &body)?);
    }
    Ok((gets, puts))
}
