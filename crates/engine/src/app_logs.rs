//! The log of an app: what was asked of it and what happened, for its developers to read.
//!
//! Lines that the server writes by itself wait in a bounded queue and are stored in batches, so that a request never
//! waits for its line; what does not fit is counted and dropped, and a crash loses half a second of them. Whoever reads
//! the log has the queue stored first and so sees what happened before. Lines that clients send are stored at once.
//!
//! Source: `contracts/slingr.md` §8.2.

mod line;
mod period;
mod post;
mod queue;
mod read;
mod words;

pub(crate) use line::new_line;
pub use line::{Entry, LogEntry};
pub use period::Period;
pub use post::Posted;
pub(crate) use queue::Queue;
pub use queue::run;
pub use read::{LogFilter, LogPage};
pub use words::{Happening, Kind, Level};
