//! Following the job of a change from the command line, by looking at it in the store.

use std::process::ExitCode;
use std::time::Duration;

use engine::Engine;
use model::job::Status;
use model::{Error, Job, JobSeq, Page};

use crate::commands::user::operator;
use crate::output;
use crate::progress::Shown;

/// Between two looks at the job.
const LOOK: Duration = Duration::from_millis(200);
/// Errors that are shown.
const ERRORS: u64 = 20;

/// Follows a job until it has ended or stands still; the exit status says how it went.
///
/// # Errors
/// The store's, and a closed output.
pub(super) async fn to_its_end(engine: &Engine, seq: JobSeq) -> anyhow::Result<ExitCode> {
    let (shown, mut last) = (Shown::new(), String::new());
    loop {
        let job = look(engine, seq).await?;
        let message = format!("{}, {} failed", job.status.as_str(), job.counts.failed);
        shown.share(job.progress, message, &mut last)?;
        if job.status.is_final() || job.status == Status::Stopped {
            shown.end();
            return ended(engine, &job).await;
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn look(engine: &Engine, seq: JobSeq) -> anyhow::Result<Job> {
    let read = engine.store().read(move |tx| Ok::<_, Error>(tx.job(seq)?));
    let job = read.await.map_err(output::explained)?;
    job.ok_or_else(|| anyhow::anyhow!("job {seq} is gone"))
}

async fn ended(engine: &Engine, job: &Job) -> anyhow::Result<ExitCode> {
    let page = Page {
        number: 1,
        size: ERRORS,
    };
    let errors = engine.job_errors(&operator(), job.seq, page).await;
    let errors = errors.map_err(output::explained)?;
    for error in &errors.entries {
        output::line(error.messages.join("; "))?;
    }
    let more = errors.total.saturating_sub(ERRORS);
    if more > 0 {
        output::line(format_args!("and {more} more"))?;
    }
    Ok(match job.status == Status::Finished && errors.total == 0 {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
