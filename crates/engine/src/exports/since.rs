//! From when on an export takes changes: since another export, or since a point in time.
//!
//! A time becomes a place in the history by a binary search, because places grow with time as long as the clock does
//! not go back. Where it did, changes of that stretch may be exported once too often, never too rarely than the search
//! can tell; since an export there is no such doubt.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use model::job::Status;
use model::{CollectionId, Error, HistorySeq, Job, JobId, JobSeq, Timestamp};
use serde::{Deserialize, Serialize};
use storage::ReadTx;

use crate::kinds::export::{KIND, Results};

/// Where an export begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Since {
    /// As it was asked for.
    pub(crate) given: String,
    /// Changes after this place.
    pub(crate) after: HistorySeq,
}

/// What a client may mean.
enum Meant {
    Export(Result<JobSeq, JobId>),
    Time(Timestamp),
}

/// Finds the place that `given` stands for.
pub(super) fn resolve(tx: &mut dyn ReadTx, articles: CollectionId, given: String) -> Result<Since, Error> {
    let after = match read(&given)? {
        Meant::Time(time) => before(tx, articles, time)?,
        Meant::Export(id) => {
            let job = match &id {
                Ok(seq) => tx.job(*seq)?,
                Err(id) => tx.job_by_id(id)?,
            };
            watermark(job.as_ref(), &given)?
        }
    };
    Ok(Since { given, after })
}

/// The job that an id in a path or a field means; none for a text that is no id.
pub(super) fn job_id(text: &str) -> Option<Result<JobSeq, JobId>> {
    if let Ok(id) = text.parse::<JobId>() {
        return Some(Err(id));
    }
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = digits.then(|| text.parse().unwrap_or(i64::MAX));
    number.map(|number| Ok(JobSeq(number)))
}

fn read(given: &str) -> Result<Meant, Error> {
    if let Some(id) = job_id(given) {
        return Ok(Meant::Export(id));
    }
    let time = time(given).ok_or_else(|| {
        let shown: String = given.chars().take(64).collect();
        wrong(format!(
            "since must be the id of an export or an ISO 8601 time, got {shown:?}"
        ))
    })?;
    Ok(Meant::Time(time))
}

/// A time with an offset, or in UTC without one; a day begins at midnight.
fn time(text: &str) -> Option<Timestamp> {
    // A place in time to the millisecond: nothing that happened in it may be missed, so it is cut, not rounded.
    let cut = |instant: jiff::Timestamp| Timestamp(instant.as_millisecond());
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(cut(instant));
    }
    let civil = match text.parse::<Date>() {
        Ok(day) if text.len() <= 10 => day.to_datetime(jiff::civil::Time::midnight()),
        _ => text.parse::<DateTime>().ok()?,
    };
    Some(cut(civil.to_zoned(TimeZone::UTC).ok()?.timestamp()))
}

fn watermark(job: Option<&Job>, given: &str) -> Result<HistorySeq, Error> {
    let Some(job) = job.filter(|job| job.kind == KIND) else {
        return Err(wrong(format!("since: there is no export {given}")));
    };
    if job.status != Status::Finished {
        let status = job.status.as_str();
        return Err(wrong(format!(
            "since: export {given} is not finished, its status is {status}"
        )));
    }
    let results = job.results.as_deref().unwrap_or_default();
    let results: Results = serde_json::from_str(results).map_err(Error::internal)?;
    Ok(results.watermark)
}

/// The last place before the first change at or after `time`.
fn before(tx: &mut dyn ReadTx, articles: CollectionId, time: Timestamp) -> Result<HistorySeq, Error> {
    // Every change up to `low` is earlier, every change after `high` is not.
    let (mut low, mut high) = (0, tx.history_head(articles)?.0);
    while low < high {
        let middle = low + (high - low) / 2;
        let next = tx.history_after(articles, HistorySeq(middle), 1)?.pop();
        match next.filter(|change| change.seq.0 <= high) {
            Some(change) if change.stamp.on < time => low = change.seq.0,
            _ => high = middle,
        }
    }
    Ok(HistorySeq(low))
}

fn wrong(message: String) -> Error {
    Error::bad_value("since", message)
}

#[cfg(test)]
mod tests {
    use super::{job_id, time};

    #[test]
    fn times_are_read_in_every_form_of_the_standard() {
        for (text, millis) in [
            ("2016-05-30T04:55:57.316Z", 1_464_584_157_316),
            ("2016-05-30T14:55:57.316+10:00", 1_464_584_157_316),
            ("2016-05-30T04:55:57.3169", 1_464_584_157_316),
            ("2016-05-30 04:55:57", 1_464_584_157_000),
            ("2016-05-30", 1_464_566_400_000),
        ] {
            assert_eq!(time(text).map(|time| time.0), Some(millis), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "30/05/2016",
            "2016-13-01",
            "2016-05-30T25:00:00Z",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn ids_are_numbers_or_24_digits() {
        assert!(matches!(job_id("12"), Some(Ok(seq)) if seq.0 == 12));
        assert!(matches!(job_id("999999999999999999999999"), Some(Err(_))));
        assert!(matches!(job_id("99999999999999999999"), Some(Ok(seq)) if seq.0 == i64::MAX));
        assert!(job_id("-1").is_none() && job_id("").is_none() && job_id("1x").is_none());
    }
}
