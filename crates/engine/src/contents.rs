//! File contents that cannot be had: what a client is told, and how a job waits.
//!
//! A full disk and a place that is away both pass. A client is asked to try again; a job keeps its place and tries by
//! itself, since what it would make of the failure – a broken file, a failed job – would stay.

use std::time::Duration;

use ::jobs::{Interrupt, Run};
use blobs::{Blobs, PartialName};
use model::job::Level;
use model::{Code, Error};

use crate::exports::Pause;

/// After how many seconds a client may try again.
const RETRY_AFTER: u32 = 5;
/// How often a partial file is tried that its last writer has not let go of, a second apart.
pub(crate) const TRIES: u32 = 60;
/// The longest wait of a job between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What a failure with file contents is for whoever asked.
pub fn refused(error: blobs::Error) -> Error {
    match error {
        blobs::Error::Full { .. } => {
            Error::new(Code::StorageFull, "no room left to store the file").with_internal(error)
        }
        blobs::Error::Away { .. } => {
            Error::new(Code::Unavailable, "file contents cannot be reached at the moment")
                .with_retry_after(RETRY_AFTER)
                .with_internal(error)
        }
        other => Error::internal(other),
    }
}

/// Does `work`, and again as long as it fails in a way that passes.
///
/// # Errors
/// The outer one: the job is to stop meanwhile. The inner one: what `work` says that does not pass.
pub(crate) fn insist<T>(
    run: &mut Run,
    pause: &Pause,
    mut work: impl FnMut(&Run) -> blobs::Result<T>,
) -> Result<blobs::Result<T>, Interrupt> {
    let mut wait = Duration::from_secs(1);
    let mut told = false;
    loop {
        let error = match work(run) {
            Err(error @ (blobs::Error::Full { .. } | blobs::Error::Away { .. })) => error,
            done => return Ok(done),
        };
        tracing::warn!(job.seq = run.job().seq.0, %error, "a job waits for file contents");
        if !std::mem::replace(&mut told, true) {
            run.log(
                Level::Warn,
                format!("waits for file contents: {}", refused(error).message()),
            );
        }
        pause.wait(wait, &|| run.should_stop());
        run.check()?;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Discards the partial file of a job that is done with it. Its last writer may hold it for a moment longer, as may a
/// program that is just being started; what cannot be discarded a later sweep finds.
pub(crate) fn discard(run: &Run, (blobs, pause): (&Blobs, &Pause), name: &PartialName) {
    for _ in 0..TRIES {
        match blobs.discard_partial(name) {
            Ok(_) => return,
            Err(blobs::Error::PartialBusy { .. }) if !run.should_stop() => {
                pause.wait(Duration::from_secs(1), &|| run.should_stop());
            }
            Err(error) => {
                tracing::warn!(job.seq = run.job().seq.0, %error, "a partial file could not be discarded");
                return;
            }
        }
    }
}
