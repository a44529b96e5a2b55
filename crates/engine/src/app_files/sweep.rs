//! Forgetting files that nothing holds, and shares and sessions that ended. The content goes with the sweep of contents
//! that follows.

use model::Error;

use crate::Engine;

/// Rows that one transaction deletes, so that no other write waits long.
const BATCH: u64 = 500;

/// Forgets what is over; how many files that were.
pub(crate) fn sweep(engine: &Engine) -> Result<u64, Error> {
    let (now, before) = (engine.env().now(), engine.orphans_alive_since());
    let mut files = 0;
    loop {
        let (gone, other) = engine.store().write_blocking(move |tx| {
            let files = tx.delete_orphaned_files(before, BATCH)?;
            let shares = tx.delete_expired_shares(now, BATCH)?;
            let sessions = tx.delete_ended_sessions(now, BATCH)?;
            Ok::<_, Error>((files, shares.max(sessions)))
        })?;
        files += gone;
        if gone.max(other) < BATCH {
            return Ok(files);
        }
    }
}
