//! The handle through which everything reads and writes: typed closures in front, an erased backend behind.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jsonb::Jsonb;
use model::CollectionId;
use tokio::sync::oneshot;

use crate::tables::marks::{REVISION, revision_of};
use crate::{Error, ReadTx, Tx};

/// A unit of writing that a backend runs inside a transaction, possibly more than once.
pub trait WriteTask: Send {
    /// Runs the closure; a panic ends here. `true` asks to keep what it wrote, `false` to undo it.
    fn run(&mut self, tx: &mut dyn Tx) -> bool;
    /// Tells the caller how it ended. With `Err` nothing of it is stored.
    fn finish(self: Box<Self>, committed: Result<(), Error>);
}

/// A unit of reading that a backend runs on one snapshot.
pub trait ReadTask: Send {
    /// Runs the closure and tells the caller its answer; a panic ends here.
    fn run(self: Box<Self>, tx: &mut dyn ReadTx);
    /// Tells the caller that it could not be run.
    fn fail(self: Box<Self>, error: Error);
}

/// What a caller does when too much is waiting already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// It is told [`Error::Busy`]: a request, whose client can try again.
    Refuse,
    /// It waits for its turn: a thread that may block, such as a job's.
    Wait,
}

/// How a process uses a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It serves the store; refused while another process does, where one process has the store for itself.
    Serve,
    /// A short visit by a command, also while a server runs.
    Visit,
}

/// Gets the version and body of a record, if it is there.
pub type FoundBody = oneshot::Receiver<Result<Option<(u64, Jsonb)>, Error>>;

/// Gets a named value, if it is there.
pub type FoundMark = oneshot::Receiver<Result<Option<String>, Error>>;

/// A database behind the store.
pub trait Backend: Send + Sync {
    /// Queues a write; it is answered after its commit.
    fn submit_write(&self, task: Box<dyn WriteTask>, when_full: WhenFull);
    /// Queues a read.
    fn submit_read(&self, task: Box<dyn ReadTask>, when_full: WhenFull);
    /// Queues a read that may take seconds; it must not hold up those of [`Backend::submit_read`].
    fn submit_scan(&self, task: Box<dyn ReadTask>, when_full: WhenFull);
    /// Runs a short read on the calling thread, if that can begin at once; `false` when `work` was not run.
    fn look_up(&self, _work: &mut dyn FnMut(&mut dyn ReadTx)) -> bool {
        false
    }
    /// The version and body of a record, if they are in memory and of the newest commit.
    fn kept_body(&self, _collection: CollectionId, _id: &str) -> Option<(u64, Jsonb)> {
        None
    }
    /// Asks for the version and body of a record beside all transactions, where that is cheaper than in one.
    fn find_body(&self, _collection: CollectionId, _id: &str) -> Option<FoundBody> {
        None
    }
    /// The same for a named value ([`crate::tables::ReadMarks::mark`]).
    fn find_mark(&self, _name: &'static str) -> Option<FoundMark> {
        None
    }
    /// Whether this process alone uses the database, so that every lease of another owner is void.
    fn is_exclusive(&self) -> bool;
    /// How this process uses the database.
    fn access(&self) -> Access;
    /// Calls `heard` when another process has announced something, from now until the store is closed; perhaps more
    /// often, perhaps not every time.
    fn listen(&self, _heard: Box<dyn Fn() + Send>) {}
}

/// The store of one server. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    backend: Arc<dyn Backend>,
}

impl Store {
    /// A store on this backend.
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend }
    }

    /// Whether this process alone uses the database.
    pub fn is_exclusive(&self) -> bool {
        self.backend.is_exclusive()
    }

    /// How this process uses the database.
    pub fn access(&self) -> Access {
        self.backend.access()
    }

    /// Calls `heard`, which must be quick, when another process on this database has announced something
    /// ([`Tx::announce`]), from now until the store is closed. A hint only: it may be missed, and come for nothing.
    pub fn listen(&self, heard: impl Fn() + Send + 'static) {
        self.backend.listen(Box::new(heard));
    }

    /// Runs `work` in a transaction of its own and answers after it is on disk.
    ///
    /// # Errors
    /// What `work` says (then nothing of it is stored), or the store's error.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Fn(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.send_write(work)
            .await
            .unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// [`Store::write`] for threads that may block, such as a job's: it waits where that one would be refused as busy.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Fn(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.queue_write(work, WhenFull::Wait)
            .blocking_recv()
            .unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// Queues `work` and returns at once; the receiver gets the answer after the commit.
    pub fn send_write<T, E, F>(&self, work: F) -> oneshot::Receiver<Result<T, E>>
    where
        F: Fn(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.queue_write(work, WhenFull::Refuse)
    }

    fn queue_write<T, E, F>(&self, work: F, when_full: WhenFull) -> oneshot::Receiver<Result<T, E>>
    where
        F: Fn(&mut dyn Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let outcome = None;
        let call = WriteCall { work, outcome, reply };
        self.backend.submit_write(Box::new(call), when_full);
        answer
    }

    /// Runs `work` on a consistent snapshot.
    ///
    /// # Errors
    /// What `work` says, or the store's error.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut dyn ReadTx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let task = |task| self.backend.submit_read(task, WhenFull::Refuse);
        queue_read(work, task)
            .await
            .unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// [`Store::read`] for work that walks over whole collections: few of these go on at once, and none of them holds
    /// up a short read. `work` should have an end in sight, since its snapshot keeps the log from being folded.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn scan<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut dyn ReadTx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let task = |task| self.backend.submit_scan(task, WhenFull::Refuse);
        queue_read(work, task)
            .await
            .unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// [`Store::read`] for a look-up of a row or two: done on the calling thread when the backend can begin at once,
    /// which spares two changes of threads. It shows every write that was answered before, but another process's only
    /// after some milliseconds.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn look_up<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut dyn ReadTx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match self.look_up_now(work) {
            Ok(answer) => answer,
            Err(work) => self.read(work).await,
        }
    }

    /// The version and body of one record: a [`Store::look_up`] that is spared when the body is still in memory from the
    /// last one. Another process's write shows after a second or so.
    ///
    /// # Errors
    /// The store's error.
    pub async fn record_body(
        &self,
        collection: CollectionId,
        id: &str,
    ) -> Result<Option<(u64, Jsonb)>, Error> {
        if let Some(kept) = self.backend.kept_body(collection, id) {
            return Ok(Some(kept));
        }
        if let Some(found) = self.backend.find_body(collection, id) {
            return found.await.unwrap_or(Err(Error::Closed));
        }
        let id = id.to_owned();
        self.look_up(move |tx| tx.record_body(collection, &id)).await
    }

    /// How often anything was changed that servers keep in memory ([`crate::tables::ReadMarks::revision`]).
    ///
    /// # Errors
    /// The store's error.
    pub async fn revision(&self) -> Result<u64, Error> {
        match self.backend.find_mark(REVISION) {
            Some(found) => revision_of(found.await.unwrap_or(Err(Error::Closed))?.as_deref()),
            None => self.read(|tx| tx.revision()).await,
        }
    }

    /// The answer, or the closure back when it could not be run at once.
    fn look_up_now<T, E, F>(&self, work: F) -> Result<Result<T, E>, F>
    where
        F: FnOnce(&mut dyn ReadTx) -> Result<T, E>,
        E: From<Error>,
    {
        let (mut work, mut answer) = (Some(work), Err(Error::Panicked.into()));
        let ran = self.backend.look_up(&mut |tx| {
            if let Some(said) = work.take().and_then(|work| unwound(|| work(tx))) {
                answer = said;
            }
        });
        match work {
            Some(work) if !ran => Err(work),
            _ => Ok(answer),
        }
    }

    /// [`Store::read`] for threads that may block.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut dyn ReadTx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let task = |task| self.backend.submit_read(task, WhenFull::Wait);
        queue_read(work, task)
            .blocking_recv()
            .unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// [`Store::look_up`] for threads that may block.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn look_up_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut dyn ReadTx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match self.look_up_now(work) {
            Ok(answer) => answer,
            Err(work) => self.read_blocking(work),
        }
    }

    /// [`Store::scan`] for threads that may block.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn scan_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut dyn ReadTx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let task = |task| self.backend.submit_scan(task, WhenFull::Wait);
        queue_read(work, task)
            .blocking_recv()
            .unwrap_or_else(|_| Err(Error::Closed.into()))
    }
}

/// Hands `work` to `submit`; the receiver gets its answer.
fn queue_read<T, E, F>(work: F, submit: impl FnOnce(Box<dyn ReadTask>)) -> oneshot::Receiver<Result<T, E>>
where
    F: FnOnce(&mut dyn ReadTx) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    submit(Box::new(ReadCall { work, reply }));
    answer
}

struct WriteCall<T, E, F> {
    work: F,
    /// What the closure said when it was run last; nothing when it panicked.
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> WriteTask for WriteCall<T, E, F>
where
    F: Fn(&mut dyn Tx) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, tx: &mut dyn Tx) -> bool {
        self.outcome = unwound(|| (self.work)(tx));
        matches!(self.outcome, Some(Ok(_)))
    }

    fn finish(self: Box<Self>, committed: Result<(), Error>) {
        let answer = match (self.outcome, committed) {
            // What the closure saw may have been undone with its group, so its own word counts no longer.
            (_, Err(error)) => Err(error.into()),
            (Some(said), Ok(())) => said,
            (None, Ok(())) => Err(Error::Panicked.into()),
        };
        // The caller may have gone away; the write stands all the same.
        let _ = self.reply.send(answer);
    }
}

struct ReadCall<T, E, F> {
    work: F,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> ReadTask for ReadCall<T, E, F>
where
    F: FnOnce(&mut dyn ReadTx) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run(self: Box<Self>, tx: &mut dyn ReadTx) {
        let Self { work, reply } = *self;
        let answer = unwound(|| work(tx)).unwrap_or_else(|| Err(Error::Panicked.into()));
        let _ = reply.send(answer);
    }

    fn fail(self: Box<Self>, error: Error) {
        let _ = self.reply.send(Err(error.into()));
    }
}

/// What `work` says, or nothing when it panics. A transaction is whole after a panic: it is undone or only read.
fn unwound<T>(work: impl FnOnce() -> T) -> Option<T> {
    let said = catch_unwind(AssertUnwindSafe(work)).ok();
    if said.is_none() {
        tracing::error!("a closure on the store panicked");
    }
    said
}
