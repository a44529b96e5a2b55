//! The first so many documents of an order, picked from a stream, and how many went by.
//!
//! Memory is bounded by what is asked for, not by what goes by: of twice the wanted number the worse half is dropped.

use std::cmp::Ordering;

use jsonb::Value;
use query::{Refusal, Sort, SortKey};
use storage::tables::records::Place;

/// Not fewer are kept before the worse ones are dropped.
const ROOM: usize = 1024;
/// What a kept document takes beside its key.
const OVERHEAD: usize = 48;

/// See the module.
pub(super) struct Top<'a> {
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
}

impl<'a> Top<'a> {
    /// The `limit` documents after the first `skip`, in at most about `memory` bytes.
    pub(super) fn new(sort: &'a Sort, skip: u64, limit: u64, memory: usize) -> Self {
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
        }
    }

    /// A document that matches. They come in order of creation, which is what decides between equals.
    pub(super) fn offer(&mut self, place: Place, document: Value<'_>) -> Result<(), Refusal> {
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
        let key = self.sort.key(document)?;
        // Behind everything that is kept, of which there is enough. An equal one came later, so it is behind too.
        if self.full
            && self
                .kept
                .last()
                .is_some_and(|worst| self.sort.compare(&key, &worst.0).is_ge())
        {
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
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The page.
    pub(super) fn page(mut self) -> Vec<Place> {
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
        let (sort, wanted) = (self.sort, self.wanted());
        self.kept
            .sort_unstable_by(|left, right| before(sort, left, right));
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

fn before(sort: &Sort, left: &(SortKey<'_>, Place), right: &(SortKey<'_>, Place)) -> Ordering {
    sort.compare(&left.0, &right.0).then(left.1.cmp(&right.1))
}
