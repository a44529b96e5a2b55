//! The facts of the machine that a table of figures should be read with.

use std::fs;
use std::process::Command;
use std::thread;

/// Where and when a part was measured, in one line.
pub(crate) fn facts() -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let processor = line_of("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let memory = line_of("/proc/meminfo", "MemTotal").and_then(|text| {
        let kib: f64 = text.split_whitespace().next()?.parse().ok()?;
        Some(format!("{:.0} GiB", kib / 1024.0 / 1024.0))
    });
    let kernel = read("/proc/sys/kernel/osrelease").unwrap_or_default();
    let memory = memory.unwrap_or_default();
    format!("{cores} cores of {processor}, {memory}, Linux {kernel}")
}

/// The load averages.
pub(crate) fn load() -> String {
    let text = read("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// The commit that is measured, marked when files differ from it.
pub(crate) fn commit() -> String {
    let said = Command::new("git")
        .args(["describe", "--always", "--dirty"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    let text = said.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned());
    text.unwrap_or_default()
}

fn read(path: &str) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.trim().to_owned())
}

fn line_of(path: &str, name: &str) -> Option<String> {
    let text = read(path)?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
