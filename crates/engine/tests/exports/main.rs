//! Exports of articles, from the request to the bytes of the file and to the items of a Navision that is played here.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod chain;
mod crash;
mod files;
mod navision;
mod push;
mod push_troubles;
mod requests;
mod support;
