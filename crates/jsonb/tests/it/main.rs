//! The crate against SQLite itself, against another JSON parser, and against hostile input.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod corpus;
mod differential;
mod edits;
mod generate;
mod mutation;
mod oracle;
mod reading;
mod refusals;
