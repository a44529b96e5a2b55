//! The one error that crosses crate borders: transport-free, with an outside and an inside part.
//!
//! The outside part ([`Error::message`], [`Error::field`], [`Error::details`]) is written for the client and names the
//! field and the value. The inside part ([`Error::internal`]) is for the log and never leaves the process, which is why
//! [`Error`] has no `Display`: a caller must choose. A dialect turns [`Class`] into its own status and body.

use std::borrow::Cow;
use std::fmt;

/// `Result` with the shared [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of refusal it is; each dialect gives every class one status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The request cannot be read (400).
    BadRequest,
    /// The request can be read but not followed (422).
    Invalid,
    /// Nobody, or nobody known (401).
    Unauthenticated,
    /// Known, but not allowed (403).
    Forbidden,
    /// Not there, or not visible to the caller (404).
    NotFound,
    /// The path is there, the method is not (405).
    MethodNotAllowed,
    /// It took the client too long (408).
    Timeout,
    /// The present state does not allow it (409).
    Conflict,
    /// Larger than a bound of the configuration (413).
    TooLarge,
    /// A kind of content that is not taken here (415).
    UnsupportedMedia,
    /// More requests than allowed (429).
    TooMany,
    /// Cannot be done now, can be tried again (503).
    Unavailable,
    /// The disk is full (507).
    StorageFull,
    /// A fault of the server (500).
    Internal,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $class:ident;)*) => {
        /// The stable name of one kind of error; `docs/errors/<code>.md` explains each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// Every code, for tests and documentation.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The name in answers and file names.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)* }
            }

            /// The class it belongs to.
            pub fn class(self) -> Class {
                match self { $(Code::$variant => Class::$class,)* }
            }
        }
    };
}

codes! {
    /// The request is not well-formed.
    BadRequest = "bad-request", BadRequest;
    /// The body is not the JSON that is taken here.
    BadJson = "bad-json", BadRequest;
    /// The compressed body cannot be unpacked.
    BadEncoding = "bad-encoding", BadRequest;
    /// A field or parameter has a value that is not taken.
    BadValue = "bad-value", Invalid;
    /// A required field or parameter is not there.
    MissingField = "missing-field", Invalid;
    /// A field that is not known here.
    UnknownField = "unknown-field", Invalid;
    /// The value is taken already.
    AlreadyExists = "already-exists", Invalid;
    /// The address may not be fetched.
    AddressRefused = "address-refused", Invalid;
    /// No valid credentials.
    Unauthenticated = "unauthenticated", Unauthenticated;
    /// The caller lacks the right.
    Forbidden = "forbidden", Forbidden;
    /// No such thing.
    NotFound = "not-found", NotFound;
    /// No such path.
    NoRoute = "no-route", NotFound;
    /// No such method on this path.
    MethodNotAllowed = "method-not-allowed", MethodNotAllowed;
    /// The request took too long to arrive or to answer.
    Timeout = "timeout", Timeout;
    /// The state of the thing does not allow it.
    Conflict = "conflict", Conflict;
    /// The record was changed by somebody else meanwhile.
    VersionConflict = "version-conflict", Conflict;
    /// The body, or a part of it, is larger than configured.
    TooLarge = "too-large", TooLarge;
    /// The content type is not taken here.
    UnsupportedMedia = "unsupported-media", UnsupportedMedia;
    /// Over the rate limit.
    RateLimited = "rate-limited", TooMany;
    /// The server is stopping or too busy.
    Unavailable = "unavailable", Unavailable;
    /// There is no room left on the disk.
    StorageFull = "storage-full", StorageFull;
    /// A fault of the server.
    Internal = "internal", Internal;
}

/// One complaint about one field, for dialects that list them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The field or parameter.
    pub field: String,
    /// What is wrong with it, naming the value.
    pub message: String,
    /// What dialects with validation items say beside it.
    pub validation: Option<Validation>,
}

/// What a validation item says beside field and message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validation {
    /// What people call the field.
    pub label: Option<String>,
    /// Kind of complaint, in the words of the app: `required`, `invalid`, or what a script says.
    pub code: Cow<'static, str>,
    /// The value, as text, where there is one.
    pub rejected: Option<String>,
}

/// What a function of an app threw, for dialects that tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thrown {
    /// The code that the function gave, or one for what it did not say itself.
    pub code: String,
    /// What it said beside code and message, as JSON.
    pub info: Option<String>,
}

impl Detail {
    /// A complaint about a field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
            validation: None,
        }
    }
}

/// A refusal or a fault. See the module's head for its two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: Code,
    message: Cow<'static, str>,
    details: Vec<Detail>,
    retry_after: Option<u32>,
    internal: Option<String>,
    thrown: Option<Box<Thrown>>,
}

impl Error {
    /// An error with a sentence for the client.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            details: Vec::new(),
            retry_after: None,
            internal: None,
            thrown: None,
        }
    }

    /// A fault of the server: the client reads only that there was one, the log reads `cause`.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(Code::Internal, "internal error").with_internal(cause)
    }

    /// A field with a value that is not taken; `message` names the value.
    pub fn bad_value(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::of_field(Code::BadValue, field.into(), message.into())
    }

    /// A required field that is not there.
    pub fn missing(field: impl Into<String>) -> Self {
        let field = field.into();
        let message = format!("the {field} field is required");
        Self::of_field(Code::MissingField, field, message)
    }

    /// Something of the kind `what` that is not there under `id`, which is repeated as far as a real one may be long.
    pub fn not_found(what: &str, id: impl fmt::Display) -> Self {
        const LONGEST: usize = 256;
        let id = id.to_string();
        let shown: String = match id.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &id[..end]),
            None => id,
        };
        Self::new(Code::NotFound, format!("{what} not found: {shown}"))
    }

    /// An error of `code` about one field.
    pub fn of_field(code: Code, field: String, message: String) -> Self {
        let mut error = Self::new(code, message.clone());
        error.details.push(Detail::new(field, message));
        error
    }

    /// Adds a complaint about a further field.
    #[must_use]
    pub fn with_detail(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.details.push(Detail::new(field, message));
        self
    }

    /// The same about a part of a larger whole, which is called `part` there.
    #[must_use]
    pub fn under(mut self, part: &str) -> Self {
        for detail in &mut self.details {
            detail.field = format!("{part}.{}", detail.field);
        }
        self
    }

    /// What is wrong with the values of a record, all at once.
    pub fn invalid(details: Vec<Detail>) -> Self {
        let mut error = Self::new(Code::BadValue, "there are validation errors");
        error.details = details;
        error
    }

    /// A function of the app that failed, with its own code.
    pub fn thrown(thrown: Thrown, message: impl Into<Cow<'static, str>>) -> Self {
        let mut error = Self::new(Code::BadRequest, message);
        error.thrown = Some(Box::new(thrown));
        error
    }

    /// Adds text for the log.
    #[must_use]
    pub fn with_internal(mut self, cause: impl fmt::Display) -> Self {
        self.internal = Some(cause.to_string());
        self
    }

    /// Says after how many seconds a new attempt makes sense.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The stable name.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The class of the code.
    pub fn class(&self) -> Class {
        self.code.class()
    }

    /// The sentence for the client.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The complaints by field, in the order in which they were found.
    pub fn details(&self) -> &[Detail] {
        &self.details
    }

    /// The first field complained of.
    pub fn field(&self) -> Option<&str> {
        self.details.first().map(|detail| detail.field.as_str())
    }

    /// Seconds after which a new attempt makes sense.
    pub fn retry_after(&self) -> Option<u32> {
        self.retry_after
    }

    /// What a function of the app threw.
    pub fn what_was_thrown(&self) -> Option<&Thrown> {
        self.thrown.as_deref()
    }

    /// The text for the log.
    pub fn internal_text(&self) -> Option<&str> {
        self.internal.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Class, Code, Error};

    #[test]
    fn codes_are_distinct_and_kebab_case() {
        let names: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(
            names
                .iter()
                .all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
        );
    }

    #[test]
    fn inside_text_stays_inside() {
        let error = Error::internal("disk 7 burns");
        assert_eq!(
            (error.message(), error.internal_text()),
            ("internal error", Some("disk 7 burns"))
        );
        assert_eq!(error.class(), Class::Internal);
    }
}
