//! The backend for several nodes: PostgreSQL 15 or later, all in one schema of one database.
//!
//! Writing is as on SQLite, one group of closures at a time, for all nodes together: a group begins by taking an
//! advisory lock and ends with its commit. So a closure sees what every earlier one has left, places in a history are in
//! the order of their commits, and no group is ever undone for another's sake. What a group costs is its commit and few
//! exchanges with the server: what its closures look for is asked at once (`foresight`), and what they change is told in
//! few statements (`pending`). Reads go on beside it, each on a snapshot of its own, on connections of their own.
//!
//! Bodies are kept as the same bytes as on SQLite, so both backends render and compare alike. Texts are compared as
//! bytes (`COLLATE "C"`); a NUL, which PostgreSQL refuses, is written in another way (in `value`).

mod app_logs;
mod ask;
mod blocks;
mod build;
mod chain;
mod clues;
mod collections;
mod connect;
mod copy;
mod counts;
mod entries;
mod fault;
mod files;
mod finder;
mod flush;
mod foresight;
mod group;
mod hints;
mod history;
mod identity;
mod indexes;
mod jobs;
mod known;
mod link;
mod marks;
mod messages;
mod migrate;
mod open;
mod past;
mod pending;
mod projects;
mod queues;
mod readers;
mod recent;
mod records;
mod scans;
mod session;
pub(crate) mod target;
mod tls;
mod uploads;
mod value;
mod walks;
mod writer;

pub use open::{Options, Postgres, check, open};

use session::Session;
