//! Imports: records of any collection, handed in as one JSON body of any size and worked on as a job.
//!
//! The body goes to the blob store first. One bounded pass over it finds out what is asked for and whether it can be
//! read to its end (the intake); only then is there a job. What cannot be taken is a job too, a rejected one, so that
//! its sender can look it up. Source: the fusion contract, "Decided".

mod detail;
mod entity;
mod intake;
mod params;
mod submit;

pub use detail::ItemDetail;
pub(crate) use detail::Problem;
pub(crate) use intake::{breaks_file, limits, shape};
pub use params::ImportInfo;
pub(crate) use params::{Params, Work};
pub use submit::Import;

/// The queue of imports.
pub const QUEUE: &str = "imports";

/// The member of a record in which a client names it for itself; it is taken out before the record is stored.
pub const REQUEST_DATA_ID: &str = "_request_data_id";

/// The longest name of an entity, in bytes.
const MAX_NAME: usize = 100;

/// What an import does with each of its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Creates; a record that is there already is an error.
    Insert,
    /// Sets top-level fields of a record that is there.
    Update,
    /// Sets top-level fields, or creates.
    Upsert,
    /// Removes a record that is there.
    Delete,
    /// Replaces the whole record, or creates.
    Reset,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Operation; 5] = [
        Self::Insert,
        Self::Update,
        Self::Upsert,
        Self::Delete,
        Self::Reset,
    ];

    /// The word in bodies and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Upsert => "upsert",
            Self::Delete => "delete",
            Self::Reset => "reset",
        }
    }

    /// The operation of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == word)
    }

    /// Whether it can make a record that was not there.
    pub fn creates(self) -> bool {
        matches!(self, Self::Insert | Self::Upsert | Self::Reset)
    }
}
