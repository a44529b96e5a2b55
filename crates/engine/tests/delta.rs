//! Delta updates from submission to the last row: outcomes, blocking, strict order, broken files, crashes.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod delta {
    pub(crate) mod bed;
    mod blocking;
    mod bound;
    mod crash;
    mod files;
    mod model;
    mod outcomes;
}
