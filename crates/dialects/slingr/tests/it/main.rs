//! The dialect over a whole server, on the example app of companies and contacts.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]
#![expect(clippy::too_many_lines, reason = "snapshots are long")]

mod access;
mod actions;
mod background;
mod data;
mod fetching;
mod files;
mod formats;
mod heard_imports;
mod hostile_scripts;
mod imports;
mod jobs;
mod logs;
mod near;
mod openapi;
mod people;
mod samples;
mod scripts;
mod sessions;
mod support;
mod totals;
mod transport;
mod types;
mod undo;
mod users;
