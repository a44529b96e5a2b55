//! What happened in the app, line by line in order; the oldest lines go when there are too many.

use model::Timestamp;

use crate::Result;

/// A line to be kept. The words are the engine's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLogLine {
    /// When.
    pub at: Timestamp,
    /// What part of the product it comes from.
    pub kind: &'static str,
    /// What happened, for some kinds.
    pub sub_kind: Option<&'static str>,
    /// How grave it is.
    pub level: &'static str,
    /// What it says.
    pub message: String,
    /// Whose doing it was.
    pub user_email: Option<String>,
    /// Who did it in the user's name.
    pub admin_email: Option<String>,
    /// Where he called from.
    pub ip: Option<String>,
    /// More of it, as JSON.
    pub info: Option<String>,
}

/// A line as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its place.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// What part of the product it comes from.
    pub kind: String,
    /// What happened, for some kinds.
    pub sub_kind: Option<String>,
    /// How grave it is.
    pub level: String,
    /// What it says.
    pub message: String,
    /// Whose doing it was.
    pub user_email: Option<String>,
    /// Who did it in the user's name.
    pub admin_email: Option<String>,
    /// Where he called from.
    pub ip: Option<String>,
    /// More of it, as JSON.
    pub info: Option<String>,
}

/// Which lines; what is none or empty does not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Part of the user's mail address, whatever the case of its letters.
    pub user_email: Option<String>,
    /// Part of the message, whatever the case of its letters (of those of ASCII).
    pub message: Option<String>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Up to this time, itself included.
    pub to: Option<Timestamp>,
    /// One of these levels.
    pub levels: Vec<String>,
    /// One of these kinds.
    pub kinds: Vec<String>,
}

/// Which part of the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogSlice {
    /// The last ones.
    Newest,
    /// The ones behind this place.
    After(i64),
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogBounds {
    /// Lines.
    pub lines: u64,
    /// Bytes of all lines.
    pub bytes: u64,
}

/// Reading the log.
pub trait ReadAppLogs {
    /// Lines in order, oldest first, at most `limit`.
    fn log_lines(&mut self, filter: &LogFilter, slice: LogSlice, limit: u64) -> Result<Vec<LogLine>>;
    /// How many lines there are of this filter.
    fn count_log_lines(&mut self, filter: &LogFilter) -> Result<u64>;
}

/// Writing the log.
pub trait WriteAppLogs {
    /// Appends lines and says their places.
    fn add_log_lines(&mut self, lines: &[NewLogLine]) -> Result<Vec<i64>>;
    /// Deletes the oldest lines that are over the bounds; the newest stays in any case. How many.
    fn rotate_logs(&mut self, bounds: LogBounds) -> Result<u64>;
}
