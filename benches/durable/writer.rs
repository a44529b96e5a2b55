//! Writers of records through the store, as many as are asked for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use jsonb::{Jsonb, Limits};
use model::{CollectionId, Stamp, Timestamp};
use storage::tables::records::{Expect, Put, Written};
use storage::{Error, Store};

use super::{CLIENTS, RECORDS};
use crate::catalogue;

/// Writes records by turns, the first time round new ones.
pub(crate) struct Writer {
    store: Store,
    collection: CollectionId,
    next: AtomicU64,
}

impl Writer {
    /// One that begins with the first record.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) fn new(store: Store) -> anyhow::Result<Self> {
        let collection = store
            .write_blocking(|tx| Ok::<_, Error>(tx.ensure_collection(engine::articles::COLLECTION)?.id))?;
        let next = AtomicU64::new(0);
        Ok(Self {
            store,
            collection,
            next,
        })
    }

    /// Writes the next record, the first time round a new one.
    ///
    /// # Errors
    /// When it is not written.
    pub(crate) fn write(&self) -> anyhow::Result<()> {
        let (id, text) = self.next();
        self.put(id, &text)
    }

    /// The id and the text of the next record.
    pub(crate) fn next(&self) -> (String, String) {
        let number = catalogue::id(self.next.fetch_add(1, Ordering::Relaxed), RECORDS);
        (number.to_string(), catalogue::article(number))
    }

    /// Writes a record and waits for its commit.
    ///
    /// # Errors
    /// When it is not written.
    pub(crate) fn put(&self, id: String, text: &str) -> anyhow::Result<()> {
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
    ///
    /// # Errors
    /// When one is not written.
    pub(crate) fn rate(&self, clients: usize, time: Duration) -> anyhow::Result<f64> {
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
