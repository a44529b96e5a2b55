//! The dialect on a whole server: every operation, as its clients call it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod batches;
mod dead_letters;
mod fifo;
mod forms;
mod messages;
mod moves;
mod queues;
mod support;
mod waiting;
