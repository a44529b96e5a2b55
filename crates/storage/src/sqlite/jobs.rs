//! Jobs, their items and logs.

use super::Session;
use crate::tables::{ReadJobs, WriteJobs};

impl ReadJobs for Session<'_> {}

impl WriteJobs for Session<'_> {}
