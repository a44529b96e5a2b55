//! The app's log.

use model::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::Session;
use crate::numbers::signed;
use crate::tables::app_logs::{LogBounds, LogFilter, LogLine, LogSlice, NewLogLine};
use crate::tables::{ReadAppLogs, WriteAppLogs};
use crate::{Error, Result};

const MATCHES: &str = "(?1 IS NULL OR user_email LIKE ?1 ESCAPE '\\')
    AND (?2 IS NULL OR message LIKE ?2 ESCAPE '\\')
    AND (?3 IS NULL OR at >= ?3) AND (?4 IS NULL OR at <= ?4)
    AND (?5 IS NULL OR level IN (SELECT value FROM json_each(?5)))
    AND (?6 IS NULL OR type IN (SELECT value FROM json_each(?6)))";
const COLUMNS: &str = "seq, at, type, sub_type, level, message, user_email, admin_email, ip, info";
const INSERT: &str = "INSERT INTO app_logs
    (at, type, sub_type, level, message, user_email, admin_email, ip, info, size, before)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
const LAST: &str = "SELECT seq, before + size FROM app_logs ORDER BY seq DESC LIMIT 1";
/// The first line that may stay by its size. All lines up to it are read, which are the ones to go.
const FIRST_WITHIN: &str = "SELECT seq FROM app_logs WHERE before >= ?1 ORDER BY seq LIMIT 1";
const DELETE: &str = "DELETE FROM app_logs WHERE seq < ?1";
/// What a line takes beside its texts.
const OVERHEAD: usize = 60;

/// The filter as the parameters of [`MATCHES`].
struct Bound {
    email: Option<String>,
    message: Option<String>,
    from: Option<i64>,
    to: Option<i64>,
    levels: Option<String>,
    kinds: Option<String>,
}

impl Bound {
    fn of(filter: &LogFilter) -> Result<Self> {
        Ok(Self {
            email: filter.user_email.as_deref().map(part),
            message: filter.message.as_deref().map(part),
            from: filter.from.map(|time| time.0),
            to: filter.to.map(|time| time.0),
            levels: list(&filter.levels)?,
            kinds: list(&filter.kinds)?,
        })
    }
}

/// A pattern that fits what has `text` in it.
fn part(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

fn list(words: &[String]) -> Result<Option<String>> {
    if words.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_string(words).map_err(|error| Error::Backend(error.to_string()))?;
    Ok(Some(text))
}

fn line(row: &Row<'_>) -> rusqlite::Result<LogLine> {
    Ok(LogLine {
        seq: row.get(0)?,
        at: Timestamp(row.get(1)?),
        kind: row.get(2)?,
        sub_kind: row.get(3)?,
        level: row.get(4)?,
        message: row.get(5)?,
        user_email: row.get(6)?,
        admin_email: row.get(7)?,
        ip: row.get(8)?,
        info: row.get(9)?,
    })
}

/// What a line takes, near enough.
fn bytes(line: &NewLogLine) -> i64 {
    let texts = [&line.user_email, &line.admin_email, &line.ip, &line.info];
    let texts: usize = texts.into_iter().flatten().map(String::len).sum();
    i64::try_from(texts + line.message.len() + OVERHEAD).unwrap_or(i64::MAX)
}

impl Session<'_> {
    /// Place and running size of the last line.
    fn last_line(&self) -> Result<Option<(i64, i64)>> {
        let mut last = self.prepared(LAST)?;
        let found = last.query_row([], |row| Ok((row.get(0)?, row.get(1)?)));
        Ok(found.optional()?)
    }
}

impl ReadAppLogs for Session<'_> {
    fn log_lines(&mut self, filter: &LogFilter, slice: LogSlice, limit: u64) -> Result<Vec<LogLine>> {
        let Bound {
            email,
            message,
            from,
            to,
            levels,
            kinds,
        } = Bound::of(filter)?;
        let (after, order) = match slice {
            LogSlice::Newest => (i64::MIN, "DESC"),
            LogSlice::After(seq) => (seq, "ASC"),
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM app_logs WHERE seq > ?7 AND {MATCHES} ORDER BY seq {order} LIMIT ?8"
        );
        let mut found = self.prepared(&sql)?;
        let limit = signed(limit);
        let rows = found.query_map(
            params![email, message, from, to, levels, kinds, after, limit],
            line,
        )?;
        let mut lines: Vec<LogLine> = rows.collect::<rusqlite::Result<_>>()?;
        if slice == LogSlice::Newest {
            lines.reverse();
        }
        Ok(lines)
    }

    fn count_log_lines(&mut self, filter: &LogFilter) -> Result<u64> {
        let Bound {
            email,
            message,
            from,
            to,
            levels,
            kinds,
        } = Bound::of(filter)?;
        let sql = format!("SELECT count(*) FROM app_logs WHERE {MATCHES}");
        let mut count = self.prepared(&sql)?;
        let count: i64 =
            count.query_row(params![email, message, from, to, levels, kinds], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }
}

impl WriteAppLogs for Session<'_> {
    fn add_log_lines(&mut self, lines: &[NewLogLine]) -> Result<Vec<i64>> {
        self.whole(|session| {
            let mut before = session.last_line()?.map_or(0, |(_, end)| end);
            let mut insert = session.prepared(INSERT)?;
            let mut places = Vec::with_capacity(lines.len());
            for line in lines {
                let size = bytes(line);
                let row = params![
                    line.at.0,
                    line.kind,
                    line.sub_kind,
                    line.level,
                    line.message,
                    line.user_email,
                    line.admin_email,
                    line.ip,
                    line.info,
                    size,
                    before
                ];
                places.push(insert.insert(row)?);
                before = before.saturating_add(size);
            }
            Ok(places)
        })
    }

    fn rotate_logs(&mut self, bounds: LogBounds) -> Result<u64> {
        let Some((last, size)) = self.last_line()? else {
            return Ok(0);
        };
        let over = size.saturating_sub(signed(bounds.bytes));
        let mut within = self.prepared(FIRST_WITHIN)?;
        let within: Option<i64> = within.query_row([over], |row| row.get(0)).optional()?;
        let by_count = last.saturating_sub(signed(bounds.lines)).saturating_add(1);
        let first = within.unwrap_or(last).max(by_count).min(last);
        Ok(self.prepared(DELETE)?.execute([first])? as u64)
    }
}
