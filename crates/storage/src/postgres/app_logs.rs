//! The app's log.
//!
//! Lines are numbered by the writer, one by one: how many there are follows from the first and the last.

use std::borrow::Cow;

use model::Timestamp;
use tokio_postgres::Row;

use super::Session;
use super::value::{Cells, Value, params, signed, texts};
use crate::Result;
use crate::tables::app_logs::{LogBounds, LogFilter, LogLine, LogSlice, NewLogLine};
use crate::tables::{ReadAppLogs, WriteAppLogs};

/// In columns of this collation only the letters of ASCII have two cases, as on SQLite.
const MATCHES: &str = "($1::text IS NULL OR user_email ILIKE $1) AND ($2::text IS NULL OR message ILIKE $2)
    AND ($3::bigint IS NULL OR at >= $3) AND ($4::bigint IS NULL OR at <= $4)
    AND ($5::text[] IS NULL OR level = ANY($5)) AND ($6::text[] IS NULL OR type = ANY($6))";
const COLUMNS: &str = "seq, at, type, sub_type, level, message, user_email, admin_email, ip, info";
const INSERT: &str = "INSERT INTO app_logs
    (seq, at, type, sub_type, level, message, user_email, admin_email, ip, info, size, before)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[])";
const LAST: &str = "SELECT seq, before + size FROM app_logs ORDER BY seq DESC LIMIT 1";
/// The first line that may stay by its size. All lines up to it are read, which are the ones to go.
const FIRST_WITHIN: &str = "SELECT seq FROM app_logs WHERE before >= $1 ORDER BY seq LIMIT 1";
const DELETE: &str = "DELETE FROM app_logs WHERE seq < $1";
/// What a line takes beside its texts.
const OVERHEAD: usize = 60;

/// The filter as the parameters of [`MATCHES`].
fn bound(filter: &LogFilter) -> Vec<Value<'_>> {
    vec![
        filter.user_email.as_deref().map(part).into(),
        filter.message.as_deref().map(part).into(),
        filter.from.map(|time| time.0).into(),
        filter.to.map(|time| time.0).into(),
        list(&filter.levels),
        list(&filter.kinds),
    ]
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

fn list(words: &[String]) -> Value<'_> {
    match words {
        [] => Value::Null,
        words => texts(words.iter().map(String::as_str)),
    }
}

fn line(row: &Row) -> Result<LogLine> {
    let row = Cells(row);
    Ok(LogLine {
        seq: row.int(0)?,
        at: Timestamp(row.int(1)?),
        kind: row.text(2)?,
        sub_kind: row.opt_text(3)?,
        level: row.text(4)?,
        message: row.text(5)?,
        user_email: row.opt_text(6)?,
        admin_email: row.opt_text(7)?,
        ip: row.opt_text(8)?,
        info: row.opt_text(9)?,
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
        let row = self.aside().row(LAST, &[])?;
        row.map(|row| Ok((Cells(&row).int(0)?, Cells(&row).int(1)?)))
            .transpose()
    }

    fn add_lines(&self, lines: &[NewLogLine]) -> Result<Vec<i64>> {
        let (last, mut before) = self.last_line()?.unwrap_or((0, 0));
        let places: Vec<i64> = (last + 1..).take(lines.len()).collect();
        let (mut sizes, mut befores) = (Vec::new(), Vec::new());
        for line in lines {
            let size = bytes(line);
            sizes.push(size);
            befores.push(before);
            before = before.saturating_add(size);
        }
        let all = |of: fn(&NewLogLine) -> Option<&str>| {
            Value::Texts(lines.iter().map(|line| of(line).map(Cow::Borrowed)).collect())
        };
        let times: Vec<i64> = lines.iter().map(|line| line.at.0).collect();
        self.aside().send(
            INSERT,
            params![
                places.clone(),
                times,
                all(|line| Some(line.kind)),
                all(|line| line.sub_kind),
                all(|line| Some(line.level)),
                all(|line| Some(&line.message)),
                all(|line| line.user_email.as_deref()),
                all(|line| line.admin_email.as_deref()),
                all(|line| line.ip.as_deref()),
                all(|line| line.info.as_deref()),
                sizes,
                befores
            ],
        )?;
        Ok(places)
    }
}

impl ReadAppLogs for Session<'_> {
    fn log_lines(&mut self, filter: &LogFilter, slice: LogSlice, limit: u64) -> Result<Vec<LogLine>> {
        let (after, order) = match slice {
            LogSlice::Newest => (i64::MIN, "DESC"),
            LogSlice::After(seq) => (seq, "ASC"),
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM app_logs WHERE seq > $7 AND {MATCHES} ORDER BY seq {order} LIMIT $8"
        );
        let mut values = bound(filter);
        values.extend([after.into(), signed(limit).into()]);
        let rows = self.aside().rows(&sql, &values)?;
        let mut lines: Vec<LogLine> = rows.iter().map(line).collect::<Result<_>>()?;
        if slice == LogSlice::Newest {
            lines.reverse();
        }
        Ok(lines)
    }

    fn count_log_lines(&mut self, filter: &LogFilter) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM app_logs WHERE {MATCHES}");
        Ok(self.aside().number(&sql, &bound(filter))?.unsigned_abs())
    }
}

impl WriteAppLogs for Session<'_> {
    fn add_log_lines(&mut self, lines: &[NewLogLine]) -> Result<Vec<i64>> {
        self.whole(|session| session.add_lines(lines))
    }

    fn rotate_logs(&mut self, bounds: LogBounds) -> Result<u64> {
        let Some((last, size)) = self.last_line()? else {
            return Ok(0);
        };
        let over = size.saturating_sub(signed(bounds.bytes));
        let within = self.aside().row(FIRST_WITHIN, params![over])?;
        let within = within.map(|row| Cells(&row).int(0)).transpose()?;
        let by_count = last.saturating_sub(signed(bounds.lines)).saturating_add(1);
        let first = within.unwrap_or(last).max(by_count).min(last);
        self.aside().change(DELETE, params![first])
    }
}
