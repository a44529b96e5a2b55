//! The limits of scripts. Every one of them is per call, except where said otherwise.

use std::time::Duration;

/// How much scripts may use.
#[derive(Clone, Debug)]
pub struct Options {
    /// Memory of one interpreter with everything in it, in bytes.
    pub memory_bytes: usize,
    /// Stack of the interpreter, in bytes.
    pub stack_bytes: usize,
    /// Calls within calls at most.
    pub depth: usize,
    /// Questions that one call may ask its host.
    pub asks: u64,
    /// Time of one call, on the wall clock.
    pub time: Duration,
    /// Time that a call may wait for a free interpreter.
    pub patience: Duration,
    /// Interpreters, each with its thread.
    pub workers: usize,
    /// Calls that may wait, over all interpreters.
    pub waiting: usize,
    /// Programs that one interpreter keeps ready.
    pub programs: usize,
    /// Longest result, in characters of JSON.
    pub result_chars: usize,
    /// Most log lines of a call; further ones are dropped and counted.
    pub log_lines: usize,
    /// Most bytes of all log lines of a call.
    pub log_bytes: usize,
}

impl Default for Options {
    /// What pure functions need many times over; one that needs more is not a rule about a record.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            memory_bytes: 32 << 20,
            stack_bytes: 512 << 10,
            depth: 1,
            asks: 0,
            time: Duration::from_millis(500),
            patience: Duration::from_secs(10),
            workers: cores.clamp(1, 8),
            waiting: 1024,
            programs: 256,
            result_chars: 1 << 20,
            log_lines: 1000,
            log_bytes: 1 << 20,
        }
    }
}
