//! Definitions put in force over data: what is converted, what is refused, what is left after a crash.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod cascades;
mod conversions;
mod crash;
mod files;
mod force;
mod functions;
mod indexes;
mod support;
mod totals;
mod upkeep;
