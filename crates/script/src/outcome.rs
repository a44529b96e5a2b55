//! What a call gives: a result or an error, and what the script wrote to the log on the way.

use jsonb::Jsonb;

use crate::ScriptError;

/// The end of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What the function returned; none for `undefined`. Dates are milliseconds.
    pub result: Result<Option<Jsonb>, ScriptError>,
    /// What it logged, also when it failed.
    pub logs: Vec<LogLine>,
}

impl Outcome {
    pub(crate) fn failed(error: ScriptError) -> Self {
        Self {
            result: Err(error),
            logs: Vec::new(),
        }
    }
}

/// One line of `sys.logs`.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// How important.
    pub level: Level,
    /// The text.
    pub message: String,
    /// The second argument, if there was one.
    pub extra: Option<Jsonb>,
}

/// Levels of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For whoever writes the script.
    Debug,
    /// For the record.
    Info,
    /// Worth a look.
    Warn,
    /// Wrong.
    Error,
}

impl Level {
    pub(crate) fn parse(name: &str) -> Self {
        match name {
            "DEBUG" => Self::Debug,
            "WARN" => Self::Warn,
            "ERROR" => Self::Error,
            _ => Self::Info,
        }
    }
}
