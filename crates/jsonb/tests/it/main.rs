//! The crate against SQLite itself, against another JSON parser, and against hostile input.

mod differential;
mod generate;
mod mutation;
mod oracle;
