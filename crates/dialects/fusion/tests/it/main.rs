//! The dialect on a whole server: every route, as its clients call it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod cancel;
mod crash;
mod idempotency;
mod intake;
mod listing;
mod openapi;
mod operations;
mod support;
mod wire;
