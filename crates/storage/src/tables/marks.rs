//! Small named values: counters, watermarks, keys of the server. One of them is the revision.
//!
//! The revision grows, in the same transaction, with every change of what servers keep in memory: what a token is worth and
//! which app is in force. Whoever keeps such a thing knows by one small look-up whether it is still true, whoever
//! changed it.

use crate::{Error, Result};

/// The name of the revision.
pub(crate) const REVISION: &str = "revision";

/// The revision that a mark tells.
pub(crate) fn revision_of(mark: Option<&str>) -> Result<u64> {
    let damaged = |text: &str| Error::Damaged(format!("the revision {text:?}"));
    mark.map_or(Ok(0), |text| text.parse().map_err(|_| damaged(text)))
}

/// Reading marks.
pub trait ReadMarks {
    /// The value under `name`.
    fn mark(&mut self, name: &str) -> Result<Option<String>>;

    /// How often anything was changed that servers keep in memory.
    fn revision(&mut self) -> Result<u64> {
        revision_of(self.mark(REVISION)?.as_deref())
    }
}

/// Writing marks.
pub trait WriteMarks: ReadMarks {
    /// Sets the value under `name`.
    fn set_mark(&mut self, name: &str, value: &str) -> Result<()>;

    /// Notes that something was changed that servers keep in memory.
    fn revise(&mut self) -> Result<()> {
        let next = self.revision()? + 1;
        self.set_mark(REVISION, &next.to_string())
    }
}
