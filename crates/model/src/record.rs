//! Records and the changes made to them.

use std::sync::Arc;

use jsonb::Jsonb;

use crate::{HistorySeq, JobSeq, Timestamp};

/// When something was done and by whom (a mail address; empty for the server itself).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// When.
    pub on: Timestamp,
    /// By whom.
    pub by: String,
    /// What else is known of where it came from, as a small JSON text; only lines of history keep it.
    pub origin: Option<Arc<str>>,
}

impl Stamp {
    /// A stamp without an origin.
    pub fn new(on: Timestamp, by: impl Into<String>) -> Self {
        let (by, origin) = (by.into(), None);
        Self { on, by, origin }
    }
}

/// One record of a collection.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The id that clients know, unique in its collection.
    pub id: String,
    /// 1 when it is created, one more at each change.
    pub version: u64,
    /// What a person calls it.
    pub label: String,
    /// When it was created, and by whom.
    pub created: Stamp,
    /// When it was changed last, and by whom.
    pub modified: Stamp,
    /// Whether it is put away: kept, but left out of ordinary listings.
    pub archived: bool,
    /// Tags, in order.
    pub tags: Vec<String>,
    /// The content, as the client sent it.
    pub body: Jsonb,
}

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeEvent {
    /// It came into being.
    Created,
    /// Its content was changed.
    Updated,
    /// It was removed.
    Deleted,
    /// Something was done with it that left it as it was.
    Performed,
}

impl ChangeEvent {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
            Self::Performed => "performed",
        }
    }

    /// The event of a stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Created, Self::Updated, Self::Deleted, Self::Performed]
            .into_iter()
            .find(|event| event.as_str() == word)
    }
}

/// One line of a collection's history.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its place in the collection's history.
    pub seq: HistorySeq,
    /// The record.
    pub id: String,
    /// The version that the change made; for a deletion, one more than the last.
    pub version: u64,
    /// What happened.
    pub event: ChangeEvent,
    /// When, by whom, and from where.
    pub stamp: Stamp,
    /// The job that did it, if one did.
    pub job: Option<JobSeq>,
    /// The content after the change; for a deletion, the content that was removed.
    pub body: Jsonb,
}
