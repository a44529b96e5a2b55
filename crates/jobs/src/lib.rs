//! The durable job runner. It knows nothing of what jobs do; that is in the [`Kind`]s it is given.
//!
//! A job is claimed under a lease and worked in chunks; each chunk commits its data, items, counts, checkpoint and log
//! lines in one transaction that is refused when the lease was lost. Kill the process at any point and nothing is lost
//! and nothing is done twice: the next runner goes on from the checkpoint. [`steer`](fn@steer) is how people act on
//! jobs, [`transition`] is the table of what is legal, [`picture`](fn@picture) shows every job for tests.

mod chunk;
mod finish;
mod handle;
mod hooks;
mod kind;
mod options;
mod picture;
mod run;
mod runner;
mod shared;
mod steer;
pub mod transition;
mod turn;
mod worker;

pub use chunk::Report;
pub use handle::RunnerHandle;
pub use hooks::{Hooks, NoHooks, Point, Verdict};
pub use kind::{Interrupt, Kind, Outcome, Registry, Watcher};
pub use options::{Backoff, Retention, RunnerOptions};
pub use picture::picture;
pub use run::Run;
pub use runner::Runner;
pub use steer::{accept, cancel_queue, reject, release_holds, steer};
pub use transition::Action;
pub use turn::{shared_time, take_turn};
