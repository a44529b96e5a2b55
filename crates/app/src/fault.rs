//! What is wrong with one field of a record, as clients are told.
//!
//! Codes and known messages are those of the original (`contracts/slingr.md` §1.3), so messages here begin with a capital.
//! A record may have several faults; the engine collects them, a dialect prints them.

use std::fmt;

/// The message for a field without the value that it must have.
pub const REQUIRED: &str = "This field is required";
/// The message for a choice that does not exist.
pub const NOT_A_CHOICE: &str = "Not a valid choice";

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Dotted path with indexes: `addresses[1].zipCode`.
    pub field: String,
    /// What people call the field.
    pub label: String,
    /// What sort of fault.
    pub code: FaultCode,
    /// What is wrong, for people.
    pub message: String,
    /// The value that was refused, as text.
    pub rejected: Option<String>,
}

impl Fault {
    /// A field that must have a value has none.
    #[must_use]
    pub fn required(field: impl Into<String>, label: impl Into<String>) -> Self {
        Problem::new(FaultCode::Required, REQUIRED).at(field, label)
    }
}

/// Sorts of faults.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FaultCode {
    /// No value where one must be.
    Required,
    /// Unknown field, or a list, object or single value where another of them belongs.
    InvalidStructure,
    /// What it refers to does not exist.
    NotFound,
    /// The value does not fit its type or its rules.
    Invalid,
    /// Not a mail address.
    InvalidEmail,
    /// Another record has this value.
    Unique,
    /// More than one record fits the reference.
    NotUnique,
    /// This may not be done with it.
    AllowedOperations,
    /// Anything else.
    General,
    /// A code that a script made up.
    Other(String),
}

impl FaultCode {
    /// The code on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Required => "required",
            Self::InvalidStructure => "invalidStructure",
            Self::NotFound => "notFound",
            Self::Invalid => "invalid",
            Self::InvalidEmail => "invalidEmail",
            Self::Unique => "unique",
            Self::NotUnique => "notUnique",
            Self::AllowedOperations => "allowedOperations",
            Self::General => "general",
            Self::Other(code) => code,
        }
    }
}

impl From<&str> for FaultCode {
    /// The code of this name; a script's own when none has it.
    fn from(code: &str) -> Self {
        let known = [
            Self::Required,
            Self::InvalidStructure,
            Self::NotFound,
            Self::Invalid,
            Self::InvalidEmail,
            Self::Unique,
            Self::NotUnique,
            Self::AllowedOperations,
            Self::General,
        ];
        let found = known.into_iter().find(|known| known.as_str() == code);
        found.unwrap_or_else(|| Self::Other(code.to_owned()))
    }
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A fault of a value by itself, before anybody has said which field it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What sort of fault.
    pub code: FaultCode,
    /// What is wrong, for people.
    pub message: String,
    /// The value that was refused, as text.
    pub rejected: Option<String>,
}

impl Problem {
    /// A fault without a value.
    #[must_use]
    pub fn new(code: FaultCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            rejected: None,
        }
    }

    /// The same, of this value.
    #[must_use]
    pub fn of(mut self, rejected: impl Into<String>) -> Self {
        self.rejected = Some(rejected.into());
        self
    }

    /// The fault of the field at this path.
    #[must_use]
    pub fn at(self, field: impl Into<String>, label: impl Into<String>) -> Fault {
        Fault {
            field: field.into(),
            label: label.into(),
            code: self.code,
            message: self.message,
            rejected: self.rejected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_they_are_written() {
        for code in [
            "required",
            "invalidStructure",
            "notFound",
            "invalid",
            "invalidEmail",
            "unique",
            "notUnique",
            "allowedOperations",
            "general",
        ] {
            let read = FaultCode::from(code);
            assert_eq!(read.as_str(), code);
            assert!(!matches!(read, FaultCode::Other(_)), "{code}");
        }
        assert_eq!(
            FaultCode::from("invalidState"),
            FaultCode::Other("invalidState".to_owned())
        );
    }

    #[test]
    fn a_problem_becomes_the_fault_of_a_field() {
        let fault = Problem::new(FaultCode::Invalid, NOT_A_CHOICE)
            .of("x")
            .at("addresses[1].kind", "Kind");
        assert_eq!(fault.field, "addresses[1].kind");
        assert_eq!(fault.label, "Kind");
        assert_eq!(fault.code.to_string(), "invalid");
        assert_eq!(fault.rejected.as_deref(), Some("x"));
        assert_eq!(Fault::required("name", "Name").message, "This field is required");
    }
}
