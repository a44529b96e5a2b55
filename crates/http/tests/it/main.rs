//! The edge from outside: through its router and over real sockets.

mod edge;
mod guard;
mod support;
