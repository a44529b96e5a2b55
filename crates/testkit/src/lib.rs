//! What tests of every crate share: a store of their own, a clock and randomness that a test controls, a whole server
//! without a socket.

mod app;
mod clock;
mod definition;
pub mod document;
mod store;

pub use app::{Answer, PASSWORD, TestApp, TestOptions, TestRequest};
pub use clock::{FakeClock, START, SeededRandom, fake_env};
pub use definition::definition;
pub use store::TempStore;
