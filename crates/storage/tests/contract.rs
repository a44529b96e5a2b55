//! What every backend must do, run against each of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

#[path = "contract/jobs.rs"]
mod jobs;

use stockyard_storage::Store;
use stockyard_storage::sqlite::{self, Access, Options};

/// Runs a test on a fresh store of every backend.
fn on_every_backend(test: impl Fn(&Store)) {
    let directory = tempfile::tempdir().unwrap();
    let open = sqlite::open(&Options::new(directory.path()), Access::Serve).unwrap();
    test(&open.store());
}
