//! Why a script gave no result.

use std::fmt;

/// A failed call, or a file that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// What happened.
    pub kind: Kind,
    /// For people; of what a script threw, its message.
    pub message: String,
    /// What a script said beside it, as JSON.
    pub info: Option<String>,
    /// The script's file, as it was named when it was loaded.
    pub file: String,
    /// The line in it, from 1, where one is known.
    pub line: Option<u32>,
}

/// Ways to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The file is not JavaScript.
    Syntax,
    /// The script threw; with its code if it gave one.
    Thrown {
        /// As in `sys.exceptions.throwException(code, message)`.
        code: Option<String>,
    },
    /// The script asked for something that pure functions cannot have.
    Unavailable,
    /// It ran out of time.
    Timeout,
    /// It ran out of memory.
    Memory,
    /// It called itself too deep.
    Stack,
    /// The file has no function of this name.
    Missing,
    /// What it gave is not JSON, or too long.
    Result,
    /// An argument cannot be handed over.
    Argument,
    /// No interpreter became free in time.
    Busy,
    /// The interpreter itself failed.
    Internal,
}

impl ScriptError {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            info: None,
            file: String::new(),
            line: None,
        }
    }

    pub(crate) fn in_file(mut self, file: &str) -> Self {
        file.clone_into(&mut self.file);
        self
    }

    /// Takes the line from a stack trace: of the first frame that lies in `file`.
    pub(crate) fn at_stack(mut self, file: &str, stack: &str) -> Self {
        let place = format!("{file}:");
        self.line = stack.lines().find_map(|frame| {
            let (_, rest) = frame.split_once(place.as_str())?;
            let digits = rest.split(|found: char| !found.is_ascii_digit()).next()?;
            digits.parse().ok()
        });
        self.in_file(file)
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.as_str(), self.line) {
            ("", _) => f.write_str(&self.message),
            (file, None) => write!(f, "{file}: {}", self.message),
            (file, Some(line)) => write!(f, "{file}:{line}: {}", self.message),
        }
    }
}

impl std::error::Error for ScriptError {}
