//! Keeping the write-ahead log short.
//!
//! SQLite's own automatic fold would run inside COMMIT, before anybody is answered, and under steady reading it never
//! finds the moment to start the log over: the file grows without end. So the writer folds after it has answered, and
//! once the log is long it waits a few milliseconds for the readers of old snapshots to leave, then starts it over.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rusqlite::Connection;

use super::connection::BUSY;
use super::log_file::LogFile;
use super::look_ups::LookUps;
use crate::Result;

/// Pages after which the log is folded back: 32 MiB of 4 KiB pages.
pub(super) const LONG: u32 = 8192;
/// How much it must grow after a fold that readers held up before the next is tried: 8 MiB.
const STEP: u32 = 2048;
/// How long a fold waits for readers.
const PATIENCE: Duration = Duration::from_millis(50);

/// What is known of the log's length.
pub(super) struct Log {
    look_ups: Arc<LookUps>,
    /// Pages in the log after the last commit; written by SQLite's hook on the thread that commits.
    pages: Arc<AtomicU32>,
    /// Length at which the next fold is due.
    due: u32,
    /// Length after the last fold.
    folded: u32,
    file: LogFile,
}

impl Log {
    /// Watches the log of this connection and takes over from SQLite's automatic fold.
    pub(super) fn watch(connection: &mut Connection, look_ups: Arc<LookUps>, length: u64) -> Result<Self> {
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        let pages = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&pages);
        connection.wal_hook(Some(
            move |_: &mut rusqlite::hooks::Wal, count: std::ffi::c_int| {
                seen.store(count.unsigned_abs(), Ordering::Relaxed);
                Ok(())
            },
        ))?;
        let (due, folded) = (LONG, 0);
        let file = LogFile::of(connection, length);
        Ok(Self {
            look_ups,
            pages,
            due,
            folded,
            file,
        })
    }

    /// Folds a long log back and starts it over. To be called between batches.
    pub(super) fn fold_when_long(&mut self, connection: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.folded {
            // It was started over in the meantime.
            (self.due, self.folded) = (LONG, 0);
        }
        metrics::gauge!("store_log_pages").set(f64::from(pages));
        if pages >= self.due {
            let restarted = self.fold(connection, "PRAGMA wal_checkpoint(RESTART)");
            self.due = if restarted { LONG } else { pages + STEP };
        }
    }

    /// Whether quiet moments are wanted soon.
    pub(super) fn has_work(&self) -> bool {
        !self.file.is_laid_out()
    }

    /// What is to be done in a quiet moment.
    pub(super) fn tend(&mut self, connection: &Connection) {
        if self.file.is_laid_out() {
            self.fold_when_grown(connection);
        } else {
            self.file.lay_out_a_piece(connection);
        }
    }

    /// Folds the log, if it holds anything new.
    pub(super) fn fold_when_grown(&mut self, connection: &Connection) {
        if self.pages.load(Ordering::Relaxed) != self.folded {
            self.fold(connection, "PRAGMA wal_checkpoint(PASSIVE)");
        }
    }

    fn fold(&mut self, connection: &Connection, pragma: &str) -> bool {
        self.folded = self.pages.load(Ordering::Relaxed);
        let _withheld = self.look_ups.withhold();
        let outcome = connection
            .busy_timeout(PATIENCE)
            .and_then(|()| connection.query_row(pragma, [], |row| row.get(0)));
        let patient = connection.busy_timeout(BUSY);
        match outcome.and_then(|held_up: bool| patient.map(|()| !held_up)) {
            Ok(done) => done,
            Err(error) => {
                tracing::warn!(%error, "cannot fold the write-ahead log back");
                false
            }
        }
    }
}
