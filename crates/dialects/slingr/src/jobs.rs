//! `/status/jobs…`: jobs as the document shows them (`contracts/slingr.md` §8.3).
//!
//! Clients also use `/status/job…`, which some printed samples have; both lead here.

mod failed_rows;
mod list;
mod logs;
mod read;
mod retry;
mod steer;
mod undo;
mod view;
mod words;

use axum::Router;
use axum::routing::{get, put};
use model::{Error, JobId};

use crate::Slingr;

/// The routes under `prefix`.
pub(crate) fn routes(prefix: &str) -> Router<Slingr> {
    let listed = Router::new().route(&format!("{prefix}/status/jobs"), get(list::list));
    ["jobs", "job"].iter().fold(listed, |router, word| {
        let one = format!("{prefix}/status/{word}/{{id}}");
        router
            .route(&one, get(read::read))
            .route(&format!("{one}/logs"), get(logs::logs))
            .route(&format!("{one}/errors"), get(failed_rows::failed_rows))
            .route(&format!("{one}/retry"), put(retry::retry))
            .route(&format!("{one}/undo"), put(undo::undo))
            .route(&format!("{one}/stop"), put(steer::stop))
            .route(&format!("{one}/forceStop"), put(steer::force_stop))
            .route(&format!("{one}/cancel"), put(steer::cancel))
            .route(&format!("{one}/resume"), put(steer::resume))
    })
}

/// The id in a path. What is no id names no job.
fn id_of(text: &str) -> Result<JobId, Error> {
    let id = text.to_ascii_lowercase().parse();
    id.map_err(|_| Error::not_found("job", text))
}
