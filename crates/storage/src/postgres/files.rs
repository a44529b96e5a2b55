//! References to file content.

use model::{JobSeq, Timestamp};

use super::Session;
use super::value::{Cells, params, signed, texts};
use crate::Result;
use crate::tables::files::EntityBlob;
use crate::tables::{ReadFiles, WriteFiles};

const REFERENCED: &str = "SELECT EXISTS (SELECT 1 FROM job_blobs WHERE blob = b.blob)
    OR EXISTS (SELECT 1 FROM entity_blobs WHERE blob = b.blob)
    OR EXISTS (SELECT 1 FROM uploads WHERE blob = b.blob)
    FROM unnest($1::text[]) WITH ORDINALITY AS b (blob, n) ORDER BY n";
const ALL: &str =
    "SELECT blob FROM job_blobs WHERE blob > $1 UNION SELECT blob FROM entity_blobs WHERE blob > $1
    UNION SELECT blob FROM uploads WHERE blob > $1 ORDER BY blob LIMIT $2";
const ADD: &str = "INSERT INTO job_blobs (job, blob, created) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const DROP: &str = "DELETE FROM job_blobs WHERE job = $1";
const OF_ENTITY: &str = "SELECT blob, size, created FROM entity_blobs WHERE entity = $1";
const SET_OF_ENTITY: &str = "INSERT INTO entity_blobs (entity, blob, size, created) VALUES ($1, $2, $3, $4)
    ON CONFLICT (entity) DO UPDATE SET blob = excluded.blob, size = excluded.size, created = excluded.created";
const DROP_OF_ENTITY: &str = "DELETE FROM entity_blobs WHERE entity = $1";

impl ReadFiles for Session<'_> {
    fn blobs_referenced(&mut self, blobs: &[String]) -> Result<Vec<bool>> {
        let rows = self
            .aside()
            .rows(REFERENCED, params![texts(blobs.iter().map(String::as_str))])?;
        rows.iter().map(|row| Cells(row).bool(0)).collect()
    }

    fn referenced_blobs(&mut self, after: &str, limit: u64) -> Result<Vec<String>> {
        let rows = self.aside().rows(ALL, params![after, signed(limit)])?;
        rows.iter().map(|row| Cells(row).text(0)).collect()
    }

    fn entity_blob(&mut self, entity: &str) -> Result<Option<EntityBlob>> {
        let Some(row) = self.aside().row(OF_ENTITY, params![entity])? else {
            return Ok(None);
        };
        let row = Cells(&row);
        Ok(Some(EntityBlob {
            blob: row.text(0)?,
            size: row.count(1)?,
            created: Timestamp(row.int(2)?),
        }))
    }
}

impl WriteFiles for Session<'_> {
    fn add_job_blob(&mut self, job: JobSeq, blob: &str, now: Timestamp) -> Result<()> {
        self.aside().send(ADD, params![job.0, blob, now.0])
    }

    fn drop_job_blobs(&mut self, job: JobSeq) -> Result<u64> {
        self.aside().change(DROP, params![job.0])
    }

    fn set_entity_blob(&mut self, entity: &str, file: &EntityBlob) -> Result<()> {
        let row = params![entity, &file.blob, signed(file.size), file.created.0];
        self.aside().send(SET_OF_ENTITY, row)
    }

    fn drop_entity_blob(&mut self, entity: &str) -> Result<bool> {
        Ok(self.aside().change(DROP_OF_ENTITY, params![entity])? == 1)
    }
}
