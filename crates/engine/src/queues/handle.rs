//! Receipt handles: which message, and which time it was received.
//!
//! A message that was received again has another handle, so whoever held it before cannot finish it any more. The four
//! bytes at the end tell a handle from any other text; they are no secret, since whoever may use the queue may finish its
//! messages.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{HeapId, MessageSeq, QueueId};
use sha2::{Digest, Sha256};

use super::fault::shown;
use super::{Fault, FaultKind};

const VERSION: u8 = 1;
const LENGTH: usize = 1 + 4 * 8;
const CHECK: usize = 4;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Receipt {
    /// The queue.
    pub queue: QueueId,
    /// Where its messages lay.
    pub heap: HeapId,
    /// The message.
    pub seq: MessageSeq,
    /// How often it had been received then.
    pub received: i64,
}

impl Receipt {
    fn bytes(&self) -> [u8; LENGTH] {
        let mut bytes = [VERSION; LENGTH];
        let numbers = [self.queue.0, self.heap.0, self.seq.0, self.received];
        for (place, number) in bytes[1..].chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_be_bytes());
        }
        bytes
    }
}

fn check(bytes: &[u8]) -> [u8; CHECK] {
    let digest = Sha256::digest(bytes);
    std::array::from_fn(|place| digest[place])
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.bytes();
        let whole = [&bytes[..], &check(&bytes)].concat();
        f.write_str(&URL_SAFE_NO_PAD.encode(whole))
    }
}

impl FromStr for Receipt {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let wrong = || {
            let message = format!(
                "The input receipt handle \"{}\" is not a valid receipt handle.",
                shown(text)
            );
            Fault::new(FaultKind::Handle, message)
        };
        let whole = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
        let (bytes, given) = whole.split_at_checked(LENGTH).ok_or_else(wrong)?;
        if given != check(bytes) || bytes[0] != VERSION {
            return Err(wrong());
        }
        let mut numbers = bytes[1..]
            .as_chunks::<8>()
            .0
            .iter()
            .map(|part| i64::from_be_bytes(*part));
        let mut next = || numbers.next().ok_or_else(wrong);
        Ok(Self {
            queue: QueueId(next()?),
            heap: HeapId(next()?),
            seq: MessageSeq(next()?),
            received: next()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use model::{HeapId, MessageSeq, QueueId};

    use super::Receipt;

    #[test]
    fn a_handle_comes_back_and_nothing_else_is_one() {
        let receipt = Receipt {
            queue: QueueId(1),
            heap: HeapId(2),
            seq: MessageSeq(1 << 40),
            received: 3,
        };
        let text = receipt.to_string();
        assert_eq!(text.parse(), Ok(receipt));
        for bad in ["", "x", &text[1..], &format!("{text}A"), &text.to_lowercase()] {
            assert!(bad.parse::<Receipt>().is_err(), "{bad}");
        }
    }
}
