//! One query language core: filters, sorts, projections and pipelines with MongoDB's semantics.
//!
//! Documents are stored JSONB bytes; values that JSON does not have (dates, uuids, …) are extended JSON objects in
//! them, which everything here treats as scalars. [`Val`] is one value as MongoDB sees it, [`Filter`], [`Sort`] and
//! [`Projection`] work on the bytes. Nothing here does I/O; whatever a client can make large is held to [`Limits`],
//! and what is not supported is a [`Refusal`] that says so.

mod accumulators;
mod expr;
mod extended;
mod filter;
mod geo;
pub mod key;
mod limits;
mod ops;
mod path;
mod pipeline;
mod projection;
mod refusal;
mod sort;
mod stages;
mod val;

pub use extended::normalise;
pub use filter::{Clue, Filter, KeyRange, Term};
pub use geo::Place;
pub use key::{NULL_KEY, index_key, index_keys, value_key};
pub use limits::Limits;
pub use ops::Pattern;
pub use pipeline::{Around, Flow, Leading, NoSource, Pipeline, Run, Source};
pub use projection::{Projection, fields};
pub use refusal::{Cause, Refusal, cut};
pub use sort::{Direction, Sort, SortKey};
pub use val::{Arr, ArrIter, Date, Doc, DocIter, MAX_NESTING, Text, Val, Zone, compare, equal};
