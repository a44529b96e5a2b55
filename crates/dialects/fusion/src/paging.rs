//! Pages as the document has them: `page` and `per_page` in, the envelope with totals out.

use model::{Error, Page, PageOf};
use serde::Serialize;
use utoipa::ToSchema;

const DEFAULT_SIZE: u64 = 50;
pub(crate) const MAX_SIZE: u64 = 1000;

/// The page asked for.
pub(crate) fn page(number: Option<u64>, size: Option<u64>) -> Result<Page, Error> {
    let (number, size) = (number.unwrap_or(1), size.unwrap_or(DEFAULT_SIZE));
    if number == 0 {
        return Err(Error::bad_value("page", "page: pages are counted from 1, got 0"));
    }
    if !(1..=MAX_SIZE).contains(&size) {
        let message = format!("per_page: expected a number from 1 to {MAX_SIZE}, got {size}");
        return Err(Error::bad_value("per_page", message));
    }
    Ok(Page { number, size })
}

/// One page of a listing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Paged<T> {
    /// The page, counted from 1.
    page: u64,
    /// Entries on a page.
    per_page: u64,
    /// How many pages there are.
    total_pages: u64,
    /// How many entries all pages hold together.
    total_entries: u64,
    /// The entries of this page.
    entries: Vec<T>,
}

impl<T> Paged<T> {
    pub(crate) fn new(asked: Page, found: PageOf<T>) -> Self {
        Self {
            page: asked.number,
            per_page: asked.size,
            total_pages: found.pages(asked.size),
            total_entries: found.total,
            entries: found.entries,
        }
    }
}
