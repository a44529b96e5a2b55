//! Looking through the history of a collection, and pruning it.

use model::{Change, ChangeEvent, CollectionId, HistorySeq, JobSeq, Timestamp};
use query::Direction;

use crate::Result;

/// Which lines of a history are asked for; all of them by default.
#[derive(Clone, Copy, Debug, Default)]
pub struct HistoryFilter<'a> {
    /// Only lines of this record.
    pub record: Option<&'a str>,
    /// Only these events.
    pub events: Option<&'a [ChangeEvent]>,
    /// Not before this time. Lines are expected to be in order of time, give or take a day: what is further out of
    /// order may be left out of a stretch of time.
    pub from: Option<Timestamp>,
    /// Not after this time.
    pub to: Option<Timestamp>,
}

/// Which lines of a job are asked for.
#[derive(Clone, Copy, Debug)]
pub struct JobLines {
    /// The job that wrote them.
    pub job: JobSeq,
    /// Not before this time; see [`HistoryFilter::from`].
    pub from: Timestamp,
    /// The newest first, or the oldest.
    pub direction: Direction,
    /// Those beyond this place, in that direction.
    pub beyond: Option<HistorySeq>,
}

/// Reading a history.
pub trait ReadHistory {
    /// Up to `limit` of these lines from before a place, newest first.
    fn history_page(
        &mut self,
        collection: CollectionId,
        filter: &HistoryFilter<'_>,
        before: Option<HistorySeq>,
        limit: u64,
    ) -> Result<Vec<Change>>;
    /// How many of these lines there are.
    fn history_count(&mut self, collection: CollectionId, filter: &HistoryFilter<'_>) -> Result<u64>;
    /// The newest line of a record from before a place: what the record was before the change in that place.
    fn change_before(
        &mut self,
        collection: CollectionId,
        id: &str,
        seq: HistorySeq,
    ) -> Result<Option<Change>>;
    /// The places of up to `limit` lines that a job wrote, and the records that they are of. There is no index for it: all
    /// lines since a time are looked at, but not their contents.
    fn job_lines(
        &mut self,
        collection: CollectionId,
        asked: &JobLines,
        limit: u64,
    ) -> Result<Vec<(HistorySeq, String)>>;
}

/// Pruning a history.
pub trait WriteHistory {
    /// Removes up to `limit` lines that are older than a time, the oldest first, and tells how many. It stops at the first
    /// line that is not older, and keeps the newest line of all, so that no place is given a second time.
    fn prune_history(&mut self, collection: CollectionId, before: Timestamp, limit: u64) -> Result<u64>;
}
