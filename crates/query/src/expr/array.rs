//! Arrays: reading parts of them ([`access`]) and making them ([`make`]).

pub(super) mod access;
pub(super) mod make;
