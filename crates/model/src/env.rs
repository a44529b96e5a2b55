//! What the outside world decides: the time and randomness.
//!
//! Services take an [`Env`] instead of asking the system, so that a test fixes both and every answer can be compared
//! byte for byte.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::{JobId, RequestId, Timestamp};

/// A source of the current time.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
    /// Whether it is this machine's, which differs a little from those of others.
    fn is_machines(&self) -> bool {
        false
    }
}

/// A source of unguessable bytes.
pub trait Random: Send + Sync {
    /// Fills `buffer` with random bytes.
    fn fill(&self, buffer: &mut [u8]);
}

/// The machine's wall clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn is_machines(&self) -> bool {
        true
    }
}

/// The operating system's generator, by way of a per-thread cipher stream.
#[derive(Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) {
        rand::fill(buffer);
    }
}

/// Time and randomness, shared by every service of one process.
#[derive(Clone)]
pub struct Env {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Env {
    /// An environment of the given sources.
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { clock, random }
    }

    /// The real clock and the real generator.
    pub fn system() -> Self {
        Self::new(Arc::new(SystemClock), Arc::new(SystemRandom))
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether the time is this machine's, which differs a little from those of others.
    pub fn has_machine_time(&self) -> bool {
        self.clock.is_machines()
    }

    /// `N` random bytes.
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// A new job id: four bytes of time, eight random ones, as 24 hex digits (the shape that clients of the dialects know).
    pub fn new_job_id(&self) -> JobId {
        let seconds = u32::try_from(self.now().0 / 1000).unwrap_or(0);
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&seconds.to_be_bytes());
        self.random.fill(&mut bytes[4..]);
        JobId::from_bytes(bytes)
    }

    /// A new random request id (UUID version 4).
    pub fn new_request_id(&self) -> RequestId {
        RequestId::from_random(self.random_bytes())
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env").finish_non_exhaustive()
    }
}
