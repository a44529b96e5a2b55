//! Files, their holders and their shares.

use model::{JobSeq, Timestamp, UserId};
use rusqlite::{OptionalExtension, Row, params};

use super::Session;
use crate::Result;
use crate::numbers::signed;
use crate::tables::uploads::{Holder, Share, UploadedFile};
use crate::tables::{ReadUploads, WriteUploads};

const GET: &str = "SELECT id, name, content_type, size, blob, uploaded_by, at, job, orphaned
    FROM uploads WHERE id = ?1";
const HOLDERS: &str =
    "SELECT entity, record FROM upload_holders WHERE file = ?1 ORDER BY entity, record LIMIT ?2";
const HOLDS: &str =
    "SELECT EXISTS (SELECT 1 FROM upload_holders WHERE file = ?1 AND entity = ?2 AND record = ?3)";
const INSERT: &str =
    "INSERT INTO uploads (id, name, content_type, size, blob, uploaded_by, at, job, orphaned)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const ADOPT: &str = "UPDATE uploads SET orphaned = NULL WHERE id = ?1";
const HOLD: &str =
    "INSERT INTO upload_holders (file, entity, record) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
const RELEASE: &str = "DELETE FROM upload_holders WHERE file = ?1 AND entity = ?2 AND record = ?3";
const ORPHAN: &str = "UPDATE uploads SET orphaned = ?2 WHERE id = ?1 AND job IS NULL
    AND NOT EXISTS (SELECT 1 FROM upload_holders WHERE file = ?1)";
const HELD_BY: &str = "SELECT file FROM upload_holders WHERE entity = ?1 AND record = ?2";
const HELD_BY_ALL: &str =
    "SELECT file, record FROM upload_holders WHERE entity = ?1 ORDER BY record LIMIT ?2";
const ORPHANS: &str = "SELECT id FROM uploads WHERE orphaned <= ?1 ORDER BY orphaned LIMIT ?2";
const DELETE: &str = "DELETE FROM uploads WHERE id = ?1";
const DELETE_SHARES: &str = "DELETE FROM shares WHERE file = ?1";
const SHARE: &str = "SELECT id, file, expires FROM shares WHERE id = ?1";
const INSERT_SHARE: &str = "INSERT INTO shares (id, file, expires) VALUES (?1, ?2, ?3)";
const DELETE_SHARE: &str = "DELETE FROM shares WHERE id = ?1";
const DELETE_EXPIRED: &str = "DELETE FROM shares WHERE id IN
    (SELECT id FROM shares WHERE expires <= ?1 ORDER BY expires LIMIT ?2)";
/// For the deletion of a job: what it made is an orphan since it was made, so it goes with the next sweep.
pub(super) const LEFT_BY_JOB: &str = "UPDATE uploads SET job = NULL,
    orphaned = CASE WHEN EXISTS (SELECT 1 FROM upload_holders WHERE file = uploads.id) THEN NULL ELSE at END
    WHERE job = ?1";

fn file(row: &Row<'_>) -> rusqlite::Result<UploadedFile> {
    Ok(UploadedFile {
        id: row.get(0)?,
        name: row.get(1)?,
        content_type: row.get(2)?,
        size: row.get::<_, i64>(3)?.unsigned_abs(),
        blob: row.get(4)?,
        uploaded_by: UserId(row.get(5)?),
        at: Timestamp(row.get(6)?),
        job: row.get::<_, Option<i64>>(7)?.map(JobSeq),
        orphaned: row.get::<_, Option<i64>>(8)?.map(Timestamp),
    })
}

fn holder(row: &Row<'_>) -> rusqlite::Result<Holder> {
    Ok(Holder {
        entity: row.get(0)?,
        record: row.get(1)?,
    })
}

fn share(row: &Row<'_>) -> rusqlite::Result<Share> {
    Ok(Share {
        id: row.get(0)?,
        file: row.get(1)?,
        expires: row.get::<_, Option<i64>>(2)?.map(Timestamp),
    })
}

impl ReadUploads for Session<'_> {
    fn uploaded_file(&mut self, id: &str) -> Result<Option<UploadedFile>> {
        Ok(self.prepared(GET)?.query_row([id], file).optional()?)
    }

    fn file_holders(&mut self, file: &str, limit: u64) -> Result<Vec<Holder>> {
        let mut holders = self.prepared(HOLDERS)?;
        let rows = holders.query_map(params![file, signed(limit)], holder)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn holds_file(&mut self, file: &str, entity: &str, record: &str) -> Result<bool> {
        let mut holds = self.prepared(HOLDS)?;
        Ok(holds.query_row([file, entity, record], |row| row.get(0))?)
    }

    fn share(&mut self, id: &str) -> Result<Option<Share>> {
        Ok(self.prepared(SHARE)?.query_row([id], share).optional()?)
    }
}

impl WriteUploads for Session<'_> {
    fn insert_uploaded_file(&mut self, file: &UploadedFile) -> Result<()> {
        let orphaned = file.job.is_none().then_some(file.at.0);
        self.prepared(INSERT)?.execute(params![
            file.id,
            file.name,
            file.content_type,
            signed(file.size),
            file.blob,
            file.uploaded_by.0,
            file.at.0,
            file.job.map(|job| job.0),
            orphaned
        ])?;
        Ok(())
    }

    fn hold_file(&mut self, file: &str, entity: &str, record: &str) -> Result<bool> {
        self.whole(|session| {
            if session.prepared(ADOPT)?.execute([file])? == 0 {
                return Ok(false);
            }
            session.prepared(HOLD)?.execute([file, entity, record])?;
            Ok(true)
        })
    }

    fn release_file(&mut self, file: &str, entity: &str, record: &str, now: Timestamp) -> Result<bool> {
        self.whole(|session| {
            let released = session.prepared(RELEASE)?.execute([file, entity, record])? == 1;
            if released {
                session.prepared(ORPHAN)?.execute(params![file, now.0])?;
            }
            Ok(released)
        })
    }

    fn release_files_of(&mut self, entity: &str, record: &str, now: Timestamp) -> Result<u64> {
        let mut held_by = self.prepared(HELD_BY)?;
        let held = held_by.query_map([entity, record], |row| row.get(0))?;
        let held: Vec<String> = held.collect::<rusqlite::Result<_>>()?;
        self.whole(|session| {
            for file in &held {
                session.release_file(file, entity, record, now)?;
            }
            Ok(held.len() as u64)
        })
    }

    fn release_files_of_all(&mut self, entity: &str, now: Timestamp, limit: u64) -> Result<u64> {
        let mut held_by = self.prepared(HELD_BY_ALL)?;
        let held = held_by.query_map(params![entity, signed(limit)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        let held: Vec<(String, String)> = held.collect::<rusqlite::Result<_>>()?;
        self.whole(|session| {
            for (file, record) in &held {
                session.release_file(file, entity, record, now)?;
            }
            Ok(held.len() as u64)
        })
    }

    fn delete_orphaned_files(&mut self, before: Timestamp, limit: u64) -> Result<u64> {
        let mut orphans = self.prepared(ORPHANS)?;
        let found = orphans.query_map(params![before.0, signed(limit)], |row| row.get(0))?;
        let found: Vec<String> = found.collect::<rusqlite::Result<_>>()?;
        self.whole(|session| {
            for file in &found {
                session.prepared(DELETE_SHARES)?.execute([file])?;
                session.prepared(DELETE)?.execute([file])?;
            }
            Ok(found.len() as u64)
        })
    }

    fn insert_share(&mut self, share: &Share) -> Result<()> {
        let expires = share.expires.map(|time| time.0);
        self.prepared(INSERT_SHARE)?
            .execute(params![share.id, share.file, expires])?;
        Ok(())
    }

    fn delete_share(&mut self, id: &str) -> Result<bool> {
        Ok(self.prepared(DELETE_SHARE)?.execute([id])? == 1)
    }

    fn delete_expired_shares(&mut self, now: Timestamp, limit: u64) -> Result<u64> {
        Ok(self
            .prepared(DELETE_EXPIRED)?
            .execute(params![now.0, signed(limit)])? as u64)
    }
}
