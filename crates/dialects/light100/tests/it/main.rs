//! The dialect over the wire: the documented samples as they are printed, and everything around them.

mod access;
mod admin;
mod articles;
mod deltas;
mod document;
mod exports;
mod listings;
mod sending;
mod socket;
mod support;
