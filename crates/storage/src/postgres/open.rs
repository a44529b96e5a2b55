//! Opening a store: connection, migrations, threads.

use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use model::CollectionId;
use tokio::sync::{oneshot, watch};

use super::connect::{Purpose, Way};
use super::finder::{self, BodyWanted, Find, MarkWanted};
use super::link::Link;
use super::writer::Writer;
use super::{connect, hints, migrate, readers};
use crate::queue::{self, Queue};
use crate::{Access, Backend, Error, FoundBody, FoundMark, ReadTask, Result, Store, WhenFull, WriteTask};

/// Writes that may wait before a further one is refused as busy.
const WAITING_WRITES: usize = 8192;
/// The same of bodies asked for by id, and the connections that ask.
const WAITING_FINDS: usize = 8192;
const FINDERS: usize = 2;

/// What nodes have left that are gone: none looks for the end of a commit for so long.
const FORGET_NODES: &str = "DELETE FROM written_groups WHERE written_at < now() - interval '1 day'";

/// Settings of a store on PostgreSQL.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the database is: `postgres://user:password@host:port/name`, or the same as `key=value` words.
    pub url: String,
    /// The schema that holds the store; made when it is not there.
    pub schema: String,
    /// Connections for short reads, at least one. Each is opened when it is first needed.
    pub readers: usize,
    /// Connections for reads that walk over whole collections, at least one; as many such reads go on at once.
    pub scanners: usize,
    /// How long one statement may take before the server ends it.
    pub statement_timeout: Duration,
}

impl Options {
    /// The usual settings for this database. With those for look-ups by id, for writes and for hints, a node takes up to 16
    /// connections.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            schema: "stockyard".to_owned(),
            readers: 8,
            scanners: 4,
            statement_timeout: connect::STATEMENTS,
        }
    }
}

/// An open store: the handle and the threads behind it. Dropping it ends them after the waiting work is done.
pub struct Postgres {
    store: Store,
    backend: Arc<Threads>,
}

impl Postgres {
    /// The handle to share.
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// Ends the threads after the waiting work is done; later calls on any handle answer that the store is closed.
    pub fn close(&self) {
        self.backend.close();
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.close();
    }
}

/// Opens the store that `options` name, making or migrating it first.
///
/// # Errors
/// [`Error::Away`] when the database cannot be reached, [`Error::Unsuitable`] when it is one that cannot hold a store,
/// [`Error::Newer`] and [`Error::Migration`] when this release would misread what is there.
pub fn open(options: &Options, access: Access) -> Result<Postgres> {
    let way = Arc::new(way(options)?);
    let link = Link::new(Arc::clone(&way), Purpose::Writing)?;
    migrate::migrate(&link, &way)?;
    link.batch(FORGET_NODES)?;
    // The writer's thread has a runtime of its own, so it connects anew.
    drop(link);
    let backend = Arc::new(Threads::start(options, &way, access)?);
    let store = Store::new(Arc::<Threads>::clone(&backend));
    Ok(Postgres { store, backend })
}

/// Checks that the database can be reached and that this release may use what is there, and changes nothing.
///
/// # Errors
/// As [`open`]; [`Error::Migration`] too when a step has not been taken yet.
pub fn check(options: &Options) -> Result<()> {
    let way = Arc::new(way(options)?);
    migrate::check(&Link::new(Arc::clone(&way), Purpose::Writing)?, &way)
}

fn way(options: &Options) -> Result<Way> {
    Ok(Way::new(&options.url, &options.schema)?.within(options.statement_timeout))
}

/// The threads of an open store.
struct Threads {
    writes: Mutex<Option<SyncSender<Box<dyn WriteTask>>>>,
    reads: Arc<Queue>,
    scans: Arc<Queue>,
    finds: Mutex<Option<SyncSender<Find>>>,
    handles: Mutex<Vec<JoinHandle<()>>>,
    access: Access,
    way: Arc<Way>,
    closed: watch::Sender<bool>,
}

impl Threads {
    fn start(options: &Options, way: &Arc<Way>, access: Access) -> Result<Self> {
        let (sender, tasks) = mpsc::sync_channel(WAITING_WRITES);
        let writer = Writer::new(Link::new(Arc::clone(way), Purpose::Writing)?);
        let mut handles = vec![spawn("store-writer", move || writer.run(&tasks))?];
        let reads = Arc::new(Queue::new(queue::READS));
        let scans = Arc::new(Queue::new(queue::SCANS));
        for (name, count, queue) in [
            ("store-reader", options.readers, &reads),
            ("store-scanner", options.scanners, &scans),
        ] {
            for number in 0..count.max(1) {
                let link = Link::new(Arc::clone(way), Purpose::Reading)?;
                let queue = Arc::clone(queue);
                handles.push(spawn(&format!("{name}-{number}"), move || {
                    readers::run(&link, &queue);
                })?);
            }
        }
        let (finds, waiting) = mpsc::sync_channel(WAITING_FINDS);
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..FINDERS {
            let link = Link::new(Arc::clone(way), Purpose::Finding)?;
            let waiting = Arc::clone(&waiting);
            handles.push(spawn(&format!("store-finder-{number}"), move || {
                finder::run(&link, &waiting);
            })?);
        }
        let finds = Mutex::new(Some(finds));
        let (writes, handles) = (Mutex::new(Some(sender)), Mutex::new(handles));
        Ok(Self {
            writes,
            reads,
            scans,
            finds,
            handles,
            access,
            way: Arc::clone(way),
            closed: watch::Sender::new(false),
        })
    }

    fn close(&self) {
        drop(guard(&self.writes).take());
        drop(guard(&self.finds).take());
        self.closed.send_replace(true);
        self.reads.close();
        self.scans.close();
        for handle in guard(&self.handles).drain(..) {
            if handle.join().is_err() {
                tracing::error!("a store thread panicked");
            }
        }
    }
}

impl Threads {
    fn find(&self, find: Find) {
        let sender = guard(&self.finds).clone();
        match sender.map(|sender| sender.try_send(find)) {
            Some(Err(TrySendError::Full(find))) => find.refuse(&Error::Busy),
            Some(Err(TrySendError::Disconnected(find))) => find.refuse(&Error::Closed),
            // Without a sender, the end of the answer's channel says that the store is closed.
            Some(Ok(())) | None => {}
        }
    }
}

impl Backend for Threads {
    fn submit_write(&self, task: Box<dyn WriteTask>, when_full: WhenFull) {
        let sender = guard(&self.writes).clone();
        let Some(sender) = sender else {
            return task.finish(Err(Error::Closed));
        };
        let refused = match when_full {
            WhenFull::Refuse => sender.try_send(task).err(),
            WhenFull::Wait => sender
                .send(task)
                .err()
                .map(|mpsc::SendError(task)| TrySendError::Disconnected(task)),
        };
        match refused {
            None => {}
            Some(TrySendError::Full(task)) => task.finish(Err(Error::Busy)),
            Some(TrySendError::Disconnected(task)) => task.finish(Err(Error::Closed)),
        }
    }

    fn submit_read(&self, task: Box<dyn ReadTask>, when_full: WhenFull) {
        self.reads.push(task, when_full);
    }

    fn submit_scan(&self, task: Box<dyn ReadTask>, when_full: WhenFull) {
        self.scans.push(task, when_full);
    }

    fn find_body(&self, collection: CollectionId, id: &str) -> Option<FoundBody> {
        let (reply, answer) = oneshot::channel();
        let id = id.to_owned();
        self.find(Find::Body(BodyWanted {
            collection,
            id,
            reply,
        }));
        Some(answer)
    }

    fn find_mark(&self, name: &'static str) -> Option<FoundMark> {
        let (reply, answer) = oneshot::channel();
        self.find(Find::Mark(MarkWanted { name, reply }));
        Some(answer)
    }

    fn is_exclusive(&self) -> bool {
        false
    }

    fn access(&self) -> Access {
        self.access
    }

    fn listen(&self, heard: Box<dyn Fn() + Send>) {
        let (way, closed) = (Arc::clone(&self.way), self.closed.subscribe());
        match spawn("store-listener", move || hints::run(&way, &*heard, closed)) {
            Ok(handle) => guard(&self.handles).push(handle),
            Err(error) => tracing::error!(%error, "no thread to hear of other nodes"),
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| Error::Backend(error.to_string()))
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What these locks guard is whole at every instant, so a poisoned one is as good as new.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
