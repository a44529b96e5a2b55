//! The edge from outside: through its router and over real sockets.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod docs;
mod edge;
mod guard;
mod log;
mod server;
mod support;
