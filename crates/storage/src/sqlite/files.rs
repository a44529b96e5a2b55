//! References to file content.

use model::{JobSeq, Timestamp};
use rusqlite::params;

use super::Session;
use crate::Result;
use crate::tables::{ReadFiles, WriteFiles};

const REFERENCED: &str = "SELECT EXISTS (SELECT 1 FROM job_blobs WHERE blob = ?1)";
const ALL: &str = "SELECT DISTINCT blob FROM job_blobs WHERE blob > ?1 ORDER BY blob LIMIT ?2";
const ADD: &str = "INSERT INTO job_blobs (job, blob, created) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
const DROP: &str = "DELETE FROM job_blobs WHERE job = ?1";

impl ReadFiles for Session<'_> {
    fn blobs_referenced(&mut self, blobs: &[String]) -> Result<Vec<bool>> {
        let mut referenced = self.prepared(REFERENCED)?;
        blobs
            .iter()
            .map(|blob| Ok(referenced.query_row([blob], |row| row.get(0))?))
            .collect()
    }

    fn referenced_blobs(&mut self, after: &str, limit: u64) -> Result<Vec<String>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut all = self.prepared(ALL)?;
        let rows = all.query_map(params![after, limit], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl WriteFiles for Session<'_> {
    fn add_job_blob(&mut self, job: JobSeq, blob: &str, now: Timestamp) -> Result<()> {
        self.prepared(ADD)?.execute(params![job.0, blob, now.0])?;
        Ok(())
    }

    fn drop_job_blobs(&mut self, job: JobSeq) -> Result<u64> {
        Ok(self.prepared(DROP)?.execute([job.0])? as u64)
    }
}
