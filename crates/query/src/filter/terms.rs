//! What a filter tells the planner.

use std::ops::Bound;

use crate::key::{bracket, prefixed, value_key};
use crate::ops::{Compare, Leaf, Literal, Test};
use crate::path::Step;
use crate::{Refusal, Val};

/// A range of index keys, as made by [`crate::index_key`].
pub type KeyRange = (Bound<Vec<u8>>, Bound<Vec<u8>>);

/// A condition that an index on `path` can serve: every document that matches the filter has an entry in one of the
/// ranges. Not the other way round, so each document found is still to be matched.
///
/// Two terms on one path cannot be cut into one range: different elements of an array may fulfil them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The dotted path.
    pub path: String,
    /// Where the keys lie, in order, without overlap; none at all means that nothing matches.
    pub ranges: Vec<KeyRange>,
}

impl Term {
    /// Whether it names single keys, like equality and `$in` do.
    #[must_use]
    pub fn is_points(&self) -> bool {
        let point =
            |range: &KeyRange| matches!(range, (Bound::Included(low), Bound::Included(high)) if low == high);
        self.ranges.iter().all(point)
    }
}

impl Test {
    pub(super) fn terms(&self, path: &[Step], terms: &mut Vec<Term>) {
        // Indexes know fields, not positions, and nothing inside of scalars.
        if path.iter().any(|step| step.index.is_some() || step.is_reserved()) {
            return;
        }
        match self {
            Self::Leaf(leaf) => leaf.terms(path, terms),
            Self::All(tests) => tests.iter().for_each(|test| test.terms(path, terms)),
            Self::Not(_) => {}
        }
    }
}

impl Leaf {
    fn terms(&self, path: &[Step], terms: &mut Vec<Term>) {
        let ranges = match self {
            Self::Equal(literal) => point(literal).map(|range| vec![range]),
            Self::Compare(compare) => half(compare).map(|range| vec![range]),
            Self::In(list) if list.patterns.is_empty() => list.values.iter().map(point).collect(),
            Self::Regex(pattern) => match pattern.prefix() {
                "" => None,
                // A stored pattern equals itself, but is no string: only a range that has both is complete.
                prefix => Some(vec![half_open(prefixed(prefix)), patterns()]),
            },
            Self::Element(test) => return test.terms(path, terms),
            Self::ElementDocument(node) => {
                let mut inner = Vec::new();
                node.terms(&mut inner);
                let prefix = dotted(path);
                terms.extend(inner.into_iter().map(|term| Term {
                    path: format!("{prefix}.{}", term.path),
                    ranges: term.ranges,
                }));
                return;
            }
            _ => None,
        };
        let path = dotted(path);
        terms.extend(ranges.map(|ranges| Term { path, ranges }));
    }
}

fn dotted(path: &[Step]) -> String {
    let names: Vec<&str> = path.iter().map(|step| &*step.name).collect();
    names.join(".")
}

/// The key of a literal, if its key stands for just the values that are equal to it: not null, which a missing field
/// equals too, and nothing composed, whose keys follow the spelling.
fn key(val: &Val<'_>) -> Option<Vec<u8>> {
    bracket(val)?;
    Result::<_, Refusal>::ok(value_key(val))
}

fn point(literal: &Literal) -> Option<KeyRange> {
    let key = key(&literal.val)?;
    Some((Bound::Included(key.clone()), Bound::Included(key)))
}

fn half(compare: &Compare) -> Option<KeyRange> {
    let val = &compare.with.val;
    let (first, end) = bracket(val)?;
    let key = key(val)?;
    // A stored decimal may be a little more than a number and share its key, so a number's key is never left out.
    let own = match !val.is_number() && !compare.op.is_inclusive() {
        true => Bound::Excluded(key),
        false => Bound::Included(key),
    };
    Some(match compare.op.is_less() {
        true => (Bound::Included(first), own),
        false => (own, Bound::Excluded(end)),
    })
}

fn half_open((low, high): (Vec<u8>, Vec<u8>)) -> KeyRange {
    (Bound::Included(low), Bound::Excluded(high))
}

fn patterns() -> KeyRange {
    half_open(crate::key::patterns())
}
