//! The subcommands, one file each: its options and what it does.

pub(crate) mod serve;
pub(crate) mod token;
pub(crate) mod user;
