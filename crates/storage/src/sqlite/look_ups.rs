//! Look-ups on the caller's own thread, on connections of their own.
//!
//! Handing a look-up of one row to a reader thread and waking the caller again costs several times the look-up itself.
//! A caller who finds one of these connections free uses it at once; if none is free he goes to the readers as ever.
//!
//! Opening a snapshot costs as much as a look-up, so one is kept until this process commits something. It is given up
//! after a few milliseconds too, for the sake of other processes' writes. Kept snapshots would hold up the folding of
//! the write-ahead log, so the writer takes all connections away from the look-ups for as long as it folds.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use jsonb::Jsonb;
use model::CollectionId;
use rusqlite::Connection;

use super::rows::{Key, Rows};
use super::session::Known;
use super::{Session, connection};
use crate::{ReadTx, Result};

/// How long another process's write may stay unseen.
const KEPT: Duration = Duration::from_millis(5);

/// See the module.
pub(super) struct LookUps {
    slots: Vec<Mutex<Option<Slot>>>,
    /// How often this process has committed.
    commits: AtomicU64,
    rows: Rows,
}

struct Slot {
    connection: Connection,
    known: Known,
    snapshot: Option<Snapshot>,
}

/// An open transaction.
struct Snapshot {
    /// It shows at least this many commits.
    commits: u64,
    begun: Instant,
}

/// The connections while look-ups do not have them.
pub(super) struct Withheld<'a> {
    _slots: Vec<MutexGuard<'a, Option<Slot>>>,
}

impl LookUps {
    /// Opens `count` connections.
    pub(super) fn open(path: &Path, cache_kib: u32, count: usize, rows: Rows) -> Result<Self> {
        let slot = |_| Ok(Mutex::new(Some(Slot::open(path, cache_kib)?)));
        Ok(Self {
            slots: (0..count).map(slot).collect::<Result<_>>()?,
            commits: AtomicU64::new(0),
            rows,
        })
    }

    /// Runs `work` if a connection is free.
    pub(super) fn run(&self, work: &mut dyn FnMut(&mut dyn ReadTx)) -> bool {
        let mut free = self.slots.iter().filter_map(|slot| match slot.try_lock() {
            Ok(slot) => Some(slot),
            Err(TryLockError::Poisoned(slot)) => Some(slot.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        });
        match free.next().as_deref_mut() {
            Some(Some(slot)) => {
                // Read under the lock: a commit that was noted before it was taken must be seen, or a body that it
                // changed would be kept.
                let commits = self.commits.load(Ordering::Acquire);
                slot.run(commits, &self.rows, work)
            }
            _ => false,
        }
    }

    /// A record's version and body, if they were looked up lately.
    pub(super) fn kept_body(&self, collection: CollectionId, id: &str) -> Option<(u64, Jsonb)> {
        self.rows.get(collection, id)
    }

    /// Notes a commit that changed these records. To be called before anybody is told of it.
    pub(super) fn note_commit(&self, changed: &[Key]) {
        // No look-up that began before may keep a body after.
        let _slots: Vec<_> = match changed {
            [] => Vec::new(),
            _ => self.slots.iter().map(lock).collect(),
        };
        self.rows.forget(changed);
        self.commits.fetch_add(1, Ordering::Release);
    }

    /// Notes that another process has committed something.
    pub(super) fn note_foreign_commit(&self) {
        let _withheld = self.withhold();
        self.rows.clear();
    }

    /// Ends the snapshots, and keeps look-ups away until the answer is dropped.
    pub(super) fn withhold(&self) -> Withheld<'_> {
        let end = |slot| {
            let mut slot = lock(slot);
            if let Some(slot) = slot.as_mut() {
                slot.end();
            }
            slot
        };
        Withheld {
            _slots: self.slots.iter().map(end).collect(),
        }
    }

    /// Closes the connections.
    pub(super) fn close(&self) {
        for slot in &self.slots {
            lock(slot).take();
        }
        self.rows.clear();
    }
}

fn lock(slot: &Mutex<Option<Slot>>) -> MutexGuard<'_, Option<Slot>> {
    // A look-up that panicked only read.
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Slot {
    fn open(path: &Path, cache_kib: u32) -> Result<Self> {
        Ok(Self {
            connection: connection::reader(path, cache_kib)?,
            known: Known::default(),
            snapshot: None,
        })
    }

    fn run(&mut self, commits: u64, rows: &Rows, work: &mut dyn FnMut(&mut dyn ReadTx)) -> bool {
        if !self.is_fresh(commits) {
            self.end();
            if let Err(error) = execute(&self.connection, "BEGIN") {
                // The readers will say what is wrong.
                tracing::warn!(%error, "cannot open a snapshot for look-ups");
                return false;
            }
            let begun = Instant::now();
            self.snapshot = Some(Snapshot { commits, begun });
        }
        work(&mut Session::new(&self.connection, &self.known).keeping(rows));
        true
    }

    fn is_fresh(&self, commits: u64) -> bool {
        // SQLite ends a transaction by itself after some errors.
        let open = !self.connection.is_autocommit();
        let fresh = |kept: &Snapshot| kept.commits == commits && kept.begun.elapsed() < KEPT;
        open && self.snapshot.as_ref().is_some_and(fresh)
    }

    /// Ends the snapshot, if there is one.
    fn end(&mut self) {
        self.snapshot = None;
        self.known.forget_schema();
        if !self.connection.is_autocommit()
            && let Err(error) = execute(&self.connection, "COMMIT")
        {
            tracing::warn!(%error, "cannot end a snapshot of look-ups");
        }
    }
}

fn execute(connection: &Connection, sql: &str) -> Result<()> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}
