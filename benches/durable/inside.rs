//! Through the store: a record of about 500 bytes with its line of history, as any part of the server writes it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use jsonb::{Jsonb, Limits};
use model::{CollectionId, Stamp, Timestamp};
use storage::sqlite::{self, Access};
use storage::tables::records::{Expect, Put, Written};
use storage::{Error, Store};

use super::flush::Floor;
use super::{CLIENTS, RECORDS, Turns, least, most, rates};
use crate::report::Figure;
use crate::stats::micros;
use crate::{Plan, catalogue};

pub(super) fn measure(plan: &Plan, floor: &mut Floor) -> anyhow::Result<Vec<Figure>> {
    let open = sqlite::open(
        &sqlite::Options::new(plan.folder("durable-store")?),
        Access::Serve,
    )?;
    let store = open.store();
    let collection = store.write_blocking(|tx| Ok::<_, Error>(tx.ensure_collection("articles")?.id))?;
    let writer = Writer {
        store,
        collection,
        next: AtomicU64::new(0),
    };
    for _ in 0..RECORDS / 10 {
        writer.write()?;
    }
    // A server lays its log out in the first idle second.
    thread::sleep(super::IDLE);
    let lone = Turns::take(plan.pick(1500, 300), floor, || {
        let (id, text) = writer.next();
        let begun = Instant::now();
        writer.put(id, &text)?;
        Ok(micros(begun.elapsed()))
    })?;
    let time = Duration::from_millis(plan.pick(1000, 400));
    let many = rates(plan.pick(7, 3), "64 clients, store", |clients| {
        writer.rate(clients, time)
    })?;
    Ok(vec![
        lone.figure("lone durable write, store").target(most(1.5)),
        many.target(least(4.0)),
    ])
}

struct Writer {
    store: Store,
    collection: CollectionId,
    next: AtomicU64,
}

impl Writer {
    /// Writes the next record, the first time round a new one.
    fn write(&self) -> anyhow::Result<()> {
        let (id, text) = self.next();
        self.put(id, &text)
    }

    /// The id and the text of the next record.
    fn next(&self) -> (String, String) {
        let number = catalogue::id(self.next.fetch_add(1, Ordering::Relaxed), RECORDS);
        (number.to_string(), catalogue::article(number))
    }

    fn put(&self, id: String, text: &str) -> anyhow::Result<()> {
        let collection = self.collection;
        let body = Jsonb::parse(text.as_bytes(), &Limits::default())?;
        let stamp = Stamp::new(Timestamp(0), "bench@example.com");
        let written = self.store.write_blocking(move |tx| {
            let put = Put {
                id: &id,
                expect: Expect::Any,
                label: "",
                archived: false,
                tags: &[],
                body: &body,
                stamp: &stamp,
                job: None,
            };
            tx.put_record(collection, &put)
        })?;
        ensure!(
            matches!(written, Written::Done { .. }),
            "a record was not written: {written:?}"
        );
        Ok(())
    }

    /// Writes per second of so many threads, each waiting for its own.
    fn rate(&self, clients: usize, time: Duration) -> anyhow::Result<f64> {
        debug_assert!(clients <= CLIENTS);
        let begun = Instant::now();
        let count = thread::scope(|scope| {
            let threads: Vec<_> = (0..clients)
                .map(|_| {
                    scope.spawn(|| {
                        let mut count = 0_u32;
                        while begun.elapsed() < time {
                            self.write()?;
                            count += 1;
                        }
                        anyhow::Ok(count)
                    })
                })
                .collect();
            let mut all = 0;
            for thread in threads {
                all += thread.join().ok().context("a client panicked")??;
            }
            anyhow::Ok(all)
        })?;
        Ok(f64::from(count) / begun.elapsed().as_secs_f64())
    }
}
