//! Articles: records of one collection whose fields are `F_<n>` (features) and `C_<n>` (classes), keyed by `F_1`.
//!
//! The same six operations (`operation.rs`) serve delta updates; reading, copying, updating and deleting single articles
//! serve the direct calls. Source: `contracts` of the light100 dialect, "Decided".

mod apply;
mod direct;
mod fields;
mod operation;

use jsonb::Jsonb;

pub(crate) use apply::{Doer, apply, with_features};
pub use direct::{Deleted, NewCopy};
pub use fields::{Fields, MAX_ID_BYTES};
pub(crate) use fields::{article_id, check_key, cut, shown};
pub(crate) use operation::{Op, Refused};

/// The collection's name in the store.
pub const COLLECTION: &str = "articles";

/// The scope under which articles with a failed operation are blocked.
pub(crate) const BLOCKS: &str = "articles";

/// An article as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Article {
    /// Its number, which is also its field `F_1`.
    pub id: String,
    /// How often it has been written.
    pub version: u64,
    /// Its fields, as they were sent.
    pub body: Jsonb,
}
