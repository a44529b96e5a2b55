//! A line, before it is stored and as it is read.

use model::{Actor, Error, Timestamp};
use storage::tables::app_logs::{LogLine, NewLogLine};

use super::words::{Happening, Kind, Level};

/// The longest message of a line that the server writes, in characters; the rest is cut off.
const LONGEST: usize = 10_000;

/// What is to be logged.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it comes from.
    pub kind: Kind,
    /// What happened, for lines of the app.
    pub happening: Option<Happening>,
    /// How grave it is.
    pub level: Level,
    /// What it says.
    pub message: String,
    /// Where the caller came from.
    pub ip: Option<String>,
    /// More of it, as JSON.
    pub info: Option<String>,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Public id: 24 hex digits.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Where it comes from.
    pub kind: Kind,
    /// What happened.
    pub happening: Option<Happening>,
    /// How grave it is.
    pub level: Level,
    /// What it says.
    pub message: String,
    /// Mail address of whose doing it was.
    pub user_email: Option<String>,
    /// Mail address of who did it in the user's name.
    pub admin_email: Option<String>,
    /// Where he came from.
    pub ip: Option<String>,
    /// More of it, as JSON.
    pub info: Option<String>,
}

/// The line to be stored for what `actor` did.
pub(crate) fn new_line(actor: &Actor, entry: Entry, at: Timestamp) -> NewLogLine {
    let Entry {
        kind,
        happening,
        level,
        mut message,
        ip,
        info,
    } = entry;
    if let Some((end, _)) = message.char_indices().nth(LONGEST) {
        message.truncate(end);
    }
    NewLogLine {
        at,
        kind: kind.as_str(),
        sub_kind: happening.map(Happening::as_str),
        level: level.as_str(),
        message,
        user_email: (!actor.email.is_empty()).then(|| actor.email.clone()),
        admin_email: actor.impersonator.clone(),
        ip,
        info,
    }
}

/// The public id of the line at a place: its time in seconds and the place, so that ids grow with the log.
pub(super) fn id(at: Timestamp, place: i64) -> String {
    let seconds = u32::try_from(at.0 / 1000).unwrap_or(0);
    format!("{seconds:08x}{place:016x}")
}

/// The place of the line with this id.
pub(super) fn place(id: &str) -> Option<i64> {
    let bytes = model::hex::decode::<12>(id)?;
    let place: [u8; 8] = bytes[4..].try_into().ok()?;
    Some(i64::from_be_bytes(place)).filter(|place| *place >= 0)
}

impl LogEntry {
    pub(super) fn of(line: LogLine) -> Result<Self, Error> {
        let LogLine {
            seq,
            at,
            kind,
            sub_kind,
            level,
            message,
            user_email,
            admin_email,
            ip,
            info,
        } = line;
        let unknown = |word: &str| Error::internal(format!("the word {word:?} of a log line is unknown"));
        let happening = sub_kind.map(|word| Happening::parse(&word).ok_or_else(|| unknown(&word)));
        Ok(Self {
            id: id(at, seq),
            at,
            kind: Kind::parse(&kind).ok_or_else(|| unknown(&kind))?,
            happening: happening.transpose()?,
            level: Level::parse(&level).ok_or_else(|| unknown(&level))?,
            message,
            user_email,
            admin_email,
            ip,
            info,
        })
    }
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::{id, place};

    #[test]
    fn ids_lead_to_their_places() {
        let made = id(Timestamp(1_464_584_157_316), 77);
        assert_eq!(made, "574bc7dd000000000000004d");
        assert_eq!(place(&made), Some(77));
        for bad in ["", "x", "574bc7ddffffffffffffffff", "574bc7dd000000000000004dd"] {
            assert_eq!(place(bad), None, "{bad}");
        }
    }
}
