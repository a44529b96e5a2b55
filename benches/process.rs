//! What the system says of a process: processor time and memory.

use std::fs;
use std::time::Duration;

use anyhow::Context;

/// Ticks per second in `/proc/<pid>/stat`: the same on every Linux.
const TICKS: f64 = 100.0;

/// Processor time of all threads, those that ended included.
///
/// # Errors
/// When the process is not there.
pub(crate) fn processor_time(pid: u32) -> anyhow::Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let text = fs::read_to_string(&path).with_context(|| path.clone())?;
    // The name in brackets may hold anything; the numbers begin behind it.
    let (_, numbers) = text
        .rsplit_once(')')
        .with_context(|| format!("{path} has no name"))?;
    let mut times = numbers.split_whitespace().skip(11).map(str::parse::<f64>);
    let mut next = || {
        times
            .next()
            .with_context(|| format!("{path} is too short"))?
            .context("a time")
    };
    Ok(Duration::from_secs_f64((next()? + next()?) / TICKS))
}

/// A line of `/proc/<pid>/status` that is a size, in MiB.
///
/// # Errors
/// When the process or the line is not there.
pub(crate) fn memory(pid: u32, name: &str) -> anyhow::Result<f64> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).with_context(|| path.clone())?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let size = line.and_then(|line| line.split_whitespace().next());
    let kib: f64 = size.with_context(|| format!("{path} has no {name}"))?.parse()?;
    Ok(kib / 1024.0)
}
