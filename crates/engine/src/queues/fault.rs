//! What queues refuse, in kinds that a dialect gives its codes.

use std::borrow::Cow;

use model::{Code, Error};

/// Why something is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// There is no such queue.
    NoQueue,
    /// A queue of this name is there and is set otherwise.
    QueueExists,
    /// It was purged a moment ago.
    PurgedLately,
    /// No such attribute.
    AttributeName,
    /// An attribute that cannot have this value.
    AttributeValue,
    /// A parameter that cannot have this value.
    Parameter,
    /// A parameter that must be there.
    Missing,
    /// Characters that no message may have.
    Contents,
    /// No receipt handle of this queue.
    Handle,
    /// Nobody holds the message.
    NotHeld,
    /// More of something than is allowed.
    OverLimit,
    /// A batch of nothing.
    EmptyBatch,
    /// A batch of too many entries.
    LongBatch,
    /// A batch whose entries are too long together.
    BatchTooLong,
    /// An entry whose id is none.
    EntryId,
    /// Two entries with one id.
    EntryIdTwice,
    /// Not with this queue, or not with this server.
    Unsupported,
    /// No such task.
    NoTask,
    /// Not this caller's to do.
    Denied,
    /// Something else, which has an error of its own.
    Other,
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    kind: FaultKind,
    message: Cow<'static, str>,
    error: Option<Box<Error>>,
}

/// A client's text at a length that is safe to repeat.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 256;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl Fault {
    /// A refusal of this kind.
    pub fn new(kind: FaultKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            error: None,
        }
    }

    pub(crate) fn no_queue() -> Self {
        Self::new(FaultKind::NoQueue, "the specified queue does not exist")
    }

    pub(crate) fn denied(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FaultKind::Denied, message)
    }

    /// A parameter that must be there.
    pub fn missing(parameter: &str) -> Self {
        let message = format!("The request must contain the parameter {parameter}.");
        Self::new(FaultKind::Missing, message)
    }

    /// A parameter with a value that it cannot have. Clients look for words of the reasons, so these are SQS's own.
    pub fn parameter(name: &str, value: impl std::fmt::Display, reason: &str) -> Self {
        let value = shown(&value.to_string());
        let message = format!("Value {value} for parameter {name} is invalid. Reason: {reason}.");
        Self::new(FaultKind::Parameter, message)
    }

    pub(crate) fn attribute(name: &str, value: &str, reason: &str) -> Self {
        let value = shown(value);
        let message = format!("Invalid value for the parameter {name}: {value}. Reason: {reason}.");
        Self::new(FaultKind::AttributeValue, message)
    }

    /// Its kind.
    pub fn kind(&self) -> FaultKind {
        self.kind
    }

    /// The sentence for the client.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The error that it stands for, where it has one of its own.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_deref()
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self {
            kind: FaultKind::Other,
            message: error.message().to_owned().into(),
            error: Some(Box::new(error)),
        }
    }
}

impl From<storage::Error> for Fault {
    fn from(error: storage::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<Fault> for Error {
    /// For dialects that have no words of their own for queues.
    fn from(fault: Fault) -> Self {
        if let Some(error) = fault.error {
            return *error;
        }
        let code = match fault.kind {
            FaultKind::NoQueue | FaultKind::NoTask => Code::NotFound,
            FaultKind::QueueExists => Code::AlreadyExists,
            FaultKind::PurgedLately | FaultKind::NotHeld | FaultKind::OverLimit => Code::Conflict,
            FaultKind::Denied => Code::Forbidden,
            FaultKind::Missing => Code::MissingField,
            FaultKind::BatchTooLong => Code::TooLarge,
            _ => Code::BadValue,
        };
        Self::new(code, fault.message)
    }
}
