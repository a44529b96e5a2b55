//! The threads of the interpreters, and the queue in front of them.
//!
//! A caller waits for its task. Where an interpreter cannot be stopped in time (some of its library's functions ask for the
//! time only now and then, and a script made for it can swallow the stop), the caller gets its timeout all the same: the
//! thread is given up, another takes its place, and it ends by itself when its script does, or sleeps.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::realm::Realm;
use crate::{Kind, Options, ScriptError};

/// Room on a thread's stack beside the interpreter's.
const BESIDE: usize = 1 << 20;

/// How late a stop may come before the thread is given up.
const GRACE: Duration = Duration::from_secs(1);

/// Threads that may be given up and replaced at a time.
const MOST_LOST: usize = 16;

const WAITING: u8 = 0;
const RUNNING: u8 = 1;
const DONE: u8 = 2;
const GIVEN_UP: u8 = 3;

/// An interpreter's thread's own: the interpreter, once it was needed.
pub(crate) struct Bench {
    options: Options,
    realm: Option<Realm>,
}

impl Bench {
    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// The interpreter; a new one if there is none or the last one is spoiled.
    pub(crate) fn realm(&mut self) -> Result<&mut Realm, ScriptError> {
        if self.realm.as_ref().is_none_or(Realm::is_spoiled) {
            // The old one first: both at once would be twice the memory.
            self.realm = None;
            self.realm = Some(Realm::frozen(&self.options)?);
        }
        Ok(self.realm.as_mut().expect("an interpreter was just made"))
    }
}

type Work = Box<dyn FnOnce(&mut Bench) + Send>;

struct Task {
    work: Work,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    phase: AtomicU8,
    started: Mutex<Option<Instant>>,
}

impl State {
    fn moves(&self, from: u8, to: u8) -> bool {
        self.phase
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
}

#[derive(Default)]
struct Queue {
    tasks: VecDeque<Task>,
    lost: usize,
    closed: bool,
}

struct Shared {
    queue: Mutex<Queue>,
    ready: Condvar,
    options: Options,
}

/// The threads; they end when this is dropped.
pub(crate) struct Pool {
    shared: Arc<Shared>,
}

impl Pool {
    pub(crate) fn new(options: Options) -> io::Result<Self> {
        let workers = options.workers.max(1);
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            ready: Condvar::new(),
            options,
        });
        let pool = Self { shared };
        for _ in 0..workers {
            pool.shared.start()?;
        }
        Ok(pool)
    }

    /// Runs `work` on an interpreter's thread and waits for what it gives.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Bench) -> T + Send + 'static,
    ) -> Result<T, ScriptError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let state = Arc::new(State::default());
        let task = Task {
            work: Box::new(move |bench| {
                let result = work(bench);
                // A caller that went away needs no result.
                let _ = sender.send(result);
            }),
            state: Arc::clone(&state),
        };
        self.shared.enqueue(task)?;
        self.shared.wait(&receiver, &state)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.ready.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enqueue(&self, task: Task) -> Result<(), ScriptError> {
        let mut queue = self.lock();
        if queue.tasks.len() >= self.options.waiting {
            return Err(busy("too many scripts wait for an interpreter"));
        }
        queue.tasks.push_back(task);
        drop(queue);
        self.ready.notify_one();
        Ok(())
    }

    fn wait<T>(self: &Arc<Self>, receiver: &mpsc::Receiver<T>, state: &State) -> Result<T, ScriptError> {
        let limit = self.options.time + GRACE;
        let asked = Instant::now();
        let mut step = limit;
        loop {
            match receiver.recv_timeout(step) {
                Ok(result) => return Ok(result),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(ScriptError::new(Kind::Internal, "the interpreter's thread ended"));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            let started = *state.started.lock().unwrap_or_else(PoisonError::into_inner);
            step = match started {
                None if asked.elapsed() < self.options.patience => limit,
                None if state.moves(WAITING, GIVEN_UP) => {
                    return Err(busy("no interpreter became free in time"));
                }
                None => limit,
                Some(started) => match limit.checked_sub(started.elapsed()) {
                    Some(left) if !left.is_zero() => left,
                    _ if state.moves(RUNNING, GIVEN_UP) => {
                        self.replace();
                        let limit = self.options.time;
                        return Err(ScriptError::new(
                            Kind::Timeout,
                            format!("the script ran longer than {limit:?}"),
                        ));
                    }
                    // It is done, its result is on the way.
                    _ => limit,
                },
            };
        }
    }

    /// Puts a thread in the place of one that was given up, but never beyond [`MOST_LOST`] more.
    fn replace(self: &Arc<Self>) {
        let mut queue = self.lock();
        queue.lost += 1;
        let may = queue.lost <= MOST_LOST;
        drop(queue);
        if may {
            // Without it there is one thread less, until the one that was given up ends.
            let _ = self.start();
        }
    }

    fn start(self: &Arc<Self>) -> io::Result<()> {
        let shared = Arc::clone(self);
        thread::Builder::new()
            .name("script".to_owned())
            .stack_size(self.options.stack_bytes + BESIDE)
            .spawn(move || shared.work())
            .map(|_| ())
    }

    fn next(&self) -> Option<Task> {
        let mut queue = self.lock();
        loop {
            if let Some(task) = queue.tasks.pop_front() {
                return Some(task);
            }
            if queue.closed {
                return None;
            }
            queue = self.ready.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn work(self: Arc<Self>) {
        let mut bench = Bench {
            options: self.options.clone(),
            realm: None,
        };
        while let Some(task) = self.next() {
            if !task.state.moves(WAITING, RUNNING) {
                continue;
            }
            *task.state.started.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            (task.work)(&mut bench);
            if !task.state.moves(RUNNING, DONE) && self.is_surplus() {
                return;
            }
        }
    }

    /// After this thread had been given up: whether another one took its place.
    fn is_surplus(&self) -> bool {
        let mut queue = self.lock();
        let replaced = queue.lost <= MOST_LOST;
        queue.lost -= 1;
        replaced
    }
}

fn busy(message: &str) -> ScriptError {
    ScriptError::new(Kind::Busy, message)
}
