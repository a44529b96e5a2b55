//! Finding records: which ones a filter needs to look at, walking over them with an eye on the clock, and the first so
//! many of an order. What is common to everything that lists stored documents.

mod plan;
mod top;
mod walk;

use model::{CollectionId, Error};

pub(crate) use plan::{Effort, Ids, Plan, choose};
pub(crate) use top::Top;
pub(crate) use walk::{Stopped, refused, walk, walk_by_id, walk_by_index};

/// The error of a stored document that cannot be read.
pub(crate) fn damaged(collection: CollectionId, error: impl std::fmt::Display) -> Error {
    Error::internal(format!("damaged record in collection {collection}: {error}"))
}
