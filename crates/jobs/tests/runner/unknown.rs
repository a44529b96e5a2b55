//! A store that goes away during a commit and cannot tell afterwards whether it was made: each chunk counts once all the same.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use jobs::{Interrupt, Kind, Outcome, Registry, Report, Run, Runner};
use model::job::{Item, ItemState, NewJob, Status};
use model::{JobSeq, Page};
use storage::{Access, Backend, Error, ReadTask, Store, WhenFull, WriteTask};

use super::bench::{Bench, new_job};
use super::bodies::Script;

const CHUNKS: u64 = 6;

/// What becomes of the next write.
#[derive(Default)]
struct Fate {
    unknown: AtomicBool,
    stored: AtomicBool,
    met: AtomicU32,
}

/// A store on another one, which now and then cannot tell what has become of a write.
struct Vague {
    store: Store,
    fate: Arc<Fate>,
}

impl Backend for Vague {
    fn submit_write(&self, task: Box<dyn WriteTask>, _: WhenFull) {
        let (store, fate) = (self.store.clone(), Arc::clone(&self.fate));
        thread::spawn(move || {
            let unknown = fate.unknown.swap(false, Ordering::SeqCst);
            let keep = !unknown || fate.stored.load(Ordering::SeqCst);
            let task = Arc::new(Mutex::new(Some(task)));
            let running = Arc::clone(&task);
            let written = store.write_blocking(move |tx| {
                let asks_to_keep = running.lock().unwrap().as_mut().unwrap().run(tx);
                (asks_to_keep && keep).then_some(()).ok_or(Error::Panicked)
            });
            // Its own word counts, unless the store has another.
            let said = match (unknown, written) {
                (true, _) => Err(Error::Unknown("gone".to_owned())),
                (false, Ok(()) | Err(Error::Panicked)) => Ok(()),
                (false, Err(error)) => Err(error),
            };
            fate.met.fetch_add(u32::from(unknown), Ordering::SeqCst);
            task.lock().unwrap().take().unwrap().finish(said);
        });
    }

    fn submit_read(&self, task: Box<dyn ReadTask>, _: WhenFull) {
        let store = self.store.clone();
        thread::spawn(move || {
            let read = store.read_blocking(move |tx| {
                task.run(tx);
                Ok::<_, Error>(())
            });
            read.unwrap();
        });
    }

    fn submit_scan(&self, task: Box<dyn ReadTask>, when_full: WhenFull) {
        self.submit_read(task, when_full);
    }

    fn is_exclusive(&self) -> bool {
        true
    }

    fn access(&self) -> Access {
        Access::Serve
    }
}

/// Counts a number up, once a chunk; the commit of every second chunk has an unknown end.
struct Counting(Arc<Fate>);

impl Kind for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn run(&self, run: &mut Run) -> Result<Outcome, Interrupt> {
        let done: u64 = run.checkpoint()?.unwrap_or_default();
        for chunk in done..CHUNKS {
            let met = u64::from(self.0.met.load(Ordering::SeqCst));
            self.0.unknown.store(met * 2 <= chunk, Ordering::SeqCst);
            run.commit(move |tx| {
                let count: u64 = tx.mark("count")?.map_or(0, |text| text.parse().unwrap());
                tx.set_mark("count", &(count + 1).to_string())?;
                Ok(Report {
                    items: vec![Item {
                        number: chunk,
                        key: String::new(),
                        state: ItemState::Done,
                        detail: None,
                    }],
                    processed: 1,
                    checkpoint: Some((chunk + 1).to_string()),
                    ..Report::default()
                })
            })?;
        }
        Ok(Outcome::Finished(None))
    }
}

#[test]
fn a_chunk_counts_once_whether_its_unknown_commit_was_made_or_not() {
    for stored in [true, false] {
        let bench = Bench::new();
        let fate = Arc::new(Fate::default());
        fate.stored.store(stored, Ordering::SeqCst);
        let store = Store::new(Arc::new(Vague {
            store: bench.store.clone(),
            fate: Arc::clone(&fate),
        }));
        let registry = Registry::new().with(Counting(Arc::clone(&fate)));
        let runner = Runner::new(store, bench.env.clone(), registry, bench.options.clone());
        let new = NewJob {
            kind: "counting",
            ..new_job(&bench.env, &Script::default())
        };
        bench.write(move |tx| Ok(tx.insert_job(&new)?)).unwrap();
        bench.drain(&runner);
        let job = bench.job(JobSeq(1));
        assert_eq!((job.status, job.counts.processed), (Status::Finished, CHUNKS));
        let items = bench.read(|tx| tx.items(JobSeq(1), &[], Page::first(100)));
        assert_eq!(items.entries.len() as u64, CHUNKS);
        let count = bench.read(|tx| tx.mark("count"));
        assert_eq!(count, Some(CHUNKS.to_string()), "stored: {stored}");
        assert_eq!(u64::from(fate.met.load(Ordering::SeqCst)), CHUNKS / 2);
    }
}
