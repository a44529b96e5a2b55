//! One query language core: filters, sorts, projections and pipelines with MongoDB's semantics.
//!
//! Documents are stored JSONB bytes; values that JSON does not have (dates, uuids, …) are extended JSON objects in
//! them, which everything here treats as scalars. [`Val`] is one value as MongoDB sees it, [`Filter`], [`Sort`] and
//! [`Projection`] work on the bytes. Nothing here does I/O; whatever a client can make large is held to [`Limits`],
//! and what is not supported is a [`Refusal`] that says so.

mod extended;
mod limits;
mod refusal;
mod val;

pub use extended::normalise;
pub use limits::Limits;
pub use refusal::{Cause, Refusal, cut};
pub use val::{Arr, ArrIter, Date, Doc, DocIter, MAX_NESTING, Text, Val, Zone, compare, equal};
