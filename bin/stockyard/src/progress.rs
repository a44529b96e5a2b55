//! Progress of a job: a bar on a terminal, a line at each change elsewhere.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::client::Client;
use crate::output;

/// Between two looks at a job.
const LOOK: Duration = Duration::from_millis(100);
/// Steps of the bar.
const STEPS: u64 = 1000;

/// Follows a job to its end and gives it as it is then.
///
/// # Errors
/// The server's, and a closed output.
pub(crate) async fn follow(client: &Client, id: &str) -> anyhow::Result<Value> {
    let shown = Shown::new();
    let mut last = String::new();
    loop {
        let job = client.get(&format!("/api/v2/jobs/{id}")).await?;
        shown.update(&job, &mut last)?;
        if is_over(&job) {
            shown.end();
            return Ok(job);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Follows a job by the API of apps to its end, or until it stands still, and gives it as it is then.
///
/// # Errors
/// The server's, and a closed output.
pub(crate) async fn follow_app(client: &Client, id: &str) -> anyhow::Result<Value> {
    let shown = Shown::new();
    let mut last = String::new();
    loop {
        let job = client.get(&format!("/api/status/jobs/{id}")).await?;
        let status = job["status"].as_str().unwrap_or_default();
        let (done, all) = (&job["recordsProcessed"], &job["recordsCount"]);
        let share = job["progress"].as_f64().unwrap_or(0.0) / 100.0;
        let message = format!("{}, {done} of {all} records", status.to_lowercase());
        shown.share(share, message, &mut last)?;
        if matches!(status, "FINISHED" | "CANCELED" | "STOPPED") {
            shown.end();
            return Ok(job);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Whether nothing can happen to the job any more.
pub(crate) fn is_over(job: &Value) -> bool {
    let over = ["complete", "fail_to_process", "fail_to_receive", "canceled"];
    job["status"]
        .as_str()
        .is_some_and(|status| over.contains(&status))
}

/// Where progress is shown: the bar, if there is a terminal.
pub(crate) struct Shown(Option<ProgressBar>);

impl Shown {
    pub(crate) fn new() -> Self {
        if !io::stdout().is_terminal() {
            return Self(None);
        }
        let style = ProgressStyle::with_template("  {bar:40} {percent:>3} %  {msg}")
            .expect("the template is well-formed")
            .progress_chars("█▉▊▋▌▍▎▏ ");
        Self(Some(ProgressBar::new(STEPS).with_style(style)))
    }

    fn update(&self, job: &Value, last: &mut String) -> io::Result<()> {
        let done = job["percent_completed"].as_f64().unwrap_or(0.0);
        let (status, errors) = (job["status"].as_str().unwrap_or("unknown"), &job["error_count"]);
        self.share(done, format!("{status}, {errors} failed"), last)
    }

    /// Shows a share of the work, 0 to 1, and a word about it, unless that was shown last.
    ///
    /// # Errors
    /// A closed output.
    pub(crate) fn share(&self, done: f64, message: String, last: &mut String) -> io::Result<()> {
        let done = done.clamp(0.0, 1.0);
        if let Some(bar) = &self.0 {
            // The share is within 0 and 1, so this is within the steps.
            bar.set_position((done * STEPS as f64) as u64);
            bar.set_message(message);
            return Ok(());
        }
        let line = format!("  {:3.0} %  {message}", done * 100.0);
        if line != *last {
            output::line(&line)?;
            *last = line;
        }
        Ok(())
    }

    /// Leaves what was shown as it is.
    pub(crate) fn end(self) {
        if let Some(bar) = self.0 {
            bar.abandon();
        }
    }
}
