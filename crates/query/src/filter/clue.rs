//! What a filter tells whoever can look only at bytes.

use std::ops::Bound;

use super::Term;
use super::terms::KeyRange;
use crate::key::text_of;

/// Texts, as they are stored, of which every matching document has at least one among its bytes, unless it spells some
/// text with escapes: then it has a backslash. Not the other way round, so each document found is still to be matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clue {
    pieces: Vec<Vec<u8>>,
}

/// More pieces are not worth looking for.
const MOST_PIECES: usize = 4;
/// Shorter ones are found nearly everywhere.
const SHORTEST: usize = 3;
/// As much of a long text is looked for.
const LONGEST: usize = 64;

impl Clue {
    /// What is common to the stored bytes of all documents with an entry in the ranges of this term.
    pub(super) fn of(term: &Term) -> Option<Self> {
        if term.ranges.is_empty() || term.ranges.len() > MOST_PIECES {
            return None;
        }
        let pieces = term.ranges.iter().map(piece).collect::<Option<_>>()?;
        Some(Self { pieces })
    }

    /// The pieces.
    #[must_use]
    pub fn pieces(&self) -> &[Vec<u8>] {
        &self.pieces
    }

    /// The longer the shortest piece, the fewer documents have one.
    pub(super) fn worth(&self) -> usize {
        self.pieces.iter().map(Vec::len).min().unwrap_or_default()
    }
}

fn piece(range: &KeyRange) -> Option<Vec<u8>> {
    let (Bound::Included(low), Bound::Included(high)) = range else {
        return None;
    };
    let text = text_of(low).filter(|text| low == high && text.len() >= SHORTEST)?;
    let mut piece = jsonb::plain_element(std::str::from_utf8(text).ok()?)?;
    piece.truncate(LONGEST);
    Some(piece)
}
