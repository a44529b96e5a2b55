//! Lines that clients send.

use model::{Actor, Error};
use storage::tables::app_logs::NewLogLine;

use super::line::{Entry, LogEntry, id, new_line};
use super::words::{Kind, Level};
use crate::Engine;
use crate::accounts::require_developer;

/// The longest message, in characters.
const LONGEST: usize = 10_000;
/// The longest further information, in bytes of JSON.
const MOST_INFO: usize = 256 << 10;

/// A line as a client sends it.
#[derive(Clone, Debug)]
pub struct Posted {
    /// How grave it is.
    pub level: Level,
    /// What it says.
    pub message: String,
    /// More of it, as JSON.
    pub info: Option<String>,
    /// Where the client came from.
    pub ip: Option<String>,
}

impl Engine {
    /// Stores a line of a client; it is on disk when this returns.
    ///
    /// # Errors
    /// `forbidden` unless the caller is a developer; validation errors.
    pub async fn post_log(&self, actor: &Actor, posted: Posted) -> Result<LogEntry, Error> {
        require_developer(actor)?;
        let Posted {
            level,
            message,
            info,
            ip,
        } = posted;
        check(&message, info.as_deref())?;
        let entry = Entry {
            kind: Kind::External,
            happening: None,
            level,
            message,
            ip,
            info,
        };
        let line = new_line(actor, entry, self.env().now());
        let place = self.store_line(line.clone()).await?;
        Ok(shown(line, place, level))
    }
}

fn check(message: &str, info: Option<&str>) -> Result<(), Error> {
    if message.trim().is_empty() {
        let (field, text) = ("message".to_owned(), "Message cannot be empty".to_owned());
        return Err(Error::of_field(model::Code::MissingField, field, text));
    }
    let length = message.chars().count();
    if length > LONGEST {
        let text = format!("a message has {LONGEST} characters at most, got {length}");
        return Err(Error::bad_value("message", text));
    }
    let length = info.map_or(0, str::len);
    if length > MOST_INFO {
        let text = format!("the additional information has {MOST_INFO} bytes at most, got {length}");
        return Err(Error::bad_value("additionalInfo", text));
    }
    Ok(())
}

fn shown(line: NewLogLine, place: i64, level: Level) -> LogEntry {
    LogEntry {
        id: id(line.at, place),
        at: line.at,
        kind: Kind::External,
        happening: None,
        level,
        message: line.message,
        user_email: line.user_email,
        admin_email: line.admin_email,
        ip: line.ip,
        info: line.info,
    }
}
