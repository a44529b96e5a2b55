//! Pages of a listing, by number.

/// Which page of a listing is asked for. Both numbers are at least 1; the edge checks its own upper bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The page, counted from 1.
    pub number: u64,
    /// Entries on a page.
    pub size: u64,
}

impl Page {
    /// The first page of `size` entries.
    pub fn first(size: u64) -> Self {
        Self { number: 1, size }
    }

    /// How many entries come before this page; saturates, so that an absurd page number is merely empty.
    pub fn offset(self) -> u64 {
        self.number.saturating_sub(1).saturating_mul(self.size)
    }
}

/// One page and the size of the whole listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageOf<T> {
    /// The entries of this page.
    pub entries: Vec<T>,
    /// How many entries all pages hold together.
    pub total: u64,
}

impl<T> PageOf<T> {
    /// The same page with each entry converted.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> PageOf<U> {
        PageOf {
            entries: self.entries.into_iter().map(convert).collect(),
            total: self.total,
        }
    }

    /// How many pages of `size` the whole listing takes.
    pub fn pages(&self, size: u64) -> u64 {
        self.total.div_ceil(size.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, PageOf};

    #[test]
    fn offsets_saturate() {
        assert_eq!(Page { number: 3, size: 50 }.offset(), 100);
        assert_eq!(
            Page {
                number: u64::MAX,
                size: 50
            }
            .offset(),
            u64::MAX
        );
    }

    #[test]
    fn pages_round_up() {
        let of = |total| PageOf::<()> {
            entries: vec![],
            total,
        };
        assert_eq!((of(0).pages(50), of(50).pages(50), of(51).pages(50)), (0, 1, 2));
    }
}
