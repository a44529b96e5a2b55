//! Listeners that hear of no record: of jobs, and of the time. Each of them runs as a job of its own.
//!
//! A job's beginning and its end hand in those jobs in their own transactions. Time listeners are looked after by every
//! node; a mark in the store says up to which time a listener has run, and whoever moves it hands in the job with it, so
//! each time comes once over all nodes. A time that passed while no node ran comes late, but once.

mod jobs;
mod time;

pub(crate) use jobs::Watching;
pub use jobs::{JOB_TYPES, status_word};
pub use time::run;
