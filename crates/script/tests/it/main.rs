//! The sandbox as the engine uses it: what scripts see, what they cannot do, and what they leave behind.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "modules of a test have no outside")]

mod support;

mod files;
mod leaks;
mod limits;
mod results;
mod sys;
mod tasks;
mod threads;
mod wrappers;
