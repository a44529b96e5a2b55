//! References to file content.

use model::{JobSeq, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::Session;
use crate::Result;
use crate::numbers::signed;
use crate::tables::files::EntityBlob;
use crate::tables::{ReadFiles, WriteFiles};

const REFERENCED: &str = "SELECT EXISTS (SELECT 1 FROM job_blobs WHERE blob = ?1)
    OR EXISTS (SELECT 1 FROM entity_blobs WHERE blob = ?1)
    OR EXISTS (SELECT 1 FROM uploads WHERE blob = ?1)";
const ALL: &str =
    "SELECT blob FROM job_blobs WHERE blob > ?1 UNION SELECT blob FROM entity_blobs WHERE blob > ?1
    UNION SELECT blob FROM uploads WHERE blob > ?1 ORDER BY blob LIMIT ?2";
const ADD: &str = "INSERT INTO job_blobs (job, blob, created) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
const DROP: &str = "DELETE FROM job_blobs WHERE job = ?1";
const OF_ENTITY: &str = "SELECT blob, size, created FROM entity_blobs WHERE entity = ?1";
const SET_OF_ENTITY: &str =
    "INSERT OR REPLACE INTO entity_blobs (entity, blob, size, created) VALUES (?1, ?2, ?3, ?4)";
const DROP_OF_ENTITY: &str = "DELETE FROM entity_blobs WHERE entity = ?1";

impl ReadFiles for Session<'_> {
    fn blobs_referenced(&mut self, blobs: &[String]) -> Result<Vec<bool>> {
        let mut referenced = self.prepared(REFERENCED)?;
        blobs
            .iter()
            .map(|blob| Ok(referenced.query_row([blob], |row| row.get(0))?))
            .collect()
    }

    fn referenced_blobs(&mut self, after: &str, limit: u64) -> Result<Vec<String>> {
        let limit = signed(limit);
        let mut all = self.prepared(ALL)?;
        let rows = all.query_map(params![after, limit], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn entity_blob(&mut self, entity: &str) -> Result<Option<EntityBlob>> {
        let mut get = self.prepared(OF_ENTITY)?;
        let found = get.query_row([entity], |row| {
            Ok(EntityBlob {
                blob: row.get(0)?,
                size: row.get::<_, i64>(1)?.unsigned_abs(),
                created: Timestamp(row.get(2)?),
            })
        });
        Ok(found.optional()?)
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

    fn set_entity_blob(&mut self, entity: &str, file: &EntityBlob) -> Result<()> {
        let size = signed(file.size);
        self.prepared(SET_OF_ENTITY)?
            .execute(params![entity, file.blob, size, file.created.0])?;
        Ok(())
    }

    fn drop_entity_blob(&mut self, entity: &str) -> Result<bool> {
        Ok(self.prepared(DROP_OF_ENTITY)?.execute([entity])? == 1)
    }
}
