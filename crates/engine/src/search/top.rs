//! The first so many documents of an order, picked from a stream, and how many went by.
//!
//! Memory is bounded by what is asked for, not by what goes by: of twice the wanted number the worse half is dropped.

use jsonb::Value;
use query::{Direction, Refusal, Sort, SortKey};
use storage::tables::records::Place;

/// Not fewer are kept before the worse ones are dropped.
const ROOM: usize = 1024;
/// What a kept document takes beside its key.
const OVERHEAD: usize = 48;

/// See the module.
pub(crate) struct Top<'a> {
    sort: &'a Sort,
    skip: u64,
    limit: u64,
    total: u64,
    kept: Vec<(SortKey<'static>, Place)>,
    /// As many as this have been seen that come before anything that was dropped.
    full: bool,
    /// The page of a listing without an order.
    plain: Vec<Place>,
    memory: usize,
    weight: usize,
    /// Which of two equals comes first: the one made first, or the one made last.
    ties: Direction,
}

impl<'a> Top<'a> {
    /// The `limit` documents after the first `skip`, in at most about `memory` bytes.
    pub(crate) fn new(sort: &'a Sort, skip: u64, limit: u64, memory: usize) -> Self {
        Self {
            sort,
            skip,
            limit,
            total: 0,
            kept: Vec::new(),
            full: false,
            plain: Vec::new(),
            memory,
            weight: 0,
            ties: Direction::Ascending,
        }
    }

    /// The same, with equals in this order of their creation.
    #[must_use]
    pub(crate) fn with_ties(self, ties: Direction) -> Self {
        Self { ties, ..self }
    }

    /// A document that matches. They come in order of creation, which is what decides between equals.
    pub(crate) fn offer(&mut self, place: Place, document: Value<'_>) -> Result<(), Refusal> {
        self.total += 1;
        if self.limit == 0 {
            return Ok(());
        }
        if self.sort.is_empty() {
            if self.total > self.skip && (self.plain.len() as u64) < self.limit {
                self.add_weight(OVERHEAD)?;
                self.plain.push(place);
            }
            return Ok(());
        }
        self.keep(self.sort.key(document)?, place)
    }

    /// A document that matches and sorts by this key, in any order.
    pub(crate) fn offer_key(&mut self, place: Place, key: SortKey<'_>) -> Result<(), Refusal> {
        self.total += 1;
        match self.limit {
            0 => Ok(()),
            _ => self.keep(key, place),
        }
    }

    fn keep(&mut self, key: SortKey<'_>, place: Place) -> Result<(), Refusal> {
        // Behind everything that is kept, of which there is enough.
        let behind = |(worst, at): &(SortKey<'_>, Place)| {
            self.sort
                .compare(&key, worst)
                .then_with(|| self.ties.of(place.cmp(at)))
                .is_ge()
        };
        if self.full && self.kept.last().is_some_and(behind) {
            return Ok(());
        }
        self.add_weight(key.weight() + OVERHEAD)?;
        // The worst stays at the end, where the look above expects it.
        let last = self.kept.len().saturating_sub(usize::from(self.full));
        self.kept.insert(last, (key.into_owned()?, place));
        if self.kept.len() >= self.wanted().saturating_mul(2).max(ROOM) {
            self.drop_worse();
        }
        Ok(())
    }

    /// How many were offered.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// The page.
    pub(crate) fn page(mut self) -> Vec<Place> {
        if self.sort.is_empty() {
            return self.plain;
        }
        self.drop_worse();
        let skip = usize::try_from(self.skip).unwrap_or(usize::MAX);
        self.kept.into_iter().skip(skip).map(|(_, place)| place).collect()
    }

    fn wanted(&self) -> usize {
        usize::try_from(self.skip.saturating_add(self.limit)).unwrap_or(usize::MAX)
    }

    fn drop_worse(&mut self) {
        let (sort, ties, wanted) = (self.sort, self.ties, self.wanted());
        self.kept.sort_unstable_by(|left, right| {
            let by_key = sort.compare(&left.0, &right.0);
            by_key.then_with(|| ties.of(left.1.cmp(&right.1)))
        });
        self.kept.truncate(wanted);
        self.full = self.kept.len() == wanted;
        self.weight = self.kept.iter().map(|(key, _)| key.weight() + OVERHEAD).sum();
    }

    fn add_weight(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.weight = self.weight.saturating_add(bytes);
        if self.weight <= self.memory {
            return Ok(());
        }
        let what = format!("to skip and sort so many takes more than {} bytes", self.memory);
        Err(Refusal::beyond(what, "memory_bytes"))
    }
}
