//! The program from outside: started, driven over HTTP and by its commands, stopped, killed, restored.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

#[path = "../support/support.rs"]
mod support;

mod app;
mod apps;
mod backup;
mod crash;
mod demo;
mod digest;
mod doctor;
mod flights;
mod jobs;
mod kills;
mod nodes;
mod postgres;
mod projects;
mod queues;
mod readme;
mod routes;
mod settings;
mod start;
mod stop;
mod twins;
mod users;
