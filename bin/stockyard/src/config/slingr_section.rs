//! The `[slingr]` section: what the dialect and the engine want of it, side by side as the operator sees them.

use engine::{GroupKeys, SlingrOptions};
use serde::{Deserialize, Serialize};
use slingr::Environment;

use super::Overrides;

/// See the module; the keys are described where they are used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SlingrSection {
    environment: Option<Environment>,
    max_body_bytes: usize,
    max_json_depth: usize,
    bad_job_action_status: u16,
    session_ttl: u64,
    orphan_file_ttl: u64,
    max_file_bytes: u64,
    max_logs: u64,
    max_log_bytes: u64,
    group_keys: GroupKeys,
    script_time: u64,
    job_script_time: u64,
}

impl Default for SlingrSection {
    fn default() -> Self {
        let dialect = slingr::Options::default();
        let engine = SlingrOptions::default();
        Self {
            environment: None,
            max_body_bytes: dialect.max_body_bytes,
            max_json_depth: dialect.max_json_depth,
            bad_job_action_status: dialect.bad_job_action_status,
            session_ttl: engine.session_ttl,
            orphan_file_ttl: engine.orphan_file_ttl,
            max_file_bytes: engine.max_file_bytes,
            max_logs: engine.max_logs,
            max_log_bytes: engine.max_log_bytes,
            group_keys: engine.group_keys,
            script_time: engine.script_time,
            job_script_time: engine.job_script_time,
        }
    }
}

impl SlingrSection {
    /// The settings of the dialect; `app` is the environment that the definition names.
    pub(crate) fn dialect(&self, app: Option<&str>) -> slingr::Options {
        let of_app = || app.and_then(Environment::parse);
        slingr::Options {
            environment: self.environment.or_else(of_app).unwrap_or_default(),
            max_body_bytes: self.max_body_bytes,
            max_json_depth: self.max_json_depth,
            bad_job_action_status: self.bad_job_action_status,
        }
    }

    /// The settings of the engine.
    pub(crate) fn engine(&self) -> SlingrOptions {
        SlingrOptions {
            session_ttl: self.session_ttl,
            orphan_file_ttl: self.orphan_file_ttl,
            max_file_bytes: self.max_file_bytes,
            max_logs: self.max_logs,
            max_log_bytes: self.max_log_bytes,
            group_keys: self.group_keys,
            script_time: self.script_time,
            job_script_time: self.job_script_time,
        }
    }

    /// This section with what the command line says on top.
    pub(super) fn overridden(self, by: &Overrides) -> Self {
        Self {
            environment: by.environment.or(self.environment),
            session_ttl: by.session_ttl.unwrap_or(self.session_ttl),
            orphan_file_ttl: by.orphan_file_ttl.unwrap_or(self.orphan_file_ttl),
            ..self
        }
    }
}
