//! In which characters a file is written: UTF-8, or Windows-1252 when it cannot be that.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use serde::{Deserialize, Serialize};

/// The mark with which some programs begin UTF-8.
pub(crate) const MARK: &[u8] = b"\xef\xbb\xbf";

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// Windows-1252.
    Windows1252,
}

impl Encoding {
    /// Bytes of a file as text. Bytes that a survey found to be UTF-8 are.
    pub(crate) fn text(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes),
            Self::Windows1252 => WINDOWS_1252.decode_without_bom_handling(bytes).0,
        }
    }
}

/// Finds out whether bytes, of which it is shown one part after the other, are UTF-8.
#[derive(Debug, Default)]
pub(super) struct Detector {
    /// A character of which the rest is not there yet.
    rest: Vec<u8>,
    wrong: bool,
}

impl Detector {
    pub(super) fn see(&mut self, bytes: &[u8]) {
        if self.wrong {
            return;
        }
        let mut bytes = bytes;
        while !self.rest.is_empty() {
            let Some((first, others)) = bytes.split_first() else {
                return;
            };
            self.rest.push(*first);
            bytes = others;
            match std::str::from_utf8(&self.rest) {
                Ok(_) => self.rest.clear(),
                Err(error) if error.error_len().is_some() => {
                    self.wrong = true;
                    return;
                }
                Err(_) => {}
            }
        }
        if let Err(error) = std::str::from_utf8(bytes) {
            match error.error_len() {
                Some(_) => self.wrong = true,
                None => self.rest = bytes[error.valid_up_to()..].to_vec(),
            }
        }
    }

    /// Whether what was seen by now cannot be UTF-8.
    pub(super) fn is_wrong(&self) -> bool {
        self.wrong
    }

    /// What all of it is.
    pub(super) fn encoding(&self) -> Encoding {
        match self.wrong || !self.rest.is_empty() {
            true => Encoding::Windows1252,
            false => Encoding::Utf8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Detector, Encoding};

    fn of(parts: &[&[u8]]) -> Encoding {
        let mut detector = Detector::default();
        parts.iter().for_each(|part| detector.see(part));
        detector.encoding()
    }

    #[test]
    fn characters_may_lie_across_parts() {
        let text = "a€ü😀b".as_bytes();
        for cut in 0..text.len() {
            assert_eq!(of(&[&text[..cut], &text[cut..]]), Encoding::Utf8);
            let each: Vec<_> = text.chunks(1).collect();
            assert_eq!(of(&each), Encoding::Utf8);
        }
    }

    #[test]
    fn what_is_no_utf_8_is_windows_1252() {
        assert_eq!(of(&[b"M\xfcller"]), Encoding::Windows1252);
        assert_eq!(of(&[b"caf\xe9"]), Encoding::Windows1252, "cut at the end");
        assert_eq!(of(&[b"\xe2", b"x"]), Encoding::Windows1252);
        assert_eq!(Encoding::Windows1252.text(b"\x80 \xfc"), "€ ü");
    }
}
