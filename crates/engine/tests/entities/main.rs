//! Entities through the engine: what becomes of them, who sees them, how they are found.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod aggregation;
mod blueprints;
mod bots;
mod bulk;
mod changes;
mod creation;
mod files;
mod finding;
mod limits;
mod plans;
mod projects;
mod sight;
mod support;
