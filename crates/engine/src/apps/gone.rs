//! Files that records of entities held which are gone.
//!
//! Their collections go at once and are swept later; what their records held is let go a few files at a time, by the job
//! of the change, and by the upkeep when that job did not come to its end.

use model::{Error, Timestamp};
use storage::Tx;

use super::State;
use crate::app_files::detach_entity;
use crate::records::collection_name;

/// Lets go of up to `limit` files; how many.
pub(crate) fn let_files_go(tx: &mut dyn Tx, now: Timestamp, limit: u64) -> Result<u64, Error> {
    let mut released = 0;
    for name in State::load(tx)?.unwrap_or_default().ids.keys() {
        // Without a collection it is gone, whatever this process knows of the definition in force.
        if released < limit && tx.collection(&collection_name(name))?.is_none() {
            released += detach_entity(tx, name, now, limit - released)?;
        }
    }
    Ok(released)
}
