//! What tests of every crate share: a clock and randomness that a test controls.

mod clock;

pub use clock::{FakeClock, START, SeededRandom, fake_env};
