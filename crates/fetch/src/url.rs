//! A URL that the list of allowed hosts allows.

use std::fmt;

use reqwest::Url;

use crate::mask::masked;

/// A URL that was checked. It is checked again when it is used, so it may be kept for long.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckedUrl(Url);

impl CheckedUrl {
    pub(crate) fn new(url: Url) -> Self {
        Self(url)
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    /// The whole URL, in its normal form, with its query.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// For messages: without the query.
impl fmt::Display for CheckedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&masked(&self.0))
    }
}

impl fmt::Debug for CheckedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CheckedUrl({self})")
    }
}
