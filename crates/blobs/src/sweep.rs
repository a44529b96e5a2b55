//! Deletes what nobody refers to any more.
//!
//! Only the caller knows what is referred to, so it is asked, batch by batch. Memory and the time per question are
//! bounded whatever the store holds.

use std::time::SystemTime;

use crate::disk::{found, names, stat};
use crate::{BlobId, Blobs, Error, PartialName, Result};

/// How many names one question is about.
const BATCH: usize = 500;

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many contents there were.
    pub seen: u64,
    /// How many contents were deleted.
    pub deleted: u64,
    /// How many bytes they had.
    pub bytes: u64,
    /// How many files of broken uploads were deleted, and copies that a newer one of the same content has replaced.
    pub temporary: u64,
}

impl Blobs {
    /// Deletes content that was last put or touched before `older_than` and that `is_referenced` says no to, and the
    /// files of broken uploads of that age. A failing callback stops the sweep before it deletes anything of its batch.
    ///
    /// **The race.** Content is stored before the transaction that refers to it commits, so a sweep between the two
    /// finds it unreferenced. Three rules keep it:
    /// 1. `older_than` lies a grace time in the past that is longer than any such transaction may take (an hour is
    ///    plenty); content that was just put is not even asked about.
    /// 2. A put of content that is there already, and [`Blobs::touch`], make it new. The age is looked at again at the
    ///    moment of deletion, as one step with it, so this holds even when the sweep has its answer already.
    /// 3. Who refers to existing content *without* a put calls [`Blobs::touch`] first and stores no reference when that
    ///    says false.
    pub fn sweep<E: From<Error>>(
        &self,
        older_than: SystemTime,
        mut is_referenced: impl FnMut(&[BlobId]) -> Result<Vec<bool>, E>,
    ) -> Result<Swept, E> {
        let mut swept = Swept {
            temporary: self.sweep_temporary(older_than)? + self.backend().tidy(older_than)?,
            ..Swept::default()
        };
        let mut after = None;
        loop {
            let page = self.list(after.as_ref(), BATCH)?;
            let Some(last) = page.last() else { return Ok(swept) };
            after = Some(last.id);
            swept.seen += page.len() as u64;
            let old: Vec<_> = page
                .iter()
                .filter(|e| e.stat.modified < older_than)
                .map(|e| e.id)
                .collect();
            for id in unneeded(&old, &mut is_referenced)? {
                if let Some(bytes) = self.backend().delete_older(id, older_than)? {
                    swept.deleted += 1;
                    swept.bytes += bytes;
                }
            }
        }
    }

    /// Deletes partial files that were last written before `older_than`, that nobody has open and that `is_needed` says
    /// no to: a stopped job keeps its file however long it rests. Returns how many.
    pub fn sweep_partials<E: From<Error>>(
        &self,
        older_than: SystemTime,
        mut is_needed: impl FnMut(&[PartialName]) -> Result<Vec<bool>, E>,
    ) -> Result<u64, E> {
        let mut old = Vec::new();
        for name in names(self.partial(), |_| true)?
            .iter()
            .filter_map(|name| name.parse().ok())
        {
            if stat(&self.partial_path(&name))?.is_some_and(|stat| stat.modified < older_than) {
                old.push(name);
            }
        }
        let mut deleted = 0;
        for batch in old.chunks(BATCH) {
            for name in unneeded(batch, &mut is_needed)? {
                match self.discard_partial(name) {
                    Ok(gone) => deleted += u64::from(gone),
                    Err(Error::PartialBusy { .. }) => {}
                    Err(e) => return Err(e.into()),
                }
            }
        }
        Ok(deleted)
    }

    fn sweep_temporary(&self, older_than: SystemTime) -> Result<u64> {
        let mut deleted = 0;
        for name in names(self.tmp(), |_| true)? {
            let path = self.tmp().join(name);
            if stat(&path)?.is_some_and(|stat| stat.modified < older_than) {
                deleted += u64::from(found(std::fs::remove_file(&path), "delete", &path)?.is_some());
            }
        }
        Ok(deleted)
    }
}

/// Asks about a batch and returns those that are not needed.
fn unneeded<'a, T, E: From<Error>>(
    batch: &'a [T],
    ask: &mut impl FnMut(&[T]) -> Result<Vec<bool>, E>,
) -> Result<Vec<&'a T>, E> {
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    let answers = ask(batch)?;
    if answers.len() != batch.len() {
        return Err(Error::SweepAnswers {
            asked: batch.len(),
            answered: answers.len(),
        }
        .into());
    }
    Ok(batch
        .iter()
        .zip(answers)
        .filter(|(_, needed)| !needed)
        .map(|(name, _)| name)
        .collect())
}
