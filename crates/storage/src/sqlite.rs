//! The embedded backend: one SQLite file, one writer thread, a few reader threads.
//!
//! The writer takes every waiting closure, runs each in a savepoint and commits them together with `synchronous=FULL`,
//! so an answer means the change is on disk while 64 clients share one flush. Readers answer several tasks from one
//! snapshot for the same reason: opening it costs as much as a look-up. Figures: `docs/decisions/storage.md`.

mod app_logs;
mod backup;
mod blocks;
mod build;
mod chain;
mod collections;
mod connection;
mod counts;
mod files;
mod history;
mod identity;
mod indexes;
mod jobs;
mod lock;
mod log;
mod log_file;
mod look_ups;
mod marks;
mod messages;
mod migrate;
mod open;
mod past;
mod projects;
mod queues;
mod readers;
mod records;
mod rows;
mod scans;
mod session;
pub(crate) mod source;
mod uploads;
mod walks;
mod writer;

pub use crate::Access;
pub use backup::{back_up, check};
pub use open::{Options, Sqlite, open};

use session::Session;
