//! How large and how deep a JSON text may be.
//!
//! A caller's limits can only be tighter than what SQLite itself can read back; larger values are cut to
//! that, so a body that was accepted is always a body the database can open.

/// The deepest nesting that can be stored: SQLite refuses to read JSON with more levels.
pub const MAX_DEPTH: usize = 1000;

/// The longest text that can be stored: SQLite's largest value, by default, in bytes.
pub const MAX_TEXT: usize = 1_000_000_000;

/// Limits a JSON text is held to while it is scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest text, in bytes; at most [`MAX_TEXT`] has an effect.
    pub max_bytes: usize,
    /// Most arrays and objects open at once; at most [`MAX_DEPTH`] has an effect.
    pub max_depth: usize,
    /// Longest string or key, in bytes as written between its quotes.
    pub max_string: usize,
}

impl Default for Limits {
    /// 16 MiB of text, 128 levels, 8 MiB per string.
    ///
    /// 16 MiB is the largest document of the well-known document databases, so nothing that fits there is
    /// refused here. 128 levels is what common JSON libraries read by default; a deeper body could be stored
    /// but most clients could not load it. Half of the body for one string leaves room for an embedded file
    /// while a single value can never fill a whole request.
    fn default() -> Self {
        Self {
            max_bytes: 16 << 20,
            max_depth: 128,
            max_string: 8 << 20,
        }
    }
}
