//! [`Cx`]: what one run may see and use: its clock, its bounds, its source of other documents.
//!
//! Everything that repeats (documents, elements of arrays, recursion) ticks; every [`EVERY`] ticks the clock is
//! asked whether the run's time is over. So no loop, however it is nested, runs past its time by much.

use std::cell::Cell;
use std::time::Duration;

use super::Source;
use crate::{Limits, Refusal};

/// Ticks between two looks at the clock.
const EVERY: u32 = 4096;

/// What a caller gives a run.
#[derive(Clone, Copy)]
pub struct Around<'c> {
    /// The time of the run as `$$NOW` gives it: milliseconds since 1970.
    pub now: i64,
    /// How long the run has been going.
    pub elapsed: &'c dyn Fn() -> Duration,
    /// The documents of other collections.
    pub source: &'c dyn Source,
    /// What `$sample` and `$rand` start from.
    pub seed: u64,
    /// The bounds.
    pub limits: &'c Limits,
}

/// A run's state that all its stages share.
pub(crate) struct Cx<'c> {
    pub(crate) around: Around<'c>,
    ticks: Cell<u32>,
    held: Cell<usize>,
    random: Cell<u64>,
    /// Whether the refusal on its way out names its stage already.
    pub(crate) blamed: Cell<bool>,
}

impl<'c> Cx<'c> {
    pub(crate) fn new(around: Around<'c>) -> Self {
        Self {
            around,
            ticks: Cell::new(0),
            held: Cell::new(0),
            random: Cell::new(around.seed),
            blamed: Cell::new(false),
        }
    }

    pub(crate) fn limits(&self) -> &'c Limits {
        self.around.limits
    }

    /// Counts one step of work.
    #[inline]
    pub(crate) fn tick(&self) -> Result<(), Refusal> {
        self.work(1)
    }

    /// Counts steps of work.
    #[inline]
    pub(crate) fn work(&self, steps: usize) -> Result<(), Refusal> {
        let steps = u32::try_from(steps).unwrap_or(EVERY).min(EVERY);
        let ticks = self.ticks.get() + steps;
        if ticks < EVERY {
            self.ticks.set(ticks);
            return Ok(());
        }
        self.ticks.set(0);
        self.in_time()
    }

    #[cold]
    fn in_time(&self) -> Result<(), Refusal> {
        let allowed = self.limits().time;
        if (self.around.elapsed)() <= allowed {
            return Ok(());
        }
        Err(Refusal::beyond(
            format_args!("the pipeline takes longer than {} ms", allowed.as_millis()),
            "time",
        ))
    }

    /// Takes memory for something that outlives a document.
    pub(crate) fn hold(&self, bytes: usize) -> Result<(), Refusal> {
        let held = self.held.get().saturating_add(bytes);
        let allowed = self.limits().memory_bytes;
        if held > allowed {
            return Err(Refusal::beyond(
                format_args!("the pipeline's stages hold more than {allowed} bytes"),
                "memory_bytes",
            ));
        }
        self.held.set(held);
        Ok(())
    }

    /// Gives memory back.
    pub(crate) fn release(&self, bytes: usize) {
        self.held.set(self.held.get().saturating_sub(bytes));
    }

    /// Refuses a computed value that is too large; `bytes` is about what it takes.
    #[inline]
    pub(crate) fn fits(&self, bytes: usize) -> Result<(), Refusal> {
        let allowed = self.limits().document_bytes;
        if bytes <= allowed {
            return Ok(());
        }
        Err(Refusal::beyond(
            format_args!("a computed value takes more than {allowed} bytes"),
            "document_bytes",
        ))
    }

    /// The next random number (SplitMix64).
    pub(crate) fn random(&self) -> u64 {
        let state = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
