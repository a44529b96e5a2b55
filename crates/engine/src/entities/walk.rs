//! Walking over the bodies that a plan names, with an eye on the clock.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use jsonb::Value;
use model::{CollectionId, Error};
use query::{Cause, Refusal};
use storage::ReadTx;
use storage::tables::records::Place;

use super::damaged;
use super::plan::Plan;

/// Documents between two looks at the clock.
const BETWEEN_LOOKS: u64 = 64;

/// What ends a walk before its end.
pub(super) enum Stopped {
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
    pub(super) fn into_error(self, field: &str, collection: CollectionId) -> Error {
        match self {
            Self::Store(error) => error.into(),
            Self::Refusal(refusal) => refused(field, collection, &refusal),
        }
    }
}

/// The error of a refusal.
pub(super) fn refused(field: &str, collection: CollectionId, refusal: &Refusal) -> Error {
    match refusal.cause {
        Cause::Damaged => damaged(collection, refusal),
        Cause::Query | Cause::Limit => Error::bad_value(field, refusal.to_string()),
    }
}

/// Shows the bodies of a plan to `visit` until it says so, or until `time` is over.
pub(super) fn walk(
    tx: &(impl ReadTx + ?Sized),
    collection: CollectionId,
    plan: &Plan,
    time: Duration,
    mut visit: impl FnMut(Place, Value<'_>) -> Result<ControlFlow<()>, Refusal>,
) -> Result<(), Stopped> {
    let (begun, mut count, mut refusal) = (Instant::now(), 0_u64, None);
    let mut each = |place: Place, bytes: &[u8]| {
        let outcome = if count % BETWEEN_LOOKS == 0 && begun.elapsed() >= time {
            Err(Refusal::beyond(format!("it takes longer than {time:?}"), "time"))
        } else {
            visit(place, Value::of(bytes))
        };
        count += 1;
        outcome.unwrap_or_else(|refused| {
            refusal = Some(refused);
            ControlFlow::Break(())
        })
    };
    match plan {
        Plan::All => tx.scan_bodies(collection, &mut each)?,
        Plan::Places { places, .. } => tx.scan_bodies_at(collection, places, &mut each)?,
    }
    refusal.map_or(Ok(()), |refusal| Err(refusal.into()))
}
