//! How large the next chunk is: smaller when others change what it relies on, and in the end prepared where nobody can.

/// Rows of a chunk that is prepared within its transaction, which holds up others.
const WITHIN: usize = 64;
/// Chunks that may come to nothing one after the other before one is prepared within its transaction.
const PATIENCE: u32 = 3;
/// Attempts at one single row.
const LAST: u32 = 16;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    most: usize,
    rows: usize,
    stale: u32,
}

/// How a chunk is prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// On a snapshot.
    Ahead(usize),
    /// Within the transaction.
    Within(usize),
    /// Not at all: its first row has been tried often enough.
    GiveUp,
}

impl Pace {
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            most,
            rows: most,
            stale: 0,
        }
    }

    /// How the next chunk is prepared, if that can be done within a transaction.
    pub(super) fn way(&self, may_be_within: bool) -> Way {
        match self.stale {
            stale if stale >= LAST => Way::GiveUp,
            stale if stale > PATIENCE && may_be_within => Way::Within(self.rows.min(WITHIN)),
            _ => Way::Ahead(self.rows),
        }
    }

    /// A chunk is stored.
    pub(super) fn went_well(&mut self) {
        *self = Self {
            stale: 0,
            rows: (self.rows * 2).min(self.most),
            ..*self
        };
    }

    /// A chunk came to nothing because of others.
    pub(super) fn was_stale(&mut self) {
        self.stale += 1;
        self.rows = (self.rows / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::{Pace, Way};

    #[test]
    fn chunks_shrink_until_nothing_can_come_between_and_grow_again() {
        let mut pace = Pace::new(1000);
        assert_eq!(pace.way(true), Way::Ahead(1000));
        for rows in [500, 250, 125] {
            pace.was_stale();
            assert_eq!(pace.way(true), Way::Ahead(rows));
        }
        pace.was_stale();
        assert_eq!(
            (pace.way(true), pace.way(false)),
            (Way::Within(62), Way::Ahead(62))
        );
        for _ in 0..11 {
            pace.was_stale();
        }
        assert_eq!(pace.way(false), Way::Ahead(1));
        pace.was_stale();
        assert_eq!(pace.way(true), Way::GiveUp);
        for rows in [2, 4, 8] {
            pace.went_well();
            assert_eq!(pace.way(true), Way::Ahead(rows));
        }
    }
}
