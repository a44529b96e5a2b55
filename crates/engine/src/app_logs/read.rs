//! Reading the log.

use jiff::tz::TimeZone;
use model::{Actor, Error, PageOf, Timestamp};
use storage::tables::app_logs::{LogFilter as StoredFilter, LogSlice};

use super::line::{LogEntry, place};
use super::period::Period;
use super::words::{Kind, Level};
use crate::Engine;
use crate::accounts::require_developer;

/// The longest page.
const LARGEST: u64 = 1000;

/// Which lines; what is none or empty does not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Part of the user's mail address.
    pub user_email: Option<String>,
    /// Part of the message.
    pub message: Option<String>,
    /// A span of time, in place of the two that follow.
    pub period: Option<Period>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Up to this time.
    pub to: Option<Timestamp>,
    /// One of these.
    pub levels: Vec<Level>,
    /// One of these.
    pub kinds: Vec<Kind>,
}

/// Which part of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPage {
    /// How many lines.
    pub size: u64,
    /// Begins behind the line with this id; none takes the newest lines.
    pub after: Option<String>,
}

impl Engine {
    /// Lines of the log, oldest first, and how many there are of this filter.
    ///
    /// # Errors
    /// `forbidden` unless the caller is a developer; `bad-value` for a page that is too long, or an offset that is no
    /// id of a line.
    pub async fn app_logs(
        &self,
        actor: &Actor,
        filter: LogFilter,
        page: LogPage,
    ) -> Result<PageOf<LogEntry>, Error> {
        require_developer(actor)?;
        let LogPage { size, after } = page;
        if size > LARGEST {
            let message = format!("a page has {LARGEST} lines at most, got {size}");
            return Err(Error::bad_value("_size", message));
        }
        let slice = match after {
            None => LogSlice::Newest,
            Some(id) => LogSlice::After(place(&id).ok_or_else(|| {
                Error::bad_value("_offset", format!("expected the id of a log line, got {id:?}"))
            })?),
        };
        if let Err(error) = self.flush_logs().await {
            // What is stored can be read all the same.
            tracing::warn!(
                error = error.message(),
                "cannot store lines before reading the app's log"
            );
        }
        let filter = self.stored_filter(filter);
        let found = self.store().scan(move |tx| {
            let total = tx.count_log_lines(&filter)?;
            Ok::<_, Error>((tx.log_lines(&filter, slice, size)?, total))
        });
        let (lines, total) = found.await?;
        let entries = lines.into_iter().map(LogEntry::of).collect::<Result<_, _>>()?;
        Ok(PageOf { entries, total })
    }

    /// The first and the last moment of a period, as of now.
    pub fn bounds_of(&self, period: Period) -> (Timestamp, Option<Timestamp>) {
        period.bounds(self.env().now(), &self.app_zone())
    }

    fn stored_filter(&self, filter: LogFilter) -> StoredFilter {
        let (from, to) = match filter.period {
            Some(period) => {
                let (from, to) = self.bounds_of(period);
                (Some(from), to)
            }
            None => (filter.from, filter.to),
        };
        let words = |words: Vec<&'static str>| words.into_iter().map(str::to_owned).collect();
        StoredFilter {
            user_email: filter.user_email,
            message: filter.message,
            from,
            to,
            levels: words(filter.levels.into_iter().map(Level::as_str).collect()),
            kinds: words(filter.kinds.into_iter().map(Kind::as_str).collect()),
        }
    }

    /// The zone of the app's days.
    fn app_zone(&self) -> TimeZone {
        let zone = self.app().and_then(|app| TimeZone::get(&app.timezone).ok());
        zone.unwrap_or(TimeZone::UTC)
    }
}
