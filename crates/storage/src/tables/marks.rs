//! Small named values: counters, watermarks, keys of the server.

use crate::Result;

/// Reading marks.
pub trait ReadMarks {
    /// The value under `name`.
    fn mark(&mut self, name: &str) -> Result<Option<String>>;
}

/// Writing marks.
pub trait WriteMarks {
    /// Sets the value under `name`.
    fn set_mark(&mut self, name: &str, value: &str) -> Result<()>;
}
