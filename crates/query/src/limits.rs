//! [`Limits`]: how much one query may ask for and use.
//!
//! A query comes from a client, so each of its dimensions is bounded, and a refusal names the bound and its setting.

use std::time::Duration;

use crate::Refusal;

/// Bounds of one filter, sort or pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Levels of nesting in the query's own text.
    pub depth: usize,
    /// Conditions (filter) or operators (expressions) in one query.
    pub nodes: usize,
    /// Entries of one list in a query, like that of `$in`.
    pub list: usize,
    /// Characters of one regular expression.
    pub pattern: usize,
    /// Regular expressions in one query.
    pub patterns: usize,
    /// Bytes one compiled regular expression may take.
    pub regex_bytes: usize,
    /// Stages of one pipeline, those inside other stages included.
    pub stages: usize,
    /// Bytes that the blocking stages of one run may hold together.
    pub memory_bytes: usize,
    /// Bytes of all documents in one answer.
    pub result_bytes: usize,
    /// Bytes of one document that a stage makes.
    pub document_bytes: usize,
    /// How long one run may take.
    pub time: Duration,
}

impl Default for Limits {
    /// Roomy for people and programs that write queries, tight for what is made to hurt.
    fn default() -> Self {
        Self {
            depth: 100,
            nodes: 10_000,
            list: 100_000,
            pattern: 4096,
            patterns: 100,
            regex_bytes: 1 << 20,
            stages: 100,
            memory_bytes: 128 << 20,
            result_bytes: 64 << 20,
            document_bytes: 16 << 20,
            time: Duration::from_secs(60),
        }
    }
}

impl Limits {
    /// Refuses `found` when it is beyond `allowed`; `setting` is the field's name here.
    ///
    /// # Errors
    /// A [`Refusal`] that names what is too large, the bound and the setting.
    pub fn check(found: usize, allowed: usize, what: &str, setting: &str) -> Result<(), Refusal> {
        if found <= allowed {
            return Ok(());
        }
        Err(Refusal::beyond(
            format!("{what}: more than the {allowed} allowed"),
            setting,
        ))
    }
}
