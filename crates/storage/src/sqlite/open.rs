//! Opening a store: directory, lock, migrations, threads.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use jsonb::Jsonb;
use model::CollectionId;
use rusqlite::Connection;

use super::connection::PAGE;
use super::lock::{ServeLock, try_lock};
use super::log::LONG;
use super::look_ups::LookUps;
use super::rows::Rows;
use super::writer::Desk;
use super::{connection, migrate, readers};
use crate::queue::{self, Queue};
use crate::{Access, Backend, Error, ReadTask, ReadTx, Result, Store, WhenFull, WriteTask};

/// Writes that may wait before a further one is refused as busy.
const WAITING_WRITES: usize = 8192;
/// The most connections for look-ups on the callers' threads; each has a page cache.
const MOST_LOOK_UPS: usize = 4;
/// How often, and how far apart, a server tries to take the lock.
const ATTEMPTS: u32 = 10;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(50);

/// Settings of the embedded store.
#[derive(Clone, Debug)]
pub struct Options {
    /// The directory; made when it is not there.
    pub directory: PathBuf,
    /// Page cache of the writer, in KiB.
    pub writer_cache_kib: u32,
    /// Page cache of each reader, in KiB.
    pub reader_cache_kib: u32,
    /// Page cache of each connection for look-ups, in KiB.
    pub look_up_cache_kib: u32,
    /// Bodies of records that were looked up lately, in KiB; all connections for look-ups share them.
    pub rows_kib: u32,
    /// Reader threads, at least one.
    pub readers: usize,
    /// Threads for reads that walk over whole collections, at least one; as many such reads go on at once.
    pub scanners: usize,
    /// Length to which a server brings the file of the write-ahead log in quiet moments, in KiB; 0 lets it grow as it is used.
    pub log_kib: u32,
    /// The most pages of 4 KiB that the database may take; beyond, writes are refused as on a full disk.
    pub max_pages: Option<u32>,
}

impl Options {
    /// The usual settings for this directory.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        Self {
            directory: directory.into(),
            writer_cache_kib: 24 << 10,
            reader_cache_kib: 8 << 10,
            look_up_cache_kib: 4 << 10,
            rows_kib: 36 << 10,
            readers: cores.clamp(2, 8),
            scanners: cores.clamp(2, 4),
            // Each page takes 24 bytes more there, and the last commit before a fold goes over.
            log_kib: LONG * (PAGE >> 10) + 512,
            max_pages: None,
        }
    }

    /// Where the database file is.
    pub fn database(&self) -> PathBuf {
        self.directory.join("stockyard.db")
    }
}

/// An open store: the handle and the threads behind it. Dropping it ends them after the waiting work is done.
pub struct Sqlite {
    store: Store,
    backend: Arc<Threads>,
}

impl Sqlite {
    /// The handle to share.
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// Ends the threads after the waiting work is done; later calls on any handle answer that the store is closed.
    pub fn close(&self) {
        self.backend.close();
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.close();
    }
}

/// Opens the store in `options.directory`, making or migrating it first.
///
/// # Errors
/// [`Error::InUse`] when another process serves it, [`Error::Foreign`] when something else lies there, [`Error::Newer`]
/// and [`Error::Migration`] when this release would misread it, [`Error::Path`] when the directory cannot be used.
pub fn open(options: &Options, access: Access) -> Result<Sqlite> {
    make_directory(&options.directory)?;
    let mut lock = admit(&options.directory, access)?;
    let path = options.database();
    let mut connection = connection::opened(&path)?;
    migrate::identify(&connection, &path)?;
    connection::set_up_writer(&connection, options.writer_cache_kib, options.max_pages)?;
    match lock {
        Some(_) => migrate::migrate(&mut connection)?,
        None => migrate::check(&connection)?,
    }
    // A visitor needs it only to migrate; a server that starts meanwhile must not be kept out.
    lock = lock.filter(|_| access == Access::Serve);
    let backend = Arc::new(Threads::start(options, connection, lock)?);
    Ok(Sqlite {
        store: Store::new(Arc::clone(&backend) as Arc<dyn Backend>),
        backend,
    })
}

/// The lock, or none for a visitor beside a server. A server waits a moment for a visitor that migrates.
fn admit(directory: &Path, access: Access) -> Result<Option<ServeLock>> {
    for _ in 0..ATTEMPTS {
        let lock = try_lock(directory)?;
        if lock.is_some() || access == Access::Visit {
            return Ok(lock);
        }
        thread::sleep(BETWEEN_ATTEMPTS);
    }
    Err(Error::InUse {
        path: directory.to_owned(),
    })
}

fn make_directory(directory: &Path) -> Result<()> {
    let unusable = |source| Error::Path {
        path: directory.to_owned(),
        source,
    };
    fs::create_dir_all(directory).map_err(unusable)?;
    restrict(directory).map_err(unusable)
}

/// Records may be anybody's secrets: only the owner of the process reads the directory.
#[cfg(unix)]
fn restrict(directory: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(directory, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn restrict(_directory: &Path) -> std::io::Result<()> {
    Ok(())
}

/// The threads of an open store.
struct Threads {
    writes: Mutex<Option<SyncSender<Box<dyn WriteTask>>>>,
    desk: Arc<Desk>,
    reads: Arc<Queue>,
    scans: Arc<Queue>,
    look_ups: Arc<LookUps>,
    handles: Mutex<Vec<JoinHandle<()>>>,
    lock: Mutex<Option<ServeLock>>,
    exclusive: bool,
}

impl Threads {
    fn start(options: &Options, connection: Connection, lock: Option<ServeLock>) -> Result<Self> {
        let exclusive = lock.is_some();
        let (sender, tasks) = mpsc::sync_channel(WAITING_WRITES);
        let reads = Arc::new(Queue::new(queue::READS));
        let scans = Arc::new(Queue::new(queue::SCANS));
        let look_ups = Arc::new(LookUps::open(
            &options.database(),
            options.look_up_cache_kib,
            options.readers.clamp(1, MOST_LOOK_UPS),
            Rows::new(options.rows_kib),
        )?);
        let log_length = if exclusive {
            u64::from(options.log_kib) << 10
        } else {
            0
        };
        let desk = Arc::new(Desk::new(connection, &look_ups, log_length)?);
        let of_thread = Arc::clone(&desk);
        let mut handles = vec![spawn("store-writer", move || of_thread.run(&tasks))?];
        for (name, count, queue) in [
            ("store-reader", options.readers, &reads),
            ("store-scanner", options.scanners, &scans),
        ] {
            for number in 0..count.max(1) {
                let connection = connection::reader(&options.database(), options.reader_cache_kib)?;
                let queue = Arc::clone(queue);
                handles.push(spawn(&format!("{name}-{number}"), move || {
                    readers::run(&connection, &queue);
                })?);
            }
        }
        let (writes, handles) = (Mutex::new(Some(sender)), Mutex::new(handles));
        Ok(Self {
            writes,
            desk,
            reads,
            scans,
            look_ups,
            handles,
            lock: Mutex::new(lock),
            exclusive,
        })
    }

    fn close(&self) {
        drop(guard(&self.writes).take());
        self.reads.close();
        self.scans.close();
        for handle in guard(&self.handles).drain(..) {
            if handle.join().is_err() {
                tracing::error!("a store thread panicked");
            }
        }
        self.look_ups.close();
        drop(guard(&self.lock).take());
    }
}

impl Backend for Threads {
    fn submit_write(&self, task: Box<dyn WriteTask>, when_full: WhenFull) {
        let sender = guard(&self.writes).clone();
        let Some(sender) = sender else {
            return task.finish(Err(Error::Closed));
        };
        let task = match when_full {
            WhenFull::Refuse => task,
            WhenFull::Wait => match self.desk.write_here(task) {
                None => return,
                Some(task) => task,
            },
        };
        self.desk.note_queued();
        let refused = match when_full {
            WhenFull::Refuse => sender.try_send(task).err(),
            WhenFull::Wait => sender
                .send(task)
                .err()
                .map(|mpsc::SendError(task)| TrySendError::Disconnected(task)),
        };
        let (task, error) = match refused {
            None => return,
            Some(TrySendError::Full(task)) => (task, Error::Busy),
            Some(TrySendError::Disconnected(task)) => (task, Error::Closed),
        };
        self.desk.note_done(1);
        task.finish(Err(error));
    }

    fn submit_read(&self, task: Box<dyn ReadTask>, when_full: WhenFull) {
        self.reads.push(task, when_full);
    }

    fn submit_scan(&self, task: Box<dyn ReadTask>, when_full: WhenFull) {
        self.scans.push(task, when_full);
    }

    fn look_up(&self, work: &mut dyn FnMut(&mut dyn ReadTx)) -> bool {
        self.look_ups.run(work)
    }

    fn kept_body(&self, collection: CollectionId, id: &str) -> Option<(u64, Jsonb)> {
        self.look_ups.kept_body(collection, id)
    }

    fn is_exclusive(&self) -> bool {
        self.exclusive
    }

    fn access(&self) -> Access {
        if self.exclusive {
            Access::Serve
        } else {
            Access::Visit
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| Error::Backend(error.to_string()))
}

fn guard<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What these locks guard is whole at every instant, so a poisoned one is as good as new.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
