//! Plain data that every other crate shares: ids, time, records, jobs, actors, pages and the one error type.
//!
//! Nothing here does I/O. Clock and randomness come in through [`Env`], so that tests fix them. The stored form of a
//! record's body is [`jsonb::Jsonb`]; everything else is ordinary Rust.

mod actor;
pub mod calendar;
mod env;
mod error;
pub mod hex;
mod id;
pub mod job;
mod page;
mod record;
mod record_id;
mod time;

pub use actor::{Actor, Role, Roles};
pub use env::{Clock, Env, Random, SystemClock, SystemRandom};
pub use error::{Class, Code, Detail, Error, Result, Thrown, Validation};
pub use id::{
    BadId, CollectionId, HeapId, HistorySeq, JobId, JobSeq, MessageSeq, QueueId, RequestId, TokenId, UserId,
};
pub use job::Job;
pub use page::{Page, PageOf};
pub use record::{Change, ChangeEvent, Record, Stamp};
pub use record_id::{RecordIds, is_record_id};
pub use time::Timestamp;
pub use uuid::Uuid;
