//! Accounts: logging in and out, and managing users.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod change;
mod files;
mod groups;
mod impersonation;
mod listing;
mod log_in;
mod logs;
mod orphans;
mod sessions;
mod support;
