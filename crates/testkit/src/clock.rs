//! A clock that only a test moves, and randomness that repeats.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use model::{Clock, Env, Random, Timestamp};

/// 2016-05-30T04:55:57.316Z, where every test begins.
pub const START: Timestamp = Timestamp(1_464_584_157_316);

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct FakeClock(AtomicI64);

impl FakeClock {
    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).expect("a test moves the clock by a sane time");
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Default for FakeClock {
    fn default() -> Self {
        Self(AtomicI64::new(START.0))
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Bytes that look random and are the same in every run with the same seed (SplitMix64).
#[derive(Debug)]
pub struct SeededRandom(AtomicU64);

impl SeededRandom {
    /// The sequence of this seed.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl Random for SeededRandom {
    fn fill(&self, buffer: &mut [u8]) {
        for part in buffer.chunks_mut(8) {
            part.copy_from_slice(&self.next().to_le_bytes()[..part.len()]);
        }
    }
}

/// An environment that a test controls: the clock to move, and the environment of that clock and of `seed`.
pub fn fake_env(seed: u64) -> (Arc<FakeClock>, Env) {
    let clock = Arc::new(FakeClock::default());
    let env = Env::new(
        Arc::clone(&clock) as Arc<dyn Clock>,
        Arc::new(SeededRandom::new(seed)),
    );
    (clock, env)
}

#[cfg(test)]
mod tests {
    use super::{START, fake_env};
    use std::time::Duration;

    #[test]
    fn time_moves_only_when_told() {
        let (clock, env) = fake_env(1);
        assert_eq!((env.now(), env.now()), (START, START));
        clock.advance(Duration::from_secs(2));
        assert_eq!(env.now(), START.plus_millis(2000));
    }

    #[test]
    fn randomness_repeats_with_its_seed_only() {
        let bytes = |seed| fake_env(seed).1.random_bytes::<20>();
        assert_eq!(bytes(7), bytes(7));
        assert_ne!(bytes(7), bytes(8));
    }
}
