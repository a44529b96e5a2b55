//! Keys of index entries as they are stored.
//!
//! A b-tree of PostgreSQL refuses keys of more than a third of a page. So a long key is cut: its head and a digest of all
//! of it make the stored key, and all of it stands beside. Two keys are equal when their stored ones are; stored keys
//! sort as the keys do, but for long ones of one head among themselves: these are a *family*, a run of stored keys that
//! whoever needs them in order sorts by the whole.

use std::borrow::Cow;
use std::ops::Bound;

use sha2::{Digest, Sha256};

use crate::tables::records::KeyRange;

/// The longest key that is stored as it is.
const HEAD: usize = 1024;
/// Longer than any digest, and behind all of them.
const BEHIND: [u8; 33] = [0xff; 33];

/// Whether a stored key, or a bound, belongs to a family.
pub(super) fn is_long(key: &[u8]) -> bool {
    key.len() > HEAD
}

/// What a key is stored as.
pub(super) fn stored(key: &[u8]) -> Cow<'_, [u8]> {
    if is_long(key) {
        Cow::Owned([&key[..HEAD], Sha256::digest(key).as_slice()].concat())
    } else {
        Cow::Borrowed(key)
    }
}

/// The whole of a long key, to be stored beside it.
pub(super) fn whole(key: &[u8]) -> Option<Cow<'_, [u8]>> {
    is_long(key).then_some(Cow::Borrowed(key))
}

/// The keys of a family: of whom the first is the head, or behind it; the second is behind all.
pub(super) fn family(key: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let head = &key[..HEAD.min(key.len())];
    ([head, &[0]].concat(), [head, &BEHIND].concat())
}

/// Keys from the first up to, but not including, the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) low: Vec<u8>,
    pub(super) high: Vec<u8>,
}

impl Span {
    /// Those of a range.
    pub(super) fn of((low, high): &KeyRange) -> Self {
        let low = match low {
            Bound::Unbounded => Vec::new(),
            Bound::Included(key) => key.clone(),
            Bound::Excluded(key) => after(key),
        };
        let high = match high {
            // Behind the tag of every type.
            Bound::Unbounded => vec![0xff],
            Bound::Included(key) => after(key),
            Bound::Excluded(key) => key.clone(),
        };
        Self { low, high }
    }

    /// Whether a key is one of them.
    pub(super) fn has(&self, key: &[u8]) -> bool {
        *self.low <= *key && *key < *self.high
    }

    /// Whether its stored keys are exactly those between its ends.
    pub(super) fn is_exact(&self) -> bool {
        !is_long(&self.low) && !is_long(&self.high)
    }

    /// Stored keys among which all of its own are: a span that [`Span::is_exact`].
    pub(super) fn around(&self) -> Self {
        let low = self.low[..HEAD.min(self.low.len())].to_vec();
        let high = if is_long(&self.high) {
            family(&self.high).1
        } else {
            self.high.clone()
        };
        Self { low, high }
    }
}

/// The very next key.
fn after(key: &[u8]) -> Vec<u8> {
    [key, &[0]].concat()
}

/// The same keys in spans that do not overlap.
pub(super) fn apart(ranges: &[KeyRange]) -> Vec<Span> {
    let mut all: Vec<_> = ranges.iter().map(Span::of).collect();
    all.sort_unstable_by(|one, other| (&one.low, &one.high).cmp(&(&other.low, &other.high)));
    let mut apart: Vec<Span> = Vec::with_capacity(all.len());
    for span in all {
        match apart.last_mut() {
            Some(last) if span.low <= last.high => {
                last.high = span.high.max(std::mem::take(&mut last.high));
            }
            _ => apart.push(span),
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::{HEAD, Span, family, is_long, stored};

    fn long(tail: &str) -> Vec<u8> {
        [&vec![b'x'; HEAD], tail.as_bytes()].concat()
    }

    #[test]
    fn stored_keys_sort_as_the_keys_but_in_families() {
        let keys = [
            b"a".to_vec(),
            long("")[..HEAD - 1].to_vec(),
            long(""),
            long("a"),
            [long("")[..HEAD - 1].to_vec(), b"y".to_vec()].concat(),
            b"y".to_vec(),
        ];
        for pair in keys.windows(2) {
            assert!(stored(&pair[0]) < stored(&pair[1]), "{pair:?}");
        }
        let (low, high) = family(&long("b"));
        for tail in ["a", "b", "\0"] {
            let key = stored(&long(tail)).into_owned();
            assert!(is_long(&key) && *low <= *key && *key < *high);
        }
        assert!(*stored(&long("")) < *low && low.len() == HEAD + 1);
        assert_ne!(stored(&long("a")), stored(&long("b")));
    }

    #[test]
    fn a_span_is_within_what_is_around_it() {
        let span = Span {
            low: long("b"),
            high: long("d"),
        };
        assert!(!span.is_exact() && !span.has(&long("a")) && span.has(&long("c")));
        let around = span.around();
        for tail in ["b", "c"] {
            assert!(around.has(&stored(&long(tail))));
        }
    }
}
