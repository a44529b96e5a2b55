//! Factories.

pub(crate) mod plan;
