//! The dialect over HTTP.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]
#![expect(clippy::too_many_lines, reason = "tables are long")]

mod access;
mod bots;
mod bulk;
mod complete;
mod errors;
mod extended;
mod factories;
mod files;
mod items;
mod lists;
mod notification;
mod openapi;
mod outside;
mod projects;
mod queues;
mod support;
mod wire;
