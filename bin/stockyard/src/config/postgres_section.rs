//! The `[postgres]` section: how one node uses a database of PostgreSQL.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use storage::postgres::Options;

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PostgresSection {
    /// Connections for short reads.
    pub(crate) readers: NonZeroU32,
    /// Connections for reads that walk over whole collections.
    pub(crate) scanners: NonZeroU32,
    /// How many seconds one statement may take.
    pub(crate) statement_timeout: NonZeroU32,
}

impl Default for PostgresSection {
    fn default() -> Self {
        let Options {
            readers,
            scanners,
            statement_timeout,
            ..
        } = Options::new("");
        let whole = |number: usize| u32::try_from(number).ok().and_then(NonZeroU32::new);
        let seconds = usize::try_from(statement_timeout.as_secs()).unwrap_or(usize::MAX);
        Self {
            readers: whole(readers).unwrap_or(NonZeroU32::MIN),
            scanners: whole(scanners).unwrap_or(NonZeroU32::MIN),
            statement_timeout: whole(seconds).unwrap_or(NonZeroU32::MIN),
        }
    }
}

impl PostgresSection {
    /// The settings of the store at this address.
    pub(crate) fn options(&self, url: &str) -> Options {
        Options {
            readers: self.readers.get() as usize,
            scanners: self.scanners.get() as usize,
            statement_timeout: Duration::from_secs(self.statement_timeout.get().into()),
            ..Options::new(url)
        }
    }
}
