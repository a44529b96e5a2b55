//! Exports of articles to Navision: starting one, looking at it, fetching its file. One file per call.

pub(crate) mod download;
mod range;
pub(crate) mod show;
pub(crate) mod start;
