//! Identifiers, one type each, so that they cannot be mixed up. Text ids are checked when they are made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::hex;

macro_rules! integer_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

integer_id! {
    /// A user of this server.
    UserId
}
integer_id! {
    /// A token of a user.
    TokenId
}
integer_id! {
    /// A collection of records.
    CollectionId
}
integer_id! {
    /// The place of a change in its collection's history; grows with every change, so it serves as a watermark.
    HistorySeq
}
integer_id! {
    /// The place of a job in the order in which jobs were accepted; also its integer id in dialects that want one.
    JobSeq
}

integer_id! {
    /// A queue of messages.
    QueueId
}
integer_id! {
    /// Where the messages of a queue lie; a purged queue gets another one.
    HeapId
}
integer_id! {
    /// The place of a message in the order in which messages were sent. No number is given twice.
    MessageSeq
}

/// A text that is not an id of the expected shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadId {
    /// What the id should look like.
    pub expected: &'static str,
    /// What was given, cut to a length that is safe to repeat.
    pub given: String,
}

impl BadId {
    fn new(expected: &'static str, given: &str) -> Self {
        Self {
            expected,
            given: given.chars().take(64).collect(),
        }
    }
}

impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, got {:?}", self.expected, self.given)
    }
}

impl std::error::Error for BadId {}

/// The public id of a job: 24 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(String);

impl JobId {
    /// The id made of these twelve bytes.
    pub fn from_bytes(bytes: [u8; 12]) -> Self {
        Self(hex::encode(&bytes))
    }

    /// The 24 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for JobId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() == 24 && text.bytes().all(is_hex) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadId::new("a job id of 24 lower-case hex digits", text))
        }
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The id a client gives (or is given) for one request that makes a job: a UUID in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(String);

impl RequestId {
    /// The version 4 UUID of these random bytes.
    pub fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let digits = hex::encode(&bytes);
        let (a, b, c, d, e) = (
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..],
        );
        Self(format!("{a}-{b}-{c}-{d}-{e}"))
    }

    /// The 36 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RequestId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let dash = |i: usize| matches!(i, 8 | 13 | 18 | 23);
        let fits = |(i, b): (usize, u8)| if dash(i) { b == b'-' } else { b.is_ascii_hexdigit() };
        if text.len() == 36 && text.bytes().enumerate().all(fits) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(BadId::new("a UUID", text))
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{JobId, RequestId};

    #[test]
    fn job_ids_are_24_hex_digits() {
        let id = JobId::from_bytes([0xab; 12]);
        assert_eq!(id.as_str(), "abababababababababababab");
        assert_eq!(id.as_str().parse::<JobId>(), Ok(id));
        for bad in [
            "",
            "ab",
            "ABABABABABABABABABABABAB",
            "zbababababababababababab",
            "ababababababababababababab",
        ] {
            assert!(bad.parse::<JobId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn request_ids_are_uuids_in_lower_case() {
        let id = RequestId::from_random([0xff; 16]);
        assert_eq!(id.as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(
            "2E2B36A6-E6F7-42AE-A388-E53BFA2626BE"
                .parse::<RequestId>()
                .unwrap()
                .as_str(),
            "2e2b36a6-e6f7-42ae-a388-e53bfa2626be"
        );
        for bad in [
            "",
            "2e2b36a6e6f742aea388e53bfa2626be",
            "2e2b36a6-e6f7-42ae-a388-e53bfa2626bg",
            "é2b36a6-e6f7-42ae-a388-e53bfa2626be",
        ] {
            assert!(bad.parse::<RequestId>().is_err(), "{bad}");
        }
    }
}
