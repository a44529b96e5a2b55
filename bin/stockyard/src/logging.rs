//! The log: to stderr, written by a thread of its own so that no request waits for a terminal or a pipe.
//!
//! Nothing is dropped when the reader is slow: a full queue makes the server wait. The queue is short enough to be
//! written out at exit, which dropping the guard does.

use std::io;

use anyhow::Context;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, LogOptions};

/// Lines that may wait to be written.
const QUEUE: usize = 8192;

/// Starts the log; it is complete when the guard is dropped.
///
/// # Errors
/// When the level cannot be read.
pub(crate) fn start(options: &LogOptions) -> anyhow::Result<WorkerGuard> {
    let filter = EnvFilter::builder()
        .parse(&options.level)
        .with_context(|| format!("log.level: cannot read {:?}", options.level))?;
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(false)
        .buffered_lines_limit(QUEUE)
        .thread_name("log")
        .finish(io::stderr());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(false);
    match options.format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
    Ok(guard)
}
