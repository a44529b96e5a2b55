//! Jobs, their items and logs.

/// Reading jobs.
pub trait ReadJobs {}

/// Writing jobs.
pub trait WriteJobs {}
