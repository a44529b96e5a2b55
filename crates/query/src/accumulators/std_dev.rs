//! `$stdDevPop`, `$stdDevSamp`: how far numbers spread around their mean.

use jsonb::ObjectBuilder;

use super::Tally;
use crate::pipeline::Cx;
use crate::{Refusal, Val};

/// Welford's running mean and sum of squares.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spread {
    count: u64,
    mean: f64,
    squares: f64,
}

impl Spread {
    /// Takes a number; anything else does not count.
    pub(crate) fn add(&mut self, value: &Val<'_>) -> Result<(), Refusal> {
        if let Val::Decimal(_) = value {
            return Err(crate::expr::args::no_decimals());
        }
        if let Some(number) = value.as_f64() {
            self.count += 1;
            let before = number - self.mean;
            self.mean += before / self.count as f64;
            self.squares += before * (number - self.mean);
        }
        Ok(())
    }

    /// The standard deviation of all there is, or of what this is a sample of; null when there are too few.
    pub(crate) fn deviation(&self, sample: bool) -> Val<'static> {
        match self.count.saturating_sub(u64::from(sample)) {
            0 => Val::Null,
            degrees => Val::Double((self.squares / degrees as f64).sqrt()),
        }
    }
}

pub(super) struct StdDev {
    spread: Spread,
    sample: bool,
}

impl StdDev {
    pub(super) fn new(sample: bool) -> Self {
        Self {
            spread: Spread::default(),
            sample,
        }
    }
}

impl Tally for StdDev {
    fn add(&mut self, value: &Val<'_>, _: &Cx<'_>) -> Result<(), Refusal> {
        self.spread.add(value)
    }

    fn finish(&mut self, out: ObjectBuilder, name: &str, _: &Cx<'_>) -> Result<ObjectBuilder, Refusal> {
        self.spread.deviation(self.sample).field_of(out, name)
    }
}
