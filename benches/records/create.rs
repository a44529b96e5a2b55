//! Companies made by many clients, each waiting for its own to be on disk: by the API and by the store alone.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use model::CollectionId;
use storage::Store;
use storage::sqlite::{self, Access};

use super::{DATA, companies, prepared, start};
use crate::report::{Figure, Target};
use crate::wire::Client;
use crate::{Plan, load, stats};

/// Clients that write at the same time.
const CLIENTS: usize = 64;

/// Measures both by turns, and files of the same app besides, which have no functions.
///
/// # Errors
/// When a record is refused.
pub(super) fn measure(plan: &Plan) -> anyhow::Result<Vec<Figure>> {
    let folder = prepared(plan, "records-store")?;
    let opened = sqlite::open(&sqlite::Options::new(folder.join("data")), Access::Serve)?;
    let store = opened.store();
    let floor = Floor {
        collection: companies::collection(&store)?,
        store,
        next: AtomicU64::new(0),
    };
    let server = start(&plan.folder("records-create")?)?;
    let (client, next) = (server.client()?, Rc::new(Cell::new(0)));
    let time = Duration::from_millis(plan.pick(1500, 500));
    let (mut ours, mut theirs, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=plan.pick(5, 3) {
        let rates = [
            rate(&client, "companies", companies::sent, &next, time)?,
            floor.rate(time)?,
            rate(&client, "files", file, &next, time)?,
        ];
        // The first one warms up.
        if round > 0 {
            for (list, rate) in [&mut ours, &mut theirs, &mut plain].into_iter().zip(rates) {
                list.push(rate);
            }
        }
    }
    server.stop()?;
    drop(floor);
    opened.close();
    let value = stats::median(ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs));
    let (ours, theirs, plain) = (stats::median(ours), stats::median(theirs), stats::median(plain));
    let against = format!("store, 64 clients {theirs:.0}/s");
    let create = Figure::ratio(
        "create of a company, 64 connections",
        format!("{ours:.0}/s"),
        against,
        value,
    );
    Ok(vec![
        create.target(Target::AtLeast(0.6)),
        Figure::bare(
            "create of a record without functions, 64 connections",
            plain,
            "/s",
        ),
    ])
}

/// Records made per second through the API.
fn rate(
    client: &Client,
    entity: &str,
    body: fn(u64) -> String,
    next: &Rc<Cell<u64>>,
    time: Duration,
) -> anyhow::Result<f64> {
    let (path, next, sender) = (format!("{DATA}/{entity}"), Rc::clone(next), client.clone());
    let made = move || {
        let number = next.replace(next.get() + 1);
        sender.request("POST", &path, body(number).as_bytes())
    };
    Ok(load::drive_made(client.address, &Rc::new(made), CLIENTS, time)?.rate())
}

fn file(number: u64) -> String {
    format!(
        r#"{{"name":"offer-{number}.pdf","description":"{}"}}"#,
        "x".repeat(400)
    )
}

/// The store alone.
struct Floor {
    store: Store,
    collection: CollectionId,
    next: AtomicU64,
}

impl Floor {
    /// Puts per second of so many threads, each waiting for its own.
    fn rate(&self, time: Duration) -> anyhow::Result<f64> {
        let begun = Instant::now();
        let count = thread::scope(|scope| {
            let work = || {
                let mut count = 0_u32;
                while begun.elapsed() < time {
                    let number = self.next.fetch_add(1, Ordering::Relaxed);
                    companies::add(&self.store, self.collection, number)?;
                    count += 1;
                }
                anyhow::Ok(count)
            };
            let threads: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(work)).collect();
            let mut all = 0;
            for thread in threads {
                all += thread.join().ok().context("a client panicked")??;
            }
            anyhow::Ok(all)
        })?;
        Ok(f64::from(count) / begun.elapsed().as_secs_f64())
    }
}
