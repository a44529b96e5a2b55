//! What only PostgreSQL has: a server that goes away and comes back, several nodes, a database of somebody else's.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod postgres {
    mod commits;
    mod foreign;
    mod kit;
    mod nodes;
    mod outages;
    mod scouts;
    mod tls;
}
