//! `/status/logs`: the log of the app (`contracts/slingr.md` §8.2). For developers only, which the engine checks.

pub(crate) mod list;
pub(crate) mod post;
mod view;
pub(crate) mod words;
