//! The kinds of jobs, one file each, and the registry that the runner finds them in.

mod acting;
pub(crate) mod apply_app;
pub(crate) mod cascade;
pub(crate) mod delete_records;
pub(crate) mod delta;
mod execute_action;
mod execute_listener;
pub(crate) mod export;
pub(crate) mod export_records;
pub(crate) mod import;
pub(crate) mod import_records;
mod left;
pub(crate) mod mail;
pub(crate) mod move_messages;
pub(crate) mod remove_queues;
mod trouble;
mod undo;

use std::sync::Arc;

use blobs::Blobs;
use fetch::Fetcher;
use jobs::Registry;
use model::{CollectionId, Error};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use crate::Options;
use crate::queues::Waiting;
use crate::queues::outside::Outside;
use crate::records::State;

/// What the bodies of jobs work with, beside the store.
#[derive(Clone)]
pub(crate) struct Tools {
    pub(crate) blobs: Blobs,
    pub(crate) fetcher: Fetcher,
    pub(crate) options: Options,
    pub(crate) articles: CollectionId,
    pub(crate) records: State,
    /// Receivers that are to hear of messages.
    pub(crate) waiting: Arc<Waiting>,
    /// What keeps queues of entities, if this server does not.
    pub(crate) outside: Option<Outside>,
    /// For the little that is asynchronous in a body: outgoing requests.
    pub(crate) runtime: Handle,
}

/// What a run finds when the one before it was cut off.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Saved<C> {
    /// The input failed as a whole and that is accounted for; only the job's end is missing.
    Failed {
        /// Why.
        failed: String,
    },
    /// Work goes on here.
    At(C),
}

/// The sentence of a job that ends because too much of its input failed.
pub(crate) fn too_many(failed: u64, what: &str, max: u64, setting: &str) -> String {
    format!("{failed} {what} failed, and {setting} allows {max}; the rest was not read")
}

/// The key that a range of a single key consists of.
pub(crate) fn lower_bound(range: &query::KeyRange) -> &[u8] {
    match &range.0 {
        std::ops::Bound::Included(key) | std::ops::Bound::Excluded(key) => key,
        std::ops::Bound::Unbounded => &[],
    }
}

/// A job's checkpoint, result or detail as it is stored.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// Every kind of job.
pub(crate) fn registry(tools: &Tools) -> Registry {
    Registry::new()
        .with(delta::Delta::new(tools))
        .with(import::Import::new(tools))
        .with(import_records::ImportRecords::new(tools))
        .with(export_records::ExportRecords::new(tools))
        .with(export::ArticleExport::new(tools))
        .with(mail::Mail::new(tools))
        .with(cascade::Cascade::new(tools))
        .with(delete_records::DeleteRecords::new(tools))
        .with(apply_app::ApplyApp::new(&tools.records))
        .with(move_messages::MoveMessages::new(tools))
        .with(remove_queues::RemoveQueues::new(tools))
        .with(execute_action::ExecuteAction::new(tools))
        .with(execute_listener::ExecuteListener::new(tools))
        .with(undo::Undo::new(tools))
        .watched_by(crate::listeners::Watching::new(&tools.records))
}
