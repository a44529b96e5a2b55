//! Who sees and changes what, over a whole server, held against a plain model; writers at the same time; pages that hold.
//!
//! The model (`model`) knows nothing of the server's own permissions: it decides from the groups of a case and the
//! records as they are. `cases` makes groups one by one and by chance, `checks` asks every route and compares.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod bed;
mod cases;
mod checks;
mod groups;
mod model;
mod paging;
mod random;
mod world;
mod writers;
