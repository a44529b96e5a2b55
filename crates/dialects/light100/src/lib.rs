//! The `light100` dialect: an article catalogue with direct calls, delta updates through a job queue, and the
//! management of its users, under `/api/v1`.
//!
//! Wire formats only: what is meant by a call is done by the engine. Every answer of article and job routes has the
//! form of `envelope.rs`; the admin routes answer bare objects, as documented. Where the document is silent, the decision
//! is in `docs/decisions/light100.md`.

mod admin;
mod articles;
mod document;
mod envelope;
mod errors;
mod jobs;
mod paging;
mod routes;
mod safe;
mod unquote;

pub use routes::mount;
