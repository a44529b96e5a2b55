//! `page` and `per_page` of listings: a page out of range is refused, naming the parameter and its value.

use edge::Query;
use model::{Error, Page};
use serde::Deserialize;
use utoipa::IntoParams;

/// Entries per page of jobs when nothing is asked.
pub(crate) const DEFAULT: u64 = 50;
/// Most entries per page of jobs.
pub(crate) const MOST: u64 = 1_000;
/// Names per page, both when nothing is asked and at most.
pub(crate) const NAMES: u64 = 10_000;
/// The last page that can be asked for; further ones are empty on any list that fits on a disk.
const LAST: u64 = 1_000_000_000;

/// Which part of a listing is asked for. Other parameters are ignored.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// The page, from 1.
    #[param(value_type = Option<u64>, minimum = 1, example = 1)]
    page: Option<String>,
    /// Entries on a page: 50 jobs when nothing is asked and 1000 at most, or 10000 names.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 10_000, example = 50)]
    per_page: Option<String>,
}

impl Paging {
    /// Whether anything was asked.
    pub(crate) fn is_asked(&self) -> bool {
        self.page.is_some() || self.per_page.is_some()
    }

    /// The page of a listing of jobs.
    pub(crate) fn of_jobs(&self) -> Result<Page, Error> {
        self.read(DEFAULT, MOST)
    }

    /// The page of a listing of names.
    pub(crate) fn of_names(&self) -> Result<Page, Error> {
        self.read(NAMES, NAMES)
    }

    fn read(&self, size: u64, most: u64) -> Result<Page, Error> {
        Ok(Page {
            number: number("page", self.page.as_deref(), 1, LAST)?,
            size: number("per_page", self.per_page.as_deref(), size, most)?,
        })
    }
}

/// The extractor of handlers.
pub(crate) type Asked = Query<Paging>;

fn number(name: &str, text: Option<&str>, default: u64, most: u64) -> Result<u64, Error> {
    let Some(text) = text else { return Ok(default) };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if digits && (1..=most).contains(&number) => Ok(number),
        _ => {
            let given: String = text.chars().take(80).collect();
            let message = format!("{name}: expected a whole number from 1 to {most}, got {given:?}");
            Err(Error::bad_value(name, message))
        }
    }
}
