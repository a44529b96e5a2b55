//! Reading records ahead of the transactions: unpacking, splitting, checking and encoding on a thread of their own.
//!
//! Batches wait in a short queue, so memory is bounded by a few chunks however long the body is.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use ::jobs::{Interrupt, Run};
use blobs::Content;
use jsonb::Jsonb;
use model::{Code, Error};

use super::record::{Row, Rules};
use crate::contents;
use crate::imports::{Problem, Work, breaks_file, limits, shape};
use crate::kinds::Tools;
use crate::stream::{Broken, Element, Progress, Reader, open_gzip_or_plain};

/// Batches that may wait for the transaction before them.
const AHEAD: usize = 2;

/// Records to be committed together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) rows: Vec<Row>,
    /// The number of the record after these.
    pub(super) next: u64,
    /// Set on the last batch.
    pub(super) end: Option<End>,
    bytes: usize,
}

/// How the body ended.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// In order.
    Whole { records: u64 },
    /// It cannot be read on.
    Broken(Broken),
}

/// Begins to read at record `from`. The thread ends when the receiver is dropped.
pub(super) fn start(
    run: &mut Run,
    tools: &Tools,
    work: Work,
    rules: Rules,
    from: u64,
) -> Result<Receiver<Batch>, Interrupt> {
    let pause = &tools.options.exports.pause;
    let content = contents::insist(run, pause, |_| tools.blobs.open(&work.blob))?;
    let (sender, batches) = sync_channel(AHEAD);
    let read = move || Ahead { rules, from, sender }.read(content, work);
    thread::Builder::new()
        .name("import-reader".to_owned())
        .spawn(read)
        .map_err(|error| Interrupt::Failed(Error::internal(error)))?;
    Ok(batches)
}

struct Ahead {
    rules: Rules,
    from: u64,
    sender: SyncSender<Batch>,
}

impl Ahead {
    fn read(self, content: blobs::Result<Content>, work: Work) {
        match self.open(content, work) {
            Ok(reader) => self.read_records(reader),
            Err(what) => {
                let end = End::Broken(Broken {
                    what: format!("cannot read the body: {what}"),
                    line: 1,
                    column: 1,
                });
                self.send(Batch {
                    next: self.from,
                    end: Some(end),
                    ..Batch::default()
                });
            }
        }
    }

    fn open(&self, content: blobs::Result<Content>, work: Work) -> Result<Reader, String> {
        let content = content.map_err(|error| error.to_string())?;
        let options = &self.rules.options;
        let input = open_gzip_or_plain(content.file, options.max_unpacked_bytes, &Progress::default());
        let input = input.map_err(|error| error.to_string())?;
        Ok(Reader::new(input, shape(work.path, options)))
    }

    fn read_records(&self, mut reader: Reader) {
        let mut batch = self.batch(self.from);
        let end = loop {
            match reader.next_element() {
                Ok(Some(element)) if element.number < self.from => {}
                Ok(Some(element)) => match self.record(element) {
                    Ok(row) => batch.add(row, element.bytes.len()),
                    Err(broken) => break End::Broken(broken),
                },
                Ok(None) => break End::Whole { records: batch.next },
                Err(broken) => break End::Broken(broken),
            }
            let options = &self.rules.options;
            if batch.rows.len() >= options.chunk_records || batch.bytes >= options.chunk_bytes {
                let next = self.batch(batch.next);
                if !self.send(std::mem::replace(&mut batch, next)) {
                    return;
                }
            }
        };
        batch.end = Some(end);
        self.send(batch);
    }

    fn batch(&self, next: u64) -> Batch {
        Batch {
            next,
            ..Batch::default()
        }
    }

    /// Whether anybody still listens: nobody does when the job was interrupted.
    fn send(&self, batch: Batch) -> bool {
        self.sender.send(batch).is_ok()
    }

    /// One record, or what breaks the body there. What JSON allows but this server does not is the record's fault alone.
    fn record(&self, element: Element<'_>) -> Result<Row, Broken> {
        match Jsonb::parse(element.bytes, &limits(&self.rules.options)) {
            Ok(body) => Row::read(element.number, body, &self.rules)
                .map_err(|error| element.broken(error.to_string(), 1, 1)),
            Err(error) => {
                let broken = element.broken(error.kind.to_string(), error.line, error.column);
                if breaks_file(&error.kind) {
                    return Err(broken);
                }
                let problem = Problem::new(Code::BadJson, None, broken.to_string());
                Ok(Row::refused(element.number, problem))
            }
        }
    }
}

impl Batch {
    fn add(&mut self, row: Row, bytes: usize) {
        self.bytes += bytes;
        self.next = row.number + 1;
        self.rows.push(row);
    }
}
