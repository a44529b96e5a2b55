//! The log: to stderr, written by a thread of its own so that no request waits for a terminal or a pipe.

mod line;
mod sink;

use std::io;

use anyhow::{Context, bail};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

use crate::config::{LogFormat, LogOptions};

/// The words for levels.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Starts the log; it is complete when the guard is dropped.
///
/// # Errors
/// When the level cannot be read.
pub(crate) fn start(options: &LogOptions) -> anyhow::Result<sink::Guard> {
    let filter = filter(&options.level)?;
    let (writer, guard) = sink::start(io::stderr()).context("cannot start the log")?;
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines = match options.format {
        LogFormat::Text => lines.event_format(line::TextLine).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    // A filter before all lines costs less than one of this layer's own.
    tracing_subscriber::registry().with(filter).with(lines).init();
    Ok(guard)
}

/// Reads `info` or `info,access=off`. A word that is no level would otherwise count as a target, and silence all others.
///
/// # Errors
/// Names the part that cannot be read.
pub(crate) fn filter(level: &str) -> anyhow::Result<Targets> {
    let mut filter = Targets::new();
    for part in level.split(',').map(str::trim) {
        let (target, word) = match part.split_once('=') {
            Some((target, word)) => (Some(target), word),
            None => (None, part),
        };
        let level = word.to_ascii_lowercase();
        let known = LEVELS
            .contains(&level.as_str())
            .then(|| level.parse::<LevelFilter>());
        filter = match (target, known) {
            (None, Some(Ok(level))) => filter.with_default(level),
            (Some(target), Some(Ok(level))) if !target.is_empty() => filter.with_target(target, level),
            _ => bail!(
                "log.level: cannot read {part:?}; write one of {}, also by target: \"info,access=off\"",
                LEVELS.join(", ")
            ),
        };
    }
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::filter;

    #[test]
    fn levels_are_words_also_by_target() {
        let read = filter("warn, access=off,engine::exports=debug").unwrap();
        let would = |target, level| read.would_enable(target, &level);
        assert!(would("http", Level::WARN) && !would("http", Level::INFO));
        assert!(would("engine::exports", Level::DEBUG) && !would("access", Level::ERROR));
    }

    #[test]
    fn other_words_are_refused_by_name() {
        for wrong in ["inof", "info,", "", "access=loud", "=info", "info,a=b=c", "loud="] {
            let part = wrong.strip_prefix("info,").unwrap_or(wrong);
            let refusal = filter(wrong).unwrap_err().to_string();
            let needle = format!("log.level: cannot read {part:?}");
            assert!(refusal.starts_with(&needle), "{refusal}");
        }
    }
}
