//! Rows read ahead of everything else, on a thread of their own; of a retry only those that failed.
//!
//! Few of them wait at a time, so memory is bounded however long the file is.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use blobs::Content;
use model::job::ItemState;
use model::{Error, JobSeq};
use storage::Store;

use super::Checkpoint;
use crate::records::import_rows::{CellRow, RowImport};
use crate::sheets::{Row, SheetOptions};

/// Parts of a chunk that may wait.
const AHEAD: usize = 4;
/// Rows that are handed on together.
const PART: usize = 250;
/// Numbers of failed rows that are read together.
const NUMBERS: u64 = 1000;

/// Rows in order, or why there are no more.
pub(super) type Part = Result<Vec<CellRow>, String>;

/// What is read.
pub(super) struct Reading {
    pub(super) import: Arc<RowImport>,
    pub(super) options: SheetOptions,
    pub(super) from: Checkpoint,
    /// Only rows that failed in this job.
    pub(super) failed_of: Option<(Store, JobSeq)>,
}

/// Begins to read; the thread ends when the receiver is dropped.
pub(super) fn start(reading: Reading, content: Content) -> Result<Receiver<Part>, Error> {
    let (sender, parts) = sync_channel(AHEAD);
    thread::Builder::new()
        .name("csv-reader".to_owned())
        .spawn(move || {
            if let Err(what) = reading.read(content, &sender) {
                // Nobody listens any more when the job was interrupted.
                let _ = sender.send(Err(what));
            }
        })
        .map_err(Error::internal)?;
    Ok(parts)
}

impl Reading {
    fn read(&self, content: Content, sender: &SyncSender<Part>) -> Result<(), String> {
        let survey = &self.from.survey;
        let opened = survey.rows(content, self.from.next, &self.options);
        let mut rows = opened.map_err(|fault| fault.to_string())?;
        let mut wanted = Wanted::of(self);
        let (mut row, mut number) = (Row::default(), self.from.row);
        let (mut part, mut bytes) = (Vec::new(), 0);
        while rows
            .next(&mut row, &mut |_| {})
            .map_err(|fault| fault.to_string())?
        {
            if wanted.has(number)? {
                let read = self
                    .import
                    .layout
                    .read(&row, (number, rows.at()), survey.encoding);
                bytes += read.bytes;
                part.push(read);
            }
            number += 1;
            if part.len() >= PART || bytes >= self.options.chunk_bytes {
                bytes = 0;
                if sender.send(Ok(std::mem::take(&mut part))).is_err() {
                    return Ok(());
                }
            }
        }
        // Nobody listens any more when the job was interrupted.
        let _ = sender.send(Ok(part));
        Ok(())
    }
}

/// Which rows are wanted.
struct Wanted<'a> {
    failed_of: Option<&'a (Store, JobSeq)>,
    /// Numbers of rows that come, the next one last.
    numbers: Vec<u64>,
    /// From where on to look for more.
    from: u64,
}

impl<'a> Wanted<'a> {
    fn of(reading: &'a Reading) -> Self {
        Self {
            failed_of: reading.failed_of.as_ref(),
            numbers: Vec::new(),
            from: reading.from.row,
        }
    }

    fn has(&mut self, number: u64) -> Result<bool, String> {
        let Some((store, job)) = self.failed_of else {
            return Ok(true);
        };
        if self.numbers.is_empty() && number >= self.from {
            let (job, from) = (*job, self.from.max(number));
            let items = store
                .read_blocking(move |tx| {
                    Ok::<_, Error>(tx.items_from(job, &[ItemState::Failed], from, NUMBERS)?)
                })
                .map_err(|error| error.message().to_owned())?;
            self.from = items.last().map_or(u64::MAX, |last| last.number + 1);
            self.numbers = items.into_iter().rev().map(|item| item.number).collect();
        }
        match self.numbers.last() == Some(&number) {
            true => {
                self.numbers.pop();
                Ok(true)
            }
            false => Ok(false),
        }
    }
}
