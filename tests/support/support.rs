//! The harness of the black-box tests: the real program, on a folder of its own, driven from outside.
//!
//! [`Server::start`] waits for the line that says where it listens. Nothing of the surroundings reaches it but the
//! search path, and whatever a test does, the process is gone when the value is dropped. A server that was ended, kindly
//! or not, leaves its folder, so the next one can be started on it.

pub(crate) mod client;
mod output;
pub(crate) mod place;
mod server;

pub(crate) use client::{Answer, Client};
pub(crate) use output::{Output, STUCK, command, stockyard, stockyard_at_length, stockyard_with};
pub(crate) use server::{Server, Start};
