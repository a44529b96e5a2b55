//! Records of an app through the engine.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod aggregates;
mod attachments;
mod bodies;
mod cascades;
mod changes;
mod copies;
mod crm;
mod followers;
mod history;
mod imports;
mod listing;
mod references;
mod scripts;
mod sensitive;
mod support;
mod totals;
