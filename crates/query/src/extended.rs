//! Extended JSON: objects that stand for one scalar.
//!
//! [`scalar`] reads every form that MongoDB's drivers write, the legacy and the canonical ones; [`wrapper`] writes the
//! one form that is stored; [`normalise`] turns whatever a client sent into stored form and refuses objects that only
//! look like a scalar, since the client that reads them back would fail on the whole answer.

mod normalise;
mod parse;
mod readable;
mod wrapper;

pub(crate) use normalise::mistaken;
pub use normalise::normalise;
pub(crate) use parse::{NAMES, bytes, scalar};
pub(crate) use wrapper::wrapper;
