//! The dialect over the wire: the documented samples as they are printed, and everything around them.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod access;
mod admin;
mod articles;
mod deltas;
mod document;
mod exports;
mod listings;
mod page;
mod sending;
mod socket;
mod support;
