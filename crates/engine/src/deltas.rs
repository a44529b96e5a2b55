//! Delta updates as callers see them: handing files in, and the queue with what failed in it.
//!
//! All delta jobs share one queue and one serial key, so files run in the order in which they were accepted and the
//! failures of all files have one order. A flush is a watermark in that order (`FLUSHED`): what failed up to it is
//! forgiven, however much it is, by writing one mark. Source: the light100 contract, "Decided".

mod queue;
mod submit;

use serde::Deserialize;
use serde_json::value::RawValue;

pub(crate) use queue::flushed;
pub use submit::Content;

/// The queue of delta jobs.
pub const QUEUE: &str = "deltas";

/// The mark that holds the watermark, as `<job>:<item>`.
const FLUSHED: &str = "deltas.flushed";

/// A failure that nobody flushed yet.
#[derive(Clone, Debug)]
pub struct DeltaFailure {
    /// The file in which it happened.
    pub file: String,
    /// What happened.
    pub failed: Failed,
}

/// What failed, as it is stored with the item.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    /// Why, in a sentence.
    pub error: String,
    /// The operation's name as it was sent.
    #[serde(default)]
    pub operation: Option<String>,
    /// The article's fields as they were sent.
    #[serde(default)]
    pub article_data: Option<Box<RawValue>>,
    /// Whether it is the file as a whole that failed.
    #[serde(default)]
    pub whole_file: bool,
}
