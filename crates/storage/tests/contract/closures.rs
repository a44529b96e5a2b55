//! What a closure may rely on: all of it or nothing, alone or in a group with others.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use model::CollectionId;
use storage::tables::records::Expect;
use storage::{Access, Backend, Error, ReadTask, Store, WhenFull, WriteTask};

use super::bed::{Bed, Fault, collection, put, put_now, read, seen, write};

/// Keeps the writer busy until the sender is used, so that what is sent meanwhile waits and becomes one group.
fn hold(store: &Store) -> Sender<()> {
    let ((begun, has_begun), (go, wait)) = (channel(), channel());
    let wait = Mutex::new(wait);
    drop(store.send_write(move |_| {
        begun.send(()).unwrap();
        wait.lock().unwrap().recv().unwrap();
        Ok::<_, Error>(())
    }));
    has_begun.recv().unwrap();
    go
}

/// Runs `odd` between two good writes of one group, and checks that those are stored.
fn between_good_writes<T: Send + 'static>(
    bed: &dyn Bed,
    odd: impl Fn(&mut dyn storage::Tx, CollectionId) -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let (c, store) = (collection(bed), bed.store());
    let go = hold(&store);
    let good = |id: &'static str| store.send_write(move |tx| put(tx, c, id, Expect::Absent, "{}"));
    let first = good("first");
    let odd = store.send_write(move |tx| odd(tx, c));
    let last = good("last");
    go.send(()).unwrap();
    first.blocking_recv().unwrap().unwrap();
    last.blocking_recv().unwrap().unwrap();
    let ids: Vec<String> = read(bed, move |tx| tx.records_after(c, "", 9))
        .into_iter()
        .map(|record| record.id)
        .collect();
    assert_eq!(ids, ["first", "last"]);
    assert_eq!(
        read(bed, move |tx| tx.history_after(c, model::HistorySeq(0), 9)).len(),
        2
    );
    odd.blocking_recv().unwrap()
}

pub(crate) fn an_error_undoes_only_its_closure(bed: &dyn Bed) {
    let outcome = between_good_writes(bed, |tx, c| {
        put(tx, c, "mine", Expect::Absent, "{}")?;
        Err::<(), _>(Fault::Own("changed my mind"))
    });
    assert!(
        matches!(outcome, Err(Fault::Own("changed my mind"))),
        "{outcome:?}"
    );
}

pub(crate) fn a_panic_undoes_only_its_closure(bed: &dyn Bed) {
    let outcome = between_good_writes(bed, |tx, c| {
        put(tx, c, "mine", Expect::Absent, "{}")?;
        if c.0 > 0 {
            panic!("as planned");
        }
        Ok(())
    });
    assert!(
        matches!(outcome, Err(Fault::Store(Error::Panicked))),
        "{outcome:?}"
    );
}

pub(crate) fn a_swallowed_error_undoes_its_closure(bed: &dyn Bed) {
    let outcome = between_good_writes(bed, |tx, c| {
        put(tx, c, "mine", Expect::Absent, "{}")?;
        let failed = put(tx, CollectionId(4711), "x", Expect::Any, "{}").is_err();
        Ok(failed)
    });
    assert!(
        matches!(outcome, Err(Fault::Store(Error::Backend(_)))),
        "{outcome:?}"
    );
}

pub(crate) fn a_reading_panic_is_an_error(bed: &dyn Bed) {
    for _ in 0..9 {
        let outcome = bed.store().read_blocking(|tx| {
            if tx.mark("none")?.is_none() {
                panic!("as planned");
            }
            Ok::<_, Error>(())
        });
        assert!(matches!(outcome, Err(Error::Panicked)), "{outcome:?}");
    }
    assert_eq!(read(bed, |tx| tx.mark("none")), None);
}

pub(crate) fn actions_run_after_the_commit(bed: &dyn Bed) {
    let order = Arc::new(Mutex::new(Vec::new()));
    let (reader, noted) = (bed.store(), Arc::clone(&order));
    write(bed, move |tx| {
        tx.set_mark("m", "stored")?;
        for n in 0..3 {
            let (reader, noted) = (reader.clone(), Arc::clone(&noted));
            tx.on_commit(Box::new(move || {
                let mark = reader.read_blocking(|tx| tx.mark("m")).unwrap();
                noted.lock().unwrap().push((n, mark));
            }));
        }
        Ok(())
    });
    // The caller has its answer, so they have run.
    let stored = |n| (n, Some("stored".to_owned()));
    assert_eq!(*order.lock().unwrap(), [stored(0), stored(1), stored(2)]);
}

pub(crate) fn actions_of_undone_work_never_run(bed: &dyn Bed) {
    let (ran, good) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let action = |count: &Arc<AtomicU32>| -> Box<dyn FnOnce() + Send> {
        let count = Arc::clone(count);
        Box::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
        })
    };
    let store = bed.store();
    let go = hold(&store);
    let (bad, kept) = (Arc::clone(&ran), Arc::clone(&good));
    let waiting: Vec<_> = (0..9)
        .map(|n| {
            let (bad, kept) = (Arc::clone(&bad), Arc::clone(&kept));
            store.send_write(move |tx| {
                tx.on_commit(action(if n % 3 == 0 { &kept } else { &bad }));
                match n % 3 {
                    0 => Ok(()),
                    1 => Err(Fault::Own("no")),
                    _ => panic!("as planned"),
                }
            })
        })
        .collect();
    go.send(()).unwrap();
    let answers = waiting.into_iter().map(|answer| answer.blocking_recv().unwrap());
    assert_eq!(answers.filter(Result::is_ok).count(), 3);
    assert_eq!((ran.load(Ordering::SeqCst), good.load(Ordering::SeqCst)), (0, 3));
}

pub(crate) fn a_panicking_action_harms_nobody(bed: &dyn Bed) {
    write(bed, |tx| {
        tx.on_commit(Box::new(|| panic!("as planned")));
        tx.set_mark("m", "1")
    });
    write(bed, |tx| tx.set_mark("n", "2"));
    let marks = read(bed, |tx| Ok((tx.mark("m")?, tx.mark("n")?)));
    assert_eq!(marks, (Some("1".to_owned()), Some("2".to_owned())));
}

/// A backend that runs each write twice, as one does whose first attempt was undone by a conflict with another writer.
struct Twice(Store);

impl Backend for Twice {
    fn submit_write(&self, task: Box<dyn WriteTask>, _: WhenFull) {
        let task = Arc::new(Mutex::new(Some(task)));
        let run = |keep: bool| {
            let task = Arc::clone(&task);
            self.0.write_blocking(move |tx| {
                let wants = task.lock().unwrap().as_mut().unwrap().run(tx);
                if keep && wants {
                    Ok(())
                } else {
                    Err(Fault::Own("undone"))
                }
            })
        };
        run(false).unwrap_err();
        run(true).unwrap();
        task.lock().unwrap().take().unwrap().finish(Ok(()));
    }

    fn submit_read(&self, task: Box<dyn ReadTask>, _: WhenFull) {
        task.fail(Error::Closed);
    }

    fn submit_scan(&self, task: Box<dyn ReadTask>, _: WhenFull) {
        task.fail(Error::Closed);
    }

    fn is_exclusive(&self) -> bool {
        false
    }

    fn access(&self) -> Access {
        Access::Visit
    }
}

pub(crate) fn closures_may_be_run_again(bed: &dyn Bed) {
    let c = collection(bed);
    let (acted, runs) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (actions, count) = (Arc::clone(&acted), Arc::clone(&runs));
    let answer = Store::new(Arc::new(Twice(bed.store()))).write_blocking(move |tx| {
        let actions = Arc::clone(&actions);
        tx.on_commit(Box::new(move || {
            actions.fetch_add(1, Ordering::SeqCst);
        }));
        put(tx, c, "a", Expect::Absent, "{}")?;
        Ok::<_, Error>(count.fetch_add(1, Ordering::SeqCst) + 1)
    });
    assert_eq!((answer.unwrap(), runs.load(Ordering::SeqCst)), (2, 2));
    assert_eq!(acted.load(Ordering::SeqCst), 1);
    assert_eq!(seen(bed, c, "a"), Some((1, "{}".to_owned())));
}

pub(crate) fn an_answered_write_is_seen(bed: &dyn Bed) {
    for n in 0..200 {
        let value = n.to_string();
        let sent = value.clone();
        write(bed, move |tx| tx.set_mark("m", &sent));
        assert_eq!(read(bed, |tx| tx.mark("m")), Some(value));
    }
}

pub(crate) fn uncommitted_work_is_not_seen(bed: &dyn Bed) {
    let ((written, is_written), (go, wait)) = (channel(), channel());
    let wait: Mutex<Receiver<()>> = Mutex::new(wait);
    let answer = bed.store().send_write(move |tx| {
        tx.set_mark("m", "early")?;
        written.send(()).unwrap();
        wait.lock().unwrap().recv().unwrap();
        Ok::<_, Error>(())
    });
    is_written.recv().unwrap();
    for _ in 0..9 {
        assert_eq!(read(bed, |tx| tx.mark("m")), None);
    }
    go.send(()).unwrap();
    answer.blocking_recv().unwrap().unwrap();
    assert_eq!(read(bed, |tx| tx.mark("m")).as_deref(), Some("early"));
}

pub(crate) fn a_closure_sees_its_own_writes(bed: &dyn Bed) {
    let inside = write(bed, |tx| {
        let c = tx.ensure_collection("c")?.id;
        put(tx, c, "a", Expect::Absent, "[1]")?;
        put(tx, c, "a", Expect::Version(1), "[2]")?;
        Ok((tx.record_body(c, "a")?, tx.count_records(c)?, tx.history_head(c)?))
    });
    let (body, count, head) = inside;
    assert_eq!(
        body.map(|(version, body)| (version, body.to_text().unwrap())),
        Some((2, "[2]".to_owned()))
    );
    assert_eq!((count, head.0), (1, 2));
}

pub(crate) fn a_caller_that_left_is_no_harm(bed: &dyn Bed) {
    let c = collection(bed);
    drop(
        bed.store()
            .send_write(move |tx| put(tx, c, "a", Expect::Absent, "{}")),
    );
    put_now(bed, c, "b", Expect::Absent, "{}");
    assert_eq!(seen(bed, c, "a"), Some((1, "{}".to_owned())));
}

pub(crate) fn closed_answers_closed(bed: &dyn Bed) {
    let store = bed.store();
    write(bed, |tx| tx.set_mark("m", "1"));
    bed.close();
    bed.close();
    let written = store.write_blocking(|tx| tx.set_mark("m", "2"));
    let read = store.read_blocking(|tx| tx.mark("m"));
    assert!(matches!(written, Err(Error::Closed)), "{written:?}");
    assert!(matches!(read, Err(Error::Closed)), "{read:?}");
}

pub(crate) fn async_calls_work(bed: &dyn Bed) {
    let store = bed.store();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mark = runtime.block_on(async move {
        store.write(|tx| tx.set_mark("m", "1")).await?;
        store.read(|tx| tx.mark("m")).await
    });
    assert_eq!(mark.unwrap().as_deref(), Some("1"));
}
