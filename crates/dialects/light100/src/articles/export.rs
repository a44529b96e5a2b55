//! Exports of articles to Navision: starting one, looking at it, fetching its file. One file per call.

pub(crate) mod download;
pub(crate) mod show;
pub(crate) mod start;
