//! The threads of the interpreters, and the queue in front of them.
//!
//! A task is work that may call many functions, one after the other: while it runs, its thread's interpreter is its own, and each call
//! goes straight to it. A call within a call, such as a rule of a record that an action saves, gets a further interpreter
//! on the same thread, whichever pool its program is of. A caller waits for its task, on its thread or as a future. Where an interpreter cannot be stopped in time (some of its library's functions ask for the
//! time only now and then, and a script made for it can swallow the stop), the caller gets its timeout all the same: the
//! thread is given up, another takes its place, and it ends by itself when its script does, or sleeps.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::realm::Realm;
use crate::{Kind, Options, ScriptError};

/// Room on a thread's stack beside the interpreter's.
const BESIDE: usize = 1 << 20;

/// How late a stop may come before the thread is given up.
const GRACE: Duration = Duration::from_secs(1);

/// Threads that may be given up and replaced at a time.
const MOST_LOST: usize = 16;

/// How many calls that take all of their time a task may make.
const LONG_CALLS: u32 = 20;

const WAITING: u8 = 0;
const RUNNING: u8 = 1;
const DONE: u8 = 2;
const GIVEN_UP: u8 = 3;

/// An interpreter's thread's own: the interpreter, once it was needed.
pub(crate) struct Bench {
    /// The pool whose limits it has.
    home: usize,
    options: Options,
    realm: Option<Realm>,
}

/// Benches that a thread keeps from task to task.
const KEPT: usize = 3;

impl Bench {
    fn of(shared: &Arc<Shared>) -> Self {
        Self {
            home: shared.home(),
            options: shared.options.clone(),
            realm: None,
        }
    }

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

thread_local! {
    /// On an interpreter's thread, while a task runs: what its calls go to.
    static TURN: RefCell<Option<Turn>> = const { RefCell::new(None) };
}

/// A task under way.
struct Turn {
    /// Those that are free; the one used last is at the end.
    benches: Vec<Bench>,
    /// Calls that are under way, each within the one before.
    depth: usize,
    state: Arc<State>,
    begun: Instant,
    /// When the outermost call must be over, and with it all within.
    deadline: Option<Instant>,
    shared: Arc<Shared>,
}

impl Turn {
    /// Makes ready for one more call: with this bench, and so much time.
    fn call_begins(&mut self, of: &Arc<Shared>, time: Duration) -> Result<(Bench, Duration), ScriptError> {
        let time = match self.depth {
            0 => {
                self.task_goes_on()?;
                self.deadline = Instant::now().checked_add(time);
                time
            }
            depth if depth > self.shared.options.depth => {
                let message = format!("scripts call one another deeper than {depth} levels");
                return Err(ScriptError::new(Kind::Stack, message));
            }
            _ => self.deadline.map_or(time, |end| {
                time.min(end.saturating_duration_since(Instant::now()))
            }),
        };
        self.depth += 1;
        let free = self.benches.iter().rposition(|bench| bench.home == of.home());
        let bench = free.map_or_else(|| Bench::of(of), |at| self.benches.remove(at));
        Ok((bench, time))
    }

    fn task_goes_on(&self) -> Result<(), ScriptError> {
        let limit = self.shared.options.time * LONG_CALLS;
        if self.begun.elapsed() > limit {
            let message = format!("the functions of one task ran longer than {limit:?}");
            return Err(ScriptError::new(Kind::Timeout, message));
        }
        self.state.start();
        Ok(())
    }
}

type Work = Box<dyn FnOnce() + Send>;

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
    fn start(&self) {
        *self.started.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn started(&self) -> Option<Instant> {
        *self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }

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

    /// Runs `work` with an interpreter and waits for what it gives: with that of the task that this thread is running, or
    /// as a task of its own.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Bench, Duration) -> T + Send + 'static,
    ) -> Result<T, ScriptError> {
        let time = self.shared.options.time;
        if TURN.with_borrow(Option::is_some) {
            return with_bench(&self.shared, time, work);
        }
        let (sender, receiver) = mpsc::sync_channel(1);
        let shared = Arc::clone(&self.shared);
        let state = self.shared.enqueue(move || {
            // A caller that went away needs no result.
            let _ = sender.send(with_bench(&shared, time, work));
        })?;
        self.shared.wait(&receiver, &state)?
    }

    /// Runs `work` within the task that this thread is running, for at most `time`.
    pub(crate) fn call_here<T>(
        &self,
        time: Duration,
        work: impl FnOnce(&mut Bench, Duration) -> T,
    ) -> Result<T, ScriptError> {
        match TURN.with_borrow(Option::is_some) {
            true => with_bench(&self.shared, time, work),
            false => Err(ScriptError::new(
                Kind::Internal,
                "this is no interpreter's thread",
            )),
        }
    }

    /// [`Pool::run`] for a thread that may block.
    pub(crate) fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ScriptError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let state = self.shared.enqueue(move || {
            // As above.
            let _ = sender.send(work());
        })?;
        self.shared.wait(&receiver, &state)
    }

    /// Runs `work` as a task. It must be awaited to its end: whoever waits also sees to threads that do not come back.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ScriptError> {
        let (sender, receiver) = oneshot::channel();
        let state = self.shared.enqueue(move || {
            // As above.
            let _ = sender.send(work());
        })?;
        self.shared.wait_for(receiver, &state).await
    }
}

/// Runs `work` on an interpreter of the task under way.
fn with_bench<T>(
    of: &Arc<Shared>,
    time: Duration,
    work: impl FnOnce(&mut Bench, Duration) -> T,
) -> Result<T, ScriptError> {
    let begun = TURN.with_borrow_mut(|turn| {
        let turn = turn.as_mut().expect("a task is under way on this thread");
        turn.call_begins(of, time)
    });
    let (mut bench, time) = begun?;
    let done = work(&mut bench, time);
    TURN.with_borrow_mut(|turn| {
        let turn = turn.as_mut().expect("the task goes on");
        turn.depth -= 1;
        turn.benches.push(bench);
    });
    Ok(done)
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.ready.notify_all();
    }
}

impl Shared {
    /// What tells pools apart.
    fn home(self: &Arc<Self>) -> usize {
        Arc::as_ptr(self).addr()
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enqueue(&self, work: impl FnOnce() + Send + 'static) -> Result<Arc<State>, ScriptError> {
        let state = Arc::new(State::default());
        let task = Task {
            work: Box::new(work),
            state: Arc::clone(&state),
        };
        let mut queue = self.lock();
        if queue.tasks.len() >= self.options.waiting {
            return Err(busy("too many scripts wait for an interpreter"));
        }
        queue.tasks.push_back(task);
        drop(queue);
        self.ready.notify_one();
        Ok(state)
    }

    fn wait<T>(self: &Arc<Self>, receiver: &mpsc::Receiver<T>, state: &State) -> Result<T, ScriptError> {
        let asked = Instant::now();
        let mut step = self.limit();
        loop {
            match receiver.recv_timeout(step) {
                Ok(result) => return Ok(result),
                Err(RecvTimeoutError::Disconnected) => return Err(ended()),
                Err(RecvTimeoutError::Timeout) => step = self.next_step(asked, state)?,
            }
        }
    }

    async fn wait_for<T>(
        self: &Arc<Self>,
        mut receiver: oneshot::Receiver<T>,
        state: &State,
    ) -> Result<T, ScriptError> {
        let asked = Instant::now();
        let mut step = self.limit();
        loop {
            match tokio::time::timeout(step, &mut receiver).await {
                Ok(Ok(result)) => return Ok(result),
                Ok(Err(_)) => return Err(ended()),
                Err(_) => step = self.next_step(asked, state)?,
            }
        }
    }

    /// When a call must be over that begins now.
    fn limit(&self) -> Duration {
        self.options.time + GRACE
    }

    /// How long to wait on for a task that has not come back; an error when it was given up.
    fn next_step(self: &Arc<Self>, asked: Instant, state: &State) -> Result<Duration, ScriptError> {
        let limit = self.limit();
        match state.started() {
            None if asked.elapsed() < self.options.patience => Ok(limit),
            None if state.moves(WAITING, GIVEN_UP) => Err(busy("no interpreter became free in time")),
            None => Ok(limit),
            Some(started) => match limit.checked_sub(started.elapsed()) {
                Some(left) if !left.is_zero() => Ok(left),
                _ if state.moves(RUNNING, GIVEN_UP) => {
                    self.replace();
                    let limit = self.options.time;
                    let message = format!("the script ran longer than {limit:?}");
                    Err(ScriptError::new(Kind::Timeout, message))
                }
                // It is done, its result is on the way.
                _ => Ok(limit),
            },
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
            .stack_size((self.options.stack_bytes + BESIDE) * (self.options.depth + 1))
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
        let mut benches = Vec::new();
        while let Some(task) = self.next() {
            if !task.state.moves(WAITING, RUNNING) {
                continue;
            }
            task.state.start();
            benches = self.run(benches, task.work, &task.state);
            benches.drain(..benches.len().saturating_sub(KEPT));
            if !task.state.moves(RUNNING, DONE) && self.is_surplus() {
                return;
            }
        }
    }

    /// Runs a task with these interpreters.
    fn run(self: &Arc<Self>, benches: Vec<Bench>, work: Work, state: &Arc<State>) -> Vec<Bench> {
        let turn = Turn {
            benches,
            depth: 0,
            state: Arc::clone(state),
            begun: Instant::now(),
            deadline: None,
            shared: Arc::clone(self),
        };
        TURN.set(Some(turn));
        // Whoever waits for it is told that nothing came back.
        let _ = catch_unwind(AssertUnwindSafe(work));
        TURN.take().expect("nobody else takes it").benches
    }

    /// After this thread had been given up: whether another one took its place.
    fn is_surplus(&self) -> bool {
        let mut queue = self.lock();
        let replaced = queue.lost <= MOST_LOST;
        queue.lost -= 1;
        replaced
    }
}

fn ended() -> ScriptError {
    ScriptError::new(Kind::Internal, "the work on an interpreter's thread panicked")
}

fn busy(message: &str) -> ScriptError {
    ScriptError::new(Kind::Busy, message)
}
