//! Files, their holders and their shares.

use model::{JobSeq, Timestamp, UserId};
use tokio_postgres::Row;

use super::Session;
use super::value::{Cells, params, signed};
use crate::Result;
use crate::tables::uploads::{Holder, Share, UploadedFile};
use crate::tables::{ReadUploads, WriteUploads};

const GET: &str = "SELECT id, name, content_type, size, blob, uploaded_by, at, job, orphaned
    FROM uploads WHERE id = $1";
const HOLDERS: &str =
    "SELECT entity, record FROM upload_holders WHERE file = $1 ORDER BY entity, record LIMIT $2";
const HOLDS: &str =
    "SELECT EXISTS (SELECT 1 FROM upload_holders WHERE file = $1 AND entity = $2 AND record = $3)";
const INSERT: &str =
    "INSERT INTO uploads (id, name, content_type, size, blob, uploaded_by, at, job, orphaned)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const ADOPT: &str = "UPDATE uploads SET orphaned = NULL WHERE id = $1";
const HOLD: &str =
    "INSERT INTO upload_holders (file, entity, record) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const RELEASE: &str = "DELETE FROM upload_holders WHERE file = $1 AND entity = $2 AND record = $3";
const ORPHAN: &str = "UPDATE uploads SET orphaned = $2 WHERE id = $1 AND job IS NULL
    AND NOT EXISTS (SELECT 1 FROM upload_holders WHERE file = $1)";
const HELD_BY: &str = "SELECT file FROM upload_holders WHERE entity = $1 AND record = $2";
const HELD_BY_ALL: &str =
    "SELECT file, record FROM upload_holders WHERE entity = $1 ORDER BY record, file LIMIT $2";
const ORPHANS: &str = "SELECT id FROM uploads WHERE orphaned <= $1 ORDER BY orphaned LIMIT $2";
const DELETE: &str = "DELETE FROM uploads WHERE id = $1";
const DELETE_SHARES: &str = "DELETE FROM shares WHERE file = $1";
const SHARE: &str = "SELECT id, file, expires FROM shares WHERE id = $1";
const INSERT_SHARE: &str = "INSERT INTO shares (id, file, expires) VALUES ($1, $2, $3)";
const DELETE_SHARE: &str = "DELETE FROM shares WHERE id = $1";
const DELETE_EXPIRED: &str = "DELETE FROM shares WHERE id IN
    (SELECT id FROM shares WHERE expires <= $1 ORDER BY expires LIMIT $2)";
/// For the deletion of a job: what it made is an orphan since it was made, so it goes with the next sweep.
pub(super) const LEFT_BY_JOB: &str = "UPDATE uploads SET job = NULL,
    orphaned = CASE WHEN EXISTS (SELECT 1 FROM upload_holders WHERE file = uploads.id) THEN NULL ELSE at END
    WHERE job = $1";

fn file(row: &Row) -> Result<UploadedFile> {
    let row = Cells(row);
    Ok(UploadedFile {
        id: row.text(0)?,
        name: row.text(1)?,
        content_type: row.text(2)?,
        size: row.count(3)?,
        blob: row.text(4)?,
        uploaded_by: UserId(row.int(5)?),
        at: Timestamp(row.int(6)?),
        job: row.opt_int(7)?.map(JobSeq),
        orphaned: row.opt_int(8)?.map(Timestamp),
    })
}

fn holder(row: &Row) -> Result<Holder> {
    let row = Cells(row);
    Ok(Holder {
        entity: row.text(0)?,
        record: row.text(1)?,
    })
}

fn share(row: &Row) -> Result<Share> {
    let row = Cells(row);
    Ok(Share {
        id: row.text(0)?,
        file: row.text(1)?,
        expires: row.opt_int(2)?.map(Timestamp),
    })
}

fn first(row: &Row) -> Result<String> {
    Cells(row).text(0)
}

impl ReadUploads for Session<'_> {
    fn uploaded_file(&mut self, id: &str) -> Result<Option<UploadedFile>> {
        self.aside().row(GET, params![id])?.as_ref().map(file).transpose()
    }

    fn file_holders(&mut self, file: &str, limit: u64) -> Result<Vec<Holder>> {
        let rows = self.aside().rows(HOLDERS, params![file, signed(limit)])?;
        rows.iter().map(holder).collect()
    }

    fn holds_file(&mut self, file: &str, entity: &str, record: &str) -> Result<bool> {
        self.aside().truth(HOLDS, params![file, entity, record])
    }

    fn share(&mut self, id: &str) -> Result<Option<Share>> {
        self.aside()
            .row(SHARE, params![id])?
            .as_ref()
            .map(share)
            .transpose()
    }
}

impl WriteUploads for Session<'_> {
    fn insert_uploaded_file(&mut self, file: &UploadedFile) -> Result<()> {
        let orphaned = file.job.is_none().then_some(file.at.0);
        let row = params![
            &file.id,
            &file.name,
            &file.content_type,
            signed(file.size),
            &file.blob,
            file.uploaded_by.0,
            file.at.0,
            file.job.map(|job| job.0),
            orphaned
        ];
        self.aside().change(INSERT, row)?;
        Ok(())
    }

    fn hold_file(&mut self, file: &str, entity: &str, record: &str) -> Result<bool> {
        self.whole(|session| {
            if session.aside().change(ADOPT, params![file])? == 0 {
                return Ok(false);
            }
            session.aside().send(HOLD, params![file, entity, record])?;
            Ok(true)
        })
    }

    fn release_file(&mut self, file: &str, entity: &str, record: &str, now: Timestamp) -> Result<bool> {
        self.whole(|session| {
            let released = session.aside().change(RELEASE, params![file, entity, record])? == 1;
            if released {
                session.aside().send(ORPHAN, params![file, now.0])?;
            }
            Ok(released)
        })
    }

    fn release_files_of(&mut self, entity: &str, record: &str, now: Timestamp) -> Result<u64> {
        let held = self.aside().rows(HELD_BY, params![entity, record])?;
        let held: Vec<String> = held.iter().map(first).collect::<Result<_>>()?;
        self.whole(|session| {
            for file in &held {
                session.release_file(file, entity, record, now)?;
            }
            Ok(held.len() as u64)
        })
    }

    fn release_files_of_all(&mut self, entity: &str, now: Timestamp, limit: u64) -> Result<u64> {
        let held = self.aside().rows(HELD_BY_ALL, params![entity, signed(limit)])?;
        self.whole(|session| {
            for row in &held {
                let (file, record) = (Cells(row).text(0)?, Cells(row).text(1)?);
                session.aside().send(RELEASE, params![&file, entity, record])?;
                session.aside().send(ORPHAN, params![file, now.0])?;
            }
            Ok(held.len() as u64)
        })
    }

    fn delete_orphaned_files(&mut self, before: Timestamp, limit: u64) -> Result<u64> {
        let found = self.aside().rows(ORPHANS, params![before.0, signed(limit)])?;
        let found: Vec<String> = found.iter().map(first).collect::<Result<_>>()?;
        self.whole(|session| {
            for file in &found {
                session.aside().send(DELETE_SHARES, params![file])?;
                session.aside().send(DELETE, params![file])?;
            }
            Ok(found.len() as u64)
        })
    }

    fn insert_share(&mut self, share: &Share) -> Result<()> {
        let expires = share.expires.map(|time| time.0);
        self.aside()
            .change(INSERT_SHARE, params![&share.id, &share.file, expires])?;
        Ok(())
    }

    fn delete_share(&mut self, id: &str) -> Result<bool> {
        Ok(self.aside().change(DELETE_SHARE, params![id])? == 1)
    }

    fn delete_expired_shares(&mut self, now: Timestamp, limit: u64) -> Result<u64> {
        self.aside().change(DELETE_EXPIRED, params![now.0, signed(limit)])
    }
}
