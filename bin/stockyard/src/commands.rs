//! The subcommands, one file each: its options and what it does.

pub(crate) mod app;
pub(crate) mod backup;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod jobs;
pub(crate) mod migrate;
pub(crate) mod openapi;
pub(crate) mod project;
pub(crate) mod restore;
pub(crate) mod serve;
pub(crate) mod sqs;
pub(crate) mod sweep;
pub(crate) mod token;
pub(crate) mod user;
pub(crate) mod worker;
