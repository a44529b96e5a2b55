//! Walking over the bodies that a plan names, with an eye on the clock.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use jsonb::Value;
use model::{CollectionId, Error};
use query::{Cause, Direction, Refusal};
use storage::ReadTx;
use storage::tables::records::Place;
use storage::tables::walks::{IndexWalk, Seen};

use super::damaged;
use super::plan::Plan;

/// Documents between two looks at the clock.
const BETWEEN_LOOKS: u64 = 64;

/// What ends a walk before its end.
pub(crate) enum Stopped {
    /// The query.
    Refusal(Refusal),
    /// The store.
    Store(storage::Error),
}

impl From<storage::Error> for Stopped {
    fn from(error: storage::Error) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl Stopped {
    /// The error for the caller; `field` is where he wrote the query.
    pub(crate) fn into_error(self, field: &str, collection: CollectionId) -> Error {
        match self {
            Self::Store(error) => error.into(),
            Self::Refusal(refusal) => refused(field, collection, &refusal),
        }
    }
}

/// The error of a refusal.
pub(crate) fn refused(field: &str, collection: CollectionId, refusal: &Refusal) -> Error {
    match refusal.cause {
        Cause::Damaged => damaged(collection, refusal),
        Cause::Query | Cause::Limit => Error::bad_value(field, refusal.to_string()),
    }
}

/// Shows the bodies of a plan to `visit` until it says so, or until `time` is over.
pub(crate) fn walk(
    tx: &(impl ReadTx + ?Sized),
    collection: CollectionId,
    plan: &Plan,
    time: Duration,
    mut visit: impl FnMut(Place, Value<'_>) -> Result<ControlFlow<()>, Refusal>,
) -> Result<(), Stopped> {
    let mut watch = Watch::new(time);
    let mut each = |place: Place, bytes: &[u8]| watch.look(|| visit(place, Value::of(bytes)));
    match plan {
        Plan::All => tx.scan_bodies(collection, &mut each)?,
        Plan::With(clue) => tx.scan_bodies_with(collection, clue, &mut each)?,
        Plan::Places { places, .. } => tx.scan_bodies_at(collection, places, &mut each)?,
    }
    watch.outcome()
}

/// Shows records to `visit` in order of their ids, those beyond `after`, as [`walk`] does.
pub(crate) fn walk_by_id(
    tx: &(impl ReadTx + ?Sized),
    collection: CollectionId,
    (after, direction): (Option<&str>, Direction),
    time: Duration,
    mut visit: impl FnMut(Seen<'_>) -> Result<ControlFlow<()>, Refusal>,
) -> Result<(), Stopped> {
    let mut watch = Watch::new(time);
    tx.walk_by_id(collection, after, direction, &mut |seen| {
        watch.look(|| visit(seen))
    })?;
    watch.outcome()
}

/// Shows the records that an index leads to, as [`walk`] does.
pub(crate) fn walk_by_index(
    tx: &(impl ReadTx + ?Sized),
    collection: CollectionId,
    by: &IndexWalk<'_>,
    time: Duration,
    mut visit: impl FnMut(Seen<'_>) -> Result<ControlFlow<()>, Refusal>,
) -> Result<(), Stopped> {
    let mut watch = Watch::new(time);
    tx.walk_by_index(collection, by, &mut |seen| watch.look(|| visit(seen)))?;
    watch.outcome()
}

/// The clock of one walk, and why it was ended.
struct Watch {
    begun: Instant,
    time: Duration,
    count: u64,
    refusal: Option<Refusal>,
}

impl Watch {
    fn new(time: Duration) -> Self {
        Self {
            begun: Instant::now(),
            time,
            count: 0,
            refusal: None,
        }
    }

    fn look(&mut self, visit: impl FnOnce() -> Result<ControlFlow<()>, Refusal>) -> ControlFlow<()> {
        let time = self.time;
        let outcome = if self.count.is_multiple_of(BETWEEN_LOOKS) && self.begun.elapsed() >= time {
            Err(Refusal::beyond(format!("it takes longer than {time:?}"), "time"))
        } else {
            visit()
        };
        self.count += 1;
        outcome.unwrap_or_else(|refused| {
            self.refusal = Some(refused);
            ControlFlow::Break(())
        })
    }

    fn outcome(self) -> Result<(), Stopped> {
        self.refusal.map_or(Ok(()), |refusal| Err(refusal.into()))
    }
}
