//! Queues at Amazon: made, set and removed through Amazon SQS, and credentials for them through AWS STS.
//!
//! Five calls, signed with the operator's own keys, which come from the environment as Amazon's programs take them and are
//! never handed on: a client gets credentials that end by themselves and are good for its queue only. Requests are signed
//! and sent by `object_store`, the client of S3, so that there is one of each.

#[cfg(feature = "client")]
mod caller;
#[cfg(feature = "client")]
mod fault;
mod options;
#[cfg(feature = "client")]
mod queues;
#[cfg(feature = "client")]
mod tokens;

#[cfg(feature = "client")]
pub use caller::Amazon;
#[cfg(feature = "client")]
pub use fault::Fault;
pub use options::Options;
#[cfg(feature = "client")]
pub use queues::Place;
#[cfg(feature = "client")]
pub use tokens::Credentials;
