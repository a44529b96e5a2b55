//! The runner on a real store, with planned failures and breakpoints instead of sleeps, and a text picture of all jobs
//! after each step.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

// Everywhere else the crate goes by its short name.
extern crate stockyard_jobs as jobs;

#[path = "runner/again.rs"]
mod again;
#[path = "runner/bench.rs"]
mod bench;
#[path = "runner/bodies.rs"]
mod bodies;
#[path = "runner/plan.rs"]
mod plan;

#[path = "runner/clocks.rs"]
mod clocks;
#[path = "runner/crash.rs"]
mod crash;
#[path = "runner/ends.rs"]
mod ends;
#[path = "runner/family.rs"]
mod family;
#[path = "runner/full.rs"]
mod full;
#[path = "runner/order.rs"]
mod order;
#[path = "runner/random.rs"]
mod random;
#[path = "runner/retention.rs"]
mod retention;
#[path = "runner/service.rs"]
mod service;
#[path = "runner/steering.rs"]
mod steering;
#[path = "runner/unknown.rs"]
mod unknown;
