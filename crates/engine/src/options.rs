//! Settings of the engine, one struct per concern; the configuration file has a section for each.

use serde::{Deserialize, Serialize};

use std::time::Duration;

use crate::entities::Indexes;
use crate::exports::ExportOptions;
use crate::notifications::MailOptions;
use crate::sheets::SheetOptions;

/// All settings of the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Delta updates.
    pub delta: DeltaOptions,
    /// Imports of records.
    pub imports: ImportOptions,
    /// Exports of articles.
    pub exports: ExportOptions,
    /// Queries and aggregations.
    pub query: QueryOptions,
    /// Entities.
    pub qalx: QalxOptions,
    /// Outgoing mail.
    pub mail: MailOptions,
    /// Apps.
    pub slingr: SlingrOptions,
    /// Imports from CSV files and exports to them.
    pub sheets: SheetOptions,
}

/// What a failed operation does to the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailureMode {
    /// Later operations on the same article are refused until a flush; all others go on.
    #[default]
    Isolate,
    /// The whole queue stands still until a flush.
    Strict,
}

/// Settings of delta updates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeltaOptions {
    /// What a failed operation does to the rest.
    pub failure_mode: FailureMode,
    /// Operations committed together at most. Larger is faster, smaller lets other writes in sooner.
    pub chunk_operations: usize,
    /// Input bytes committed together at most, which bounds memory.
    pub chunk_bytes: usize,
    /// The largest single operation, in bytes.
    pub max_operation_bytes: usize,
    /// The deepest nesting of one operation.
    pub max_depth: usize,
    /// The most bytes that a file may unpack to.
    pub max_unpacked_bytes: u64,
    /// The most operations of one file that may fail or be blocked; one more ends its job.
    pub max_failed_operations: u64,
}

impl Default for DeltaOptions {
    fn default() -> Self {
        Self {
            failure_mode: FailureMode::Isolate,
            chunk_operations: 1000,
            chunk_bytes: 1 << 20,
            max_operation_bytes: 1 << 20,
            max_depth: 16,
            max_unpacked_bytes: 64 << 30,
            max_failed_operations: 100_000,
        }
    }
}

/// Settings of imports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImportOptions {
    /// Whether an import may make a collection that is not there.
    pub dynamic_entities: bool,
    /// The longest body, in bytes as it is sent.
    pub max_body_bytes: u64,
    /// The most bytes that a body may unpack to.
    pub max_unpacked_bytes: u64,
    /// The most records of one body that may fail; one more ends its job.
    pub max_failed_records: u64,
    /// The largest single record, and the most bytes around the records.
    pub max_record_bytes: usize,
    /// The deepest nesting of one record.
    pub max_depth: usize,
    /// Records committed together at most. Larger is faster, smaller lets other writes in sooner.
    pub chunk_records: usize,
    /// Input bytes committed together at most, which bounds memory.
    pub chunk_bytes: usize,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            dynamic_entities: false,
            max_body_bytes: 1 << 30,
            max_unpacked_bytes: 16 << 30,
            max_failed_records: 100_000,
            max_record_bytes: 1 << 20,
            max_depth: 64,
            chunk_records: 1000,
            chunk_bytes: 1 << 20,
        }
    }
}

/// What one query or aggregation may take; a larger one is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueryOptions {
    /// The longest time, in seconds. While a query goes on, the log of the store cannot be folded back.
    pub time: u64,
    /// The most bytes that sorting, grouping and joining may hold together.
    pub memory_bytes: usize,
    /// The most bytes of all documents of one answer.
    pub result_bytes: usize,
    /// The deepest nesting of a query.
    pub depth: usize,
    /// The most conditions and operators of a query.
    pub nodes: usize,
    /// The longest list in a query, such as that of `$in`.
    pub list: usize,
    /// The longest regular expression, in characters.
    pub pattern: usize,
    /// The most stages of a pipeline, with those inside of others.
    pub stages: usize,
}

impl Default for QueryOptions {
    fn default() -> Self {
        let limits = query::Limits::default();
        Self {
            time: 30,
            memory_bytes: limits.memory_bytes,
            result_bytes: limits.result_bytes,
            depth: limits.depth,
            nodes: limits.nodes,
            list: limits.list,
            pattern: limits.pattern,
            stages: limits.stages,
        }
    }
}

impl QueryOptions {
    /// The limits that queries are parsed and run with.
    pub fn limits(&self) -> query::Limits {
        query::Limits {
            time: Duration::from_secs(self.time),
            memory_bytes: self.memory_bytes,
            result_bytes: self.result_bytes,
            depth: self.depth,
            nodes: self.nodes,
            list: self.list,
            pattern: self.pattern,
            stages: self.stages,
            ..query::Limits::default()
        }
    }
}

/// Settings of entities.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QalxOptions {
    /// Paths to index beside the usual ones, by kind.
    pub indexes: Indexes,
}

/// Settings of apps: their sessions, files and logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SlingrOptions {
    /// After how many seconds without use a session ends, unless a group of its user says less or more.
    pub session_ttl: u64,
    /// After how many seconds a file goes that nothing holds.
    pub orphan_file_ttl: u64,
    /// The longest file, in bytes.
    pub max_file_bytes: u64,
    /// Lines of the app's log that are kept.
    pub max_logs: u64,
    /// Bytes of the app's log that are kept.
    pub max_log_bytes: u64,
    /// What references are in grouped results.
    pub group_keys: GroupKeys,
    /// How many seconds a function of an action or listener may take while a client waits.
    pub script_time: u64,
    /// How many in a job.
    pub job_script_time: u64,
}

/// What a reference is in the results of a `group`; the documents of the original have both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupKeys {
    /// An object with id and label.
    #[default]
    Object,
    /// The label.
    Label,
}

impl Default for SlingrOptions {
    fn default() -> Self {
        Self {
            session_ttl: 8 * 3600,
            orphan_file_ttl: 12 * 3600,
            max_file_bytes: 5 << 30,
            max_logs: 100_000,
            max_log_bytes: 256 << 20,
            group_keys: GroupKeys::default(),
            script_time: 30,
            job_script_time: 900,
        }
    }
}

impl SlingrOptions {
    /// The time of a function while a client waits.
    pub(crate) fn script_time(&self) -> Duration {
        Duration::from_secs(self.script_time.max(1))
    }

    /// The time of one in a job.
    pub(crate) fn job_script_time(&self) -> Duration {
        Duration::from_secs(self.job_script_time.max(1))
    }

    /// The idle time of sessions, in milliseconds.
    pub(crate) fn session_ms(&self) -> i64 {
        millis(self.session_ttl)
    }

    /// How long an orphan stays, in milliseconds.
    pub(crate) fn orphan_ms(&self) -> i64 {
        millis(self.orphan_file_ttl)
    }
}

fn millis(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
}
