//! What the upkeep clears away of records: lines of histories that are past their time (`auditLogs.expiration`), and what
//! dropped collections and indexes left behind when the job that sweeps it did not come to its end. Then files of
//! entities that are gone are let go too.

use app::{Expiry, Period};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp as Instant};
use model::{CollectionId, Error, Timestamp};

use crate::Engine;
use crate::apps::let_files_go;

/// Rows that one transaction deletes, so that no other write waits long.
const BATCH: u64 = 500;

/// Clears away; how many lines of histories and how many rows that were.
pub(crate) fn tidy(engine: &Engine) -> Result<(u64, u64), Error> {
    let mut lines = 0;
    if let Ok(catalogue) = engine.catalogue() {
        let now = engine.env().now();
        for entity in catalogue.entities() {
            let before = entity
                .audit
                .expiry
                .and_then(|expiry| before(now, expiry, catalogue.zone()));
            if let Some(before) = before {
                lines += prune(engine, entity.collection(), before)?;
            }
        }
    }
    let now = engine.env().now();
    in_batches(|| {
        engine
            .store()
            .write_blocking(move |tx| let_files_go(tx, now, BATCH))
    })?;
    Ok((lines, sweep(engine)?))
}

fn prune(engine: &Engine, collection: CollectionId, before: Timestamp) -> Result<u64, Error> {
    in_batches(|| {
        let store = engine.store();
        store.write_blocking(move |tx| Ok(tx.prune_history(collection, before, BATCH)?))
    })
}

fn sweep(engine: &Engine) -> Result<u64, Error> {
    in_batches(|| engine.store().write_blocking(|tx| Ok(tx.sweep(BATCH)?)))
}

fn in_batches(delete: impl Fn() -> Result<u64, Error>) -> Result<u64, Error> {
    let mut all = 0;
    loop {
        let gone = delete()?;
        all += gone;
        if gone < BATCH {
            return Ok(all);
        }
    }
}

/// The time from which on a history is kept; none when that is before the calendar begins.
fn before(now: Timestamp, expiry: Expiry, zone: &TimeZone) -> Option<Timestamp> {
    let count = i64::from(expiry.value);
    let span = match expiry.period {
        Period::Days => Span::new().try_days(count),
        Period::Weeks => Span::new().try_weeks(count),
        Period::Months => Span::new().try_months(count),
    };
    let today = Instant::from_millisecond(now.0).ok()?.to_zoned(zone.clone());
    let before = today.checked_sub(span.ok()?).ok()?;
    Some(Timestamp(before.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_the_calendar_and_too_many_keep_all() {
        let of = |text: &str| Timestamp(text.parse::<Instant>().unwrap().as_millisecond());
        let now = of("2026-03-31T10:00:00Z");
        let rows = [
            (10, Period::Days, Some(of("2026-03-21T11:00:00Z"))),
            (1, Period::Weeks, Some(of("2026-03-24T11:00:00Z"))),
            (1, Period::Months, Some(of("2026-02-28T11:00:00Z"))),
            (u32::MAX, Period::Days, None),
        ];
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        for (value, period, wanted) in rows {
            assert_eq!(
                before(now, Expiry { value, period }, &zone),
                wanted,
                "{value} {period:?}"
            );
        }
    }
}
