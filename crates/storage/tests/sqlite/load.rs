//! Queues that fill up, a log under steady load.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use storage::sqlite::{Access, Options, open};
use storage::{Error, ReadTx, Store};

use super::kit::{body, collection, counts, options, put, put_one, serve};

const WAITING: usize = 8192;

struct Gate {
    begun: Sender<()>,
    wait: Arc<Mutex<Receiver<()>>>,
}

impl Gate {
    fn pass(&self) {
        self.begun.send(()).unwrap();
        // The sender is dropped to open the gate.
        let _ = self.wait.lock().unwrap().recv();
    }
}

fn gate() -> (Gate, Receiver<()>, Sender<()>) {
    let ((begun, has_begun), (open, wait)) = (channel(), channel());
    let wait = Arc::new(Mutex::new(wait));
    (Gate { begun, wait }, has_begun, open)
}

#[test]
fn a_full_queue_of_writes_refuses_requests_and_lets_threads_wait() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path());
    let store = server.store();
    let (gate, has_begun, open) = gate();
    let held = store.send_write(move |_| {
        gate.pass();
        Ok::<_, Error>(())
    });
    has_begun.recv().unwrap();
    let nothing = |store: &Store| store.send_write(|_| Ok::<_, Error>(()));
    let waiting: Vec<_> = (0..WAITING).map(|_| nothing(&store)).collect();
    let refused = nothing(&store).blocking_recv().unwrap();
    assert!(matches!(refused, Err(Error::Busy)), "{refused:?}");
    let patient = std::thread::spawn(move || store.write_blocking(|tx| tx.set_mark("m", "patient")));
    // Whether it has asked already or will only now: it gets its turn.
    drop(open);
    held.blocking_recv().unwrap().unwrap();
    patient.join().unwrap().unwrap();
    assert!(
        waiting
            .into_iter()
            .all(|answer| answer.blocking_recv().unwrap().is_ok())
    );
}

#[test]
fn a_full_queue_of_reads_refuses_requests_and_lets_threads_wait() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path());
    let store = server.store();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut gates = Vec::new();
        let mut held = Vec::new();
        for _ in 0..options(directory.path()).readers {
            let (gate, has_begun, open) = gate();
            let store = store.clone();
            held.push(std::thread::spawn(move || {
                store.read_blocking(move |_| {
                    gate.pass();
                    Ok::<_, Error>(())
                })
            }));
            has_begun.recv().unwrap();
            gates.push(open);
        }
        let nothing = || store.read(|_: &mut dyn ReadTx| Ok::<_, Error>(()));
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(nothing())).collect();
        for answer in &mut waiting {
            // The first poll queues it.
            assert!(Future::poll(answer.as_mut(), &mut noop()).is_pending());
        }
        let refused = nothing().await;
        assert!(matches!(refused, Err(Error::Busy)), "{refused:?}");
        let patient = store.clone();
        let patient = std::thread::spawn(move || patient.read_blocking(|tx| tx.mark("none")));
        drop(gates);
        assert_eq!(patient.join().unwrap().unwrap(), None);
        for answer in waiting {
            answer.await.unwrap();
        }
        assert!(held.into_iter().all(|thread| thread.join().unwrap().is_ok()));
    });
}

fn noop() -> std::task::Context<'static> {
    std::task::Context::from_waker(std::task::Waker::noop())
}

#[test]
fn a_slow_read_delays_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path());
    let store = server.store();
    let (gate, has_begun, open) = gate();
    let slow = store.clone();
    let slow = std::thread::spawn(move || {
        slow.read_blocking(move |_| {
            gate.pass();
            Ok::<_, Error>(())
        })
    });
    has_begun.recv().unwrap();
    for _ in 0..100 {
        store.read_blocking(|tx| tx.mark("none")).unwrap();
    }
    drop(open);
    slow.join().unwrap().unwrap();
}

#[test]
fn an_open_snapshot_serves_nobody_who_came_later() {
    let directory = tempfile::tempdir().unwrap();
    let one = Options {
        readers: 1,
        ..options(directory.path())
    };
    let server = open(&one, Access::Serve).unwrap();
    let store = server.store();
    let (gate, has_begun, release) = gate();
    let early = store.clone();
    let early = std::thread::spawn(move || {
        early.read_blocking(move |tx| {
            let before = tx.mark("m")?;
            gate.pass();
            Ok::<_, Error>((before, tx.mark("m")?))
        })
    });
    has_begun.recv().unwrap();
    store.write_blocking(|tx| tx.set_mark("m", "new")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut late = Box::pin(store.read(|tx| tx.mark("m")));
    assert!(Future::poll(late.as_mut(), &mut noop()).is_pending());
    drop(release);
    assert_eq!(runtime.block_on(late).unwrap().as_deref(), Some("new"));
    assert_eq!(early.join().unwrap().unwrap(), (None, None));
}

#[test]
fn the_log_stays_short_under_steady_reads_and_writes() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path());
    let (store, c) = (server.store(), collection(&server.store()));
    let log = directory.path().join("stockyard.db-wal");
    put_one(&store, c, "0", 10).unwrap();
    let (done, mut longest) = (AtomicBool::new(false), 0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    store
                        .read_blocking(move |tx| tx.records_after(c, "", 20))
                        .unwrap();
                }
            });
        }
        // 256 MiB in all; the log is folded every 32 MiB.
        for n in 0..128 {
            let body = body(1 << 17);
            let group = move |tx: &mut dyn storage::Tx| {
                (0..8).try_for_each(|m| put(tx, c, &format!("{}", (n + m) % 64), &body).map(drop))
            };
            store.write_blocking(group).unwrap();
            longest = longest.max(std::fs::metadata(&log).unwrap().len());
        }
        done.store(true, Ordering::SeqCst);
    });
    assert!(longest < 96 << 20, "the log grew to {longest} bytes");
    assert_eq!(counts(&store, c).1, 1 + 128 * 8);
}
