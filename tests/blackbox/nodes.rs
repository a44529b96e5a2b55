//! Several nodes of one server: real programs on one PostgreSQL, seen from outside.

mod cut;
mod kit;
mod outage;
mod shared;
mod storm;
mod worker;
