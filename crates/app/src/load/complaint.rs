//! What is wrong with a definition, and where.

use std::fmt;

/// One thing wrong with a definition. Prints as `file:line: key: why`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// Path of the file within the definition's folder.
    pub file: String,
    /// Line, counted from 1; 0 where it is about the file as a whole.
    pub line: usize,
    /// The key, with those around it: `fields.state.typeRules`. Empty where it is about no key.
    pub key: String,
    /// What is wrong.
    pub why: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.why)
    }
}

impl std::error::Error for Complaint {}
