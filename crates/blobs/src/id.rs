//! The name of content: its SHA-256, written as 64 lower-case hexadecimal digits.
//!
//! A [`BlobId`] can only be made from 32 bytes or from exactly that spelling, so no path built from one can leave its
//! folder and no content has two names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The SHA-256 of some content. Sorts like its hexadecimal spelling.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BlobId([u8; 32]);

/// A text that is not a [`BlobId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a content id: expected 64 lower-case hexadecimal digits")]
pub struct InvalidId(String);

impl BlobId {
    /// The id of content that is at hand as a whole.
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    /// The 32 bytes of the hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The id that a finished hash stands for.
    pub(crate) fn from_hash(hash: Sha256) -> Self {
        Self(hash.finalize().into())
    }
}

impl From<[u8; 32]> for BlobId {
    fn from(hash: [u8; 32]) -> Self {
        Self(hash)
    }
}

impl FromStr for BlobId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId(text.chars().take(80).collect());
        if text.len() != 64 {
            return Err(invalid());
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = digit(pair[0])
                .zip(digit(pair[1]))
                .map(|(high, low)| high << 4 | low)
                .ok_or_else(invalid)?;
        }
        Ok(Self(hash))
    }
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

impl TryFrom<String> for BlobId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<BlobId> for String {
    fn from(id: BlobId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn is_the_sha256_of_the_content() {
        assert_eq!(BlobId::of(b"abc").to_string(), ABC);
    }

    #[test]
    fn refuses_every_other_spelling() {
        let upper = ABC.to_uppercase();
        let long = format!("{ABC}0");
        let dots = format!("../{}", &ABC[3..]);
        let wide = format!("{}é", &ABC[2..]);
        for text in [
            "",
            "abc",
            &upper,
            &ABC[1..],
            &long,
            &dots,
            &wide,
            "../../../../etc/passwd",
        ] {
            assert_eq!(text.parse::<BlobId>().unwrap_err(), InvalidId(text.to_owned()));
        }
    }

    #[test]
    fn is_a_string_in_json() {
        let id = BlobId::of(b"abc");
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("{ABC:?}"));
        assert_eq!(serde_json::from_str::<BlobId>(&json).unwrap(), id);
        assert!(serde_json::from_str::<BlobId>("\"ba\"").is_err());
    }

    proptest! {
        #[test]
        fn text_and_id_are_one_to_one(hash: [u8; 32], other: [u8; 32]) {
            let (id, other) = (BlobId::from(hash), BlobId::from(other));
            prop_assert_eq!(id.to_string().parse::<BlobId>().unwrap(), id);
            prop_assert_eq!(id.cmp(&other), id.to_string().cmp(&other.to_string()));
        }
    }
}
