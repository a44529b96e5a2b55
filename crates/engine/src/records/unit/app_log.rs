//! What functions say, as lines of the app's log.

use model::{Actor, Timestamp};
use script::{Level, LogLine};
use storage::tables::app_logs::NewLogLine;

use crate::app_logs::{Entry, Happening, Kind, Level as LineLevel, new_line};

/// A line that a function wrote, or one about its failure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ScriptLine {
    level: Level,
    message: String,
    info: Option<String>,
}

impl ScriptLine {
    /// A line as the interpreter gives it.
    pub(crate) fn of(line: LogLine) -> Self {
        Self {
            level: line.level,
            message: line.message,
            info: line.extra.and_then(|extra| extra.to_text().ok()),
        }
    }

    /// A line as a function asks for it.
    pub(crate) fn new(level: &str, message: &str, info: Option<String>) -> Self {
        Self {
            level: match level {
                "DEBUG" => Level::Debug,
                "WARN" => Level::Warn,
                "ERROR" => Level::Error,
                _ => Level::Info,
            },
            message: message.to_owned(),
            info,
        }
    }

    /// A line about something that went wrong.
    pub(crate) fn error(message: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            message: message.into(),
            info: None,
        }
    }

    /// The level in words of jobs, and the text.
    pub(crate) fn of_job(&self) -> (model::job::Level, String) {
        let level = match self.level {
            Level::Debug | Level::Info => model::job::Level::Info,
            Level::Warn => model::job::Level::Warn,
            Level::Error => model::job::Level::Error,
        };
        (level, self.message.clone())
    }

    /// The line as the app's log has it.
    pub(crate) fn entry(self, ip: Option<String>) -> Entry {
        Entry {
            kind: Kind::App,
            happening: Some(Happening::Script),
            level: match self.level {
                Level::Debug => LineLevel::Debug,
                Level::Info => LineLevel::Info,
                Level::Warn => LineLevel::Warn,
                Level::Error => LineLevel::Error,
            },
            message: self.message,
            ip,
            info: self.info,
        }
    }

    /// The line to be stored with a chunk of a job.
    pub(crate) fn stored(self, actor: &Actor, at: Timestamp) -> NewLogLine {
        new_line(actor, self.entry(None), at)
    }
}
