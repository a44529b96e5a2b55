//! The store: records, jobs, identity and everything else that must survive, behind traits that name no database.
//!
//! Callers run synchronous closures over an object-safe transaction, [`Store::write`] and [`Store::read`]; each table is
//! a pair of traits in [`tables`]. A write closure may be run more than once, so it holds no effect but those on its
//! transaction; effects outside go through [`Tx::on_commit`]. [`sqlite`] is the embedded backend,
//! [`postgres`] the one for several nodes; the suite in `tests/contract` says what every backend must do.

mod building;
mod declared;
mod error;
mod known;
mod numbers;
mod past;
mod place;
pub mod postgres;
mod queue;
pub mod sqlite;
mod store;
mod sums;
pub mod tables;
pub mod transfer;

pub use error::{Error, Result};
pub use place::{Opened, Place};
pub use query::{Direction, KeyRange, NULL_KEY, index_key, index_keys};
pub use store::{Access, Backend, FoundBody, FoundMark, ReadTask, Store, WhenFull, WriteTask};
pub use tables::{ReadTx, Tx};
