//! Receivers that wait. Nobody asks the store again and again: whoever makes messages ready wakes as many receivers of
//! that queue as there are messages, and one timer per queue stands for what becomes ready later.
//!
//! A receiver enters before it looks, so nothing is missed in between; one that is woken and leaves passes the word on.
//! What other nodes do is heard of by the store's announcement, after which the queues that have receivers here are looked
//! at with one question (in `upkeep`).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::{HeapId, Timestamp};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::task::AbortHandle;

use super::QueueName;

/// How long a bound is believed, in milliseconds.
const BELIEVED: i64 = 60_000;
/// Bounds that are kept.
const MOST_BOUNDS: usize = 10_000;

/// All who wait in this process.
pub(crate) struct Waiting {
    spots: Mutex<HashMap<QueueName, Arc<Spot>>>,
    closed: AtomicBool,
    /// Somebody else has announced something.
    pub(super) heard: Notify,
    rooms: Mutex<HashMap<HeapId, Room>>,
    runtime: Handle,
}

/// Those who wait for one queue.
struct Spot {
    woken: Notify,
    count: AtomicUsize,
    /// Where its messages lie; zero until somebody has looked.
    heap: AtomicI64,
    timer: Mutex<Option<Timer>>,
}

struct Timer {
    at: Timestamp,
    task: AbortHandle,
}

/// How many messages may surely be given out before they need to be counted again.
struct Room {
    left: u64,
    since: Timestamp,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Waiting {
    /// Nobody yet; timers run on this runtime.
    pub(crate) fn new(runtime: Handle) -> Self {
        Self {
            spots: Mutex::default(),
            closed: AtomicBool::new(false),
            heard: Notify::new(),
            rooms: Mutex::default(),
            runtime,
        }
    }

    /// Begins to wait for a queue.
    pub(super) fn enter(self: &Arc<Self>, name: &QueueName) -> Place {
        let mut spots = locked(&self.spots);
        let spot = spots.entry(name.clone()).or_insert_with(|| {
            Arc::new(Spot {
                woken: Notify::new(),
                count: AtomicUsize::new(0),
                heap: AtomicI64::new(0),
                timer: Mutex::default(),
            })
        });
        spot.count.fetch_add(1, Ordering::Relaxed);
        Place {
            spot: Arc::clone(spot),
            name: name.clone(),
            waiting: Arc::clone(self),
        }
    }

    /// So many messages of a queue are ready from a time on; zero: nobody knows how many.
    pub(super) fn ready(&self, name: &QueueName, count: usize, at: Timestamp, now: Timestamp) {
        let Some(spot) = locked(&self.spots).get(name).map(Arc::clone) else {
            return;
        };
        if at > now {
            return spot.wake_at(&self.runtime, at, now);
        }
        for _ in 0..count.clamp(1, spot.count.load(Ordering::Relaxed).max(1)) {
            spot.woken.notify_one();
        }
    }

    /// The queues that somebody waits for and where their messages lie.
    pub(super) fn heaps(&self) -> Vec<(QueueName, HeapId)> {
        let heap = |spot: &Spot| HeapId(spot.heap.load(Ordering::Relaxed));
        let spots = locked(&self.spots);
        let known = spots.iter().map(|(name, spot)| (name.clone(), heap(spot)));
        known.filter(|(_, heap)| heap.0 != 0).collect()
    }

    /// Lets all go, now and later: the server stops.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        for spot in locked(&self.spots).values() {
            spot.woken.notify_waiters();
        }
    }

    /// Takes room for `count` messages, if there surely is some.
    pub(super) fn take_room(&self, heap: HeapId, count: u64, now: Timestamp) -> bool {
        let mut rooms = locked(&self.rooms);
        let Some(room) = rooms.get_mut(&heap) else {
            return false;
        };
        if room.left < count || now.millis_since(room.since) > BELIEVED {
            return false;
        }
        room.left -= count;
        true
    }

    /// Notes that there is room for so many.
    pub(super) fn note_room(&self, heap: HeapId, left: u64, since: Timestamp) {
        let mut rooms = locked(&self.rooms);
        if rooms.len() >= MOST_BOUNDS {
            rooms.clear();
        }
        rooms.insert(heap, Room { left, since });
    }
}

impl Spot {
    /// Wakes one at this time, unless somebody is woken before.
    fn wake_at(self: &Arc<Self>, runtime: &Handle, at: Timestamp, now: Timestamp) {
        let mut timer = locked(&self.timer);
        if timer
            .as_ref()
            .is_some_and(|timer| timer.at > now && timer.at <= at)
        {
            return;
        }
        let pause = Duration::from_millis(u64::try_from(at.millis_since(now)).unwrap_or(0));
        let spot = Arc::downgrade(self);
        let task = runtime.spawn(async move {
            tokio::time::sleep(pause).await;
            if let Some(spot) = spot.upgrade() {
                locked(&spot.timer).take();
                spot.woken.notify_one();
            }
        });
        let task = task.abort_handle();
        if let Some(before) = timer.replace(Timer { at, task }) {
            before.task.abort();
        }
    }
}

/// One who waits; leaves when dropped.
pub(super) struct Place {
    spot: Arc<Spot>,
    name: QueueName,
    waiting: Arc<Waiting>,
}

impl Place {
    /// Until there may be something.
    pub(super) fn woken(&self) -> Notified<'_> {
        self.spot.woken.notified()
    }

    /// There may be more than this one took.
    pub(super) fn pass_on(&self) {
        self.spot.woken.notify_one();
    }

    /// What a look has shown: where the messages lie, and when the next is ready.
    pub(super) fn note(&self, heap: HeapId, next: Option<Timestamp>, now: Timestamp) {
        self.spot.heap.store(heap.0, Ordering::Relaxed);
        if let Some(at) = next {
            self.spot.wake_at(&self.waiting.runtime, at, now);
        }
    }

    /// Whether nobody is to wait any more.
    pub(super) fn is_closed(&self) -> bool {
        self.waiting.closed.load(Ordering::Acquire)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut spots = locked(&self.waiting.spots);
        if self.spot.count.fetch_sub(1, Ordering::Relaxed) == 1 {
            spots.remove(&self.name);
            if let Some(timer) = locked(&self.spot.timer).take() {
                timer.task.abort();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::{HeapId, Timestamp};
    use tokio::runtime::Handle;
    use tokio::sync::oneshot;

    use super::{Place, Waiting};
    use crate::queues::QueueName;

    fn name(name: &str) -> QueueName {
        QueueName {
            account: "1".to_owned(),
            name: name.to_owned(),
        }
    }

    fn waiting() -> Arc<Waiting> {
        Arc::new(Waiting::new(Handle::current()))
    }

    /// Waits in the background; the receiver hears when it was woken.
    async fn wait(place: Place) -> oneshot::Receiver<()> {
        let (begun, has_begun) = oneshot::channel();
        let (done, is_done) = oneshot::channel();
        tokio::spawn(async move {
            let mut woken = std::pin::pin!(place.woken());
            woken.as_mut().enable();
            let _ = begun.send(());
            woken.await;
            let _ = done.send(());
        });
        has_begun.await.unwrap();
        is_done
    }

    #[tokio::test]
    async fn as_many_are_woken_as_there_are_messages() {
        let all = waiting();
        let (one, two, mut three) = (
            wait(all.enter(&name("a"))).await,
            wait(all.enter(&name("a"))).await,
            wait(all.enter(&name("a"))).await,
        );
        let mut other = wait(all.enter(&name("b"))).await;
        all.ready(&name("a"), 2, Timestamp(5), Timestamp(5));
        one.await.unwrap();
        two.await.unwrap();
        assert!(three.try_recv().is_err() && other.try_recv().is_err());
        all.ready(&name("a"), 100, Timestamp(5), Timestamp(9));
        three.await.unwrap();
        assert!(other.try_recv().is_err());
        all.close();
        other.await.unwrap();
    }

    #[tokio::test]
    async fn a_word_that_came_before_the_look_is_not_lost() {
        let all = waiting();
        let place = all.enter(&name("a"));
        all.ready(&name("a"), 1, Timestamp(5), Timestamp(5));
        place.woken().await;
    }

    /// Were another time taken than the earliest, this test would take an hour.
    #[tokio::test]
    async fn the_earliest_time_counts() {
        const HOUR: i64 = 3_600_000;
        let all = waiting();
        let begun = tokio::time::Instant::now();
        let place = all.enter(&name("a"));
        place.note(HeapId(7), Some(Timestamp(HOUR)), Timestamp(0));
        all.ready(&name("a"), 0, Timestamp(30), Timestamp(0));
        all.ready(&name("a"), 0, Timestamp(2 * HOUR), Timestamp(0));
        place.woken().await;
        assert!(begun.elapsed().as_millis() >= 30);
        assert_eq!(all.heaps(), [(name("a"), HeapId(7))]);
        // The timer is free for the next.
        place.note(HeapId(7), Some(Timestamp(60)), Timestamp(30));
        place.woken().await;
        assert!(begun.elapsed().as_millis() >= 60);
        drop(place);
        assert_eq!(all.heaps(), []);
    }

    #[tokio::test]
    async fn room_is_taken_and_not_believed_for_long() {
        let all = waiting();
        let (heap, now) = (HeapId(1), Timestamp(0));
        assert!(!all.take_room(heap, 1, now));
        all.note_room(heap, 15, now);
        assert!(all.take_room(heap, 10, now) && !all.take_room(heap, 10, now));
        assert!(all.take_room(heap, 5, Timestamp(60_000)));
        all.note_room(heap, 15, now);
        assert!(!all.take_room(heap, 1, Timestamp(60_001)));
    }
}
